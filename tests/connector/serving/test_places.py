# SPDX-License-Identifier: Apache-2.0
"""A connector answers so many calls at once and no more; no account, connection or kind of call takes all places."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, asynccontextmanager, suppress
from datetime import timedelta
from types import SimpleNamespace

import grpc
import grpc.aio
import httpx2
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from sealock.connector.v1 import connector_service_pb2
from sealock.connector.v1.error_detail_pb2 import Reason
from sealock_connector import Cause, OriginUnavailable
from sealock_connector._deadlines import LONGEST_SECONDS, budget
from sealock_connector._serving.options import parse
from sealock_connector._serving.requests import NoPlace, Places
from sealock_connector._serving.server import running
from sealock_connector.testing import Client
from sealock_contract.error_details import TRAILER, detail_in
from tests.connector.connectors import Able


@pytest.mark.parametrize(("holders", "most"), [(1, 50), (2, 33), (9, 10), (99, 1)])
def test_one_holder_gets_half_two_a_third_each_and_there_is_one_left_for_another(holders, most):
    places, names = Places(100), [str(number) for number in range(holders)]
    with ExitStack() as held:
        for name in names * 101:
            with suppress(NoPlace), ExitStack() as tried:
                tried.enter_context(places.place()).take_for(name)
                held.push(tried.pop_all())
        assert {count - most for count in places.held.values()} <= {0, 1}
        with places.place() as another:
            another.take_for("another")
    assert (places.taken, dict(places.held)) == (0, {})


def test_a_call_that_changes_hands_holds_one_place():
    places = Places(2)
    with places.place() as place:
        place.take_for("a connection")
        place.take_for("an account")
        assert dict(places.held) == {"an account": 1}
    assert dict(places.held) == {}


def test_where_all_places_are_taken_a_call_is_told_to_come_again():
    places = Places(1)
    with places.place(), pytest.raises(NoPlace) as refused, places.place():
        pass
    assert (refused.value.reason, refused.value.retry_after) == (
        Reason.REASON_ORIGIN_UNAVAILABLE,
        timedelta(seconds=5),
    )
    assert refused.value.nothing_sent
    assert places.taken == 0


class Waiting(Able):
    """Answers pulls once it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = asyncio.Event()
        self.pulling = 0

    async def pull(self, pull):
        self.pulling += 1
        await self.goes_on.wait()
        for step in ():
            yield step

    async def under_way(self, count: int) -> None:
        async with asyncio.timeout(20):
            while self.pulling < count:  # noqa: ASYNC110
                await asyncio.sleep(0.005)


@asynccontextmanager
async def served(connector, *options):
    standard = ["--insecure", "--listen=127.0.0.1:0", "--drain-seconds=0", "--metrics-listen=127.0.0.1:0"]
    async with running(connector, parse(connector, [*standard, "--grace-seconds=5", *options], {})) as server:
        yield server


async def refusals(server) -> float:
    async with httpx2.AsyncClient(trust_env=False) as http:
        text = (await http.get(f"http://127.0.0.1:{server.metrics_port}/metrics")).text
    return float(text.partition("\nsealock_connector_calls_refused_total ")[2].split()[0])


async def test_an_account_that_takes_its_time_leaves_room_for_others(log_lines):
    connector = Waiting()
    async with (
        served(connector, "--max-calls=8") as server,
        Client(f"127.0.0.1:{server.port}", account_id="slow") as slow,
        Client(f"127.0.0.1:{server.port}", account_id="other") as other,
    ):
        slow_pulls = [asyncio.create_task(slow.pull({})) for _ in range(20)]
        await connector.under_way(4)
        refused, waiting = set(), set(slow_pulls)
        while len(waiting) > 4:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            refused |= done
        other_pull = asyncio.create_task(other.pull({}))
        await connector.under_way(5)
        assert await refusals(server) == 16
        connector.goes_on.set()
        await asyncio.gather(*waiting, other_pull)
    assert {type(each.exception()) for each in refused} == {OriginUnavailable}
    assert {each.exception().retry_after for each in refused} == {timedelta(seconds=5)}
    assert {each.exception().cause for each in refused} == {Cause.CONNECTOR_BUSY}
    told = [line for line in log_lines() if "--max-calls" in line.get("message", "")]
    assert len(told) == 1


async def test_health_takes_no_place_and_is_answered_when_all_are_taken():
    connector = Waiting()
    async with (
        served(connector, "--max-calls=1") as server,
        Client(f"127.0.0.1:{server.port}") as client,
        grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        pull = asyncio.create_task(client.pull({}))
        await connector.under_way(1)
        with pytest.raises(OriginUnavailable) as refused:
            await client.describe()
        assert detail_in(dict(refused.value.__cause__.trailing_metadata())[TRAILER]).retry_after.seconds == 5
        health = health_pb2_grpc.HealthStub(channel)
        assert (await health.Check(health_pb2.HealthCheckRequest(), timeout=10)).status == 1
        watch = health.Watch(health_pb2.HealthCheckRequest(), timeout=10)
        assert (await watch.read()).status == 1
        connector.goes_on.set()
        await pull
        assert (await client.describe()).origin == "able"


METHODS = connector_service_pb2.DESCRIPTOR.services_by_name["ConnectorService"].methods_by_name


def test_every_call_has_a_longest_time():
    assert set(LONGEST_SECONDS) == set(METHODS)


@pytest.mark.parametrize(("left", "seconds"), [(None, 60.0), (3.2e9, 60.0), (61.0, 60.0), (5.0, 5.0), (0.0, 0.0)])
def test_a_call_without_a_deadline_gets_one_and_one_of_years_is_cut(left, seconds):
    assert budget(SimpleNamespace(time_remaining=lambda: left), "Pull") == seconds


@pytest.mark.parametrize("wanted", [None, 1e8])
async def test_a_pull_that_never_ends_is_ended(wanted, monkeypatch):
    monkeypatch.setattr("sealock_connector._deadlines.LONGEST_SECONDS", dict.fromkeys(METHODS, 0.5))
    connector = Waiting()
    async with served(connector) as server, grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        pull = channel.unary_unary("/sealock.connector.v1.ConnectorService/Pull")
        with pytest.raises(grpc.aio.AioRpcError) as ended:
            await pull(b"\x0a\x01a\x12\x02{}", timeout=wanted)
    assert ended.value.code() is grpc.StatusCode.UNAVAILABLE
