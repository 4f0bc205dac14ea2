# SPDX-License-Identifier: Apache-2.0
"""Calls to connectors: deadlines, retries in one layer, errors by what can be done about them."""

from __future__ import annotations

import asyncio
import gc
import time
from collections import Counter
from collections.abc import AsyncIterator

import grpc
import pytest
from grpc.aio import UnaryUnaryCall

from sealock.connector.v1 import connector_service_pb2
from sealock.connector.v1.error_detail_pb2 import Reason
from sealock.connector.v1.external_resource_pb2 import ExternalResource
from sealock.connector.v1.pull_pb2 import PullRequest, PullResponse
from sealock.connector.v1.setup_pb2 import SetupRequest, SetupResponse
from sealock_contract.limits import ANSWER_BYTES
from sealock_edge.connectors import Budget, ConnectorClient, ConnectorDown, ConnectorFaulty, ConnectorRefused, OutOfTime
from sealock_edge.connectors.client import MAX_TRIES, UntilGone, _may_be_repeated
from sealock_edge.connectors.grpc_channel import open_channel
from sealock_edge.heavy_work import HeavyWork
from tests.edge.scripted_connector import BareCode, Hang, Refusal, ScriptedConnector

DOWN = BareCode(grpc.StatusCode.UNAVAILABLE)


def budget(seconds: float = 20) -> Budget:
    return Budget(time.monotonic() + seconds, time.monotonic)


@pytest.fixture
def codes() -> Counter[tuple[str, str]]:
    return Counter()


@pytest.fixture
async def client(connector: ScriptedConnector, codes: Counter) -> AsyncIterator[ConnectorClient]:
    channel = open_channel(connector.target, insecure=True)
    yield ConnectorClient(channel, on_call=lambda rpc, code: codes.update([(rpc, code)]), heavy=HeavyWork())
    await channel.close()


async def pull(client: ConnectorClient, **how) -> PullResponse:
    return await client.pull(PullRequest(), how.pop("budget", budget()), "request-1")


async def test_a_call_carries_its_deadline_and_its_request_id(client, connector):
    connector.script("Pull", PullResponse())

    await pull(client, budget=budget(7))

    [call] = connector.seen("Pull")
    assert call.metadata["x-request-id"] == "request-1"
    assert 5 < call.seconds_left < 7


async def test_what_waits_for_a_client_to_hang_up_does_not_keep_the_answer(client, connector):
    """A connection that waits for its next request keeps what its last one had to be told."""
    connector.script("Pull", PullResponse(resources=[ExternalResource(message="x" * 10_000)]))
    until_gone = UntilGone()

    await client.pull(PullRequest(), budget(), "request-1", until_gone)

    assert not [each for each in kept_by(until_gone) if isinstance(each, UnaryUnaryCall)]
    until_gone()


def kept_by(holder: object) -> list[object]:
    """Everything that is reached from here, itself included."""
    found: dict[int, object] = {id(holder): holder}
    new = [holder]
    while new:
        new = [each for each in gc.get_referents(*new) if id(each) not in found and not isinstance(each, type)]
        found.update((id(each), each) for each in new)
    return list(found.values())


async def test_an_idempotent_call_is_repeated_until_somebody_answers(client, connector, codes):
    connector.script("Pull", DOWN, DOWN, PullResponse(state=b"x"))

    assert (await pull(client)).state == b"x"
    assert codes == {("Pull", "UNAVAILABLE"): 2, ("Pull", "OK"): 1}


async def test_it_is_not_repeated_more_than_twice(client, connector):
    connector.script("Pull", DOWN)

    with pytest.raises(ConnectorDown):
        await pull(client)
    assert len(connector.seen("Pull")) == MAX_TRIES == 3


async def test_a_call_that_is_not_idempotent_is_never_repeated(client, connector):
    connector.script("Setup", DOWN, SetupResponse())

    with pytest.raises(ConnectorDown):
        await client.setup(SetupRequest(), budget(), "request-1")
    assert len(connector.seen("Setup")) == 1


def test_what_may_be_repeated_is_read_from_the_contract():
    assert _may_be_repeated() == {
        "Describe": True,
        "Setup": False,
        "Pull": True,
        "Channelback": True,
        "ResolveClickthrough": True,
        "ReceiveWebhook": True,
        "OpenFile": True,
        "HandleEvent": True,
    }
    assert len(connector_service_pb2.DESCRIPTOR.services_by_name["ConnectorService"].methods) == 8


@pytest.mark.parametrize("reason", [reason for reason in Reason.values() if reason], ids=Reason.Name)
async def test_what_the_origin_said_is_never_repeated(client, connector, reason):
    connector.script("Pull", Refusal(reason))

    with pytest.raises(ConnectorRefused) as caught:
        await pull(client)
    assert caught.value.reason == reason
    assert len(connector.seen("Pull")) == 1


async def test_a_repeat_stays_inside_the_deadline(client, connector):
    connector.script("Pull", DOWN)

    with pytest.raises(ConnectorDown):
        await pull(client, budget=budget(0.34))
    assert len(connector.seen("Pull")) == 1


@pytest.mark.parametrize(
    "code", [code for code in grpc.StatusCode if code not in {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE}]
)
async def test_another_bare_code_is_not_repeated(client, connector, code):
    connector.script("Pull", BareCode(code))
    expected = (
        ConnectorDown if code in {grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED} else ConnectorFaulty
    )

    with pytest.raises(expected):
        await pull(client)
    assert len(connector.seen("Pull")) == 1


async def test_a_connector_that_never_answers_costs_no_more_than_the_budget(client, connector):
    connector.script("Pull", Hang())
    began = time.monotonic()

    with pytest.raises(ConnectorDown, match="DEADLINE_EXCEEDED"):
        await pull(client, budget=budget(0.6))
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("left", [-5.0, 0.0, 0.29])
async def test_a_call_that_could_only_fail_is_not_begun(client, connector, left):
    with pytest.raises(OutOfTime):
        await pull(client, budget=budget(left))
    assert connector.seen("Pull") == []


async def test_nobody_at_the_address_is_down(codes):
    channel = open_channel("ipv4:127.0.0.1:9", insecure=True)
    client = ConnectorClient(channel, on_call=lambda rpc, code: codes.update([(rpc, code)]), heavy=HeavyWork())

    with pytest.raises(ConnectorDown):
        await pull(client)
    await channel.close()


async def test_garbage_is_a_fault_of_the_connector(client, connector):
    connector.script("Pull", b"\xff\xff\xff")

    with pytest.raises(ConnectorFaulty):
        await pull(client)


async def test_a_page_of_long_texts_arrives_and_a_larger_message_does_not(client, connector):
    page = PullResponse(resources=[ExternalResource(message="x" * 10_000) for _ in range(200)])
    connector.script("Pull", page)
    assert await pull(client) == page

    connector.script("Pull", PullResponse(state=b"x" * ANSWER_BYTES))
    with pytest.raises(ConnectorFaulty, match="RESOURCE_EXHAUSTED"):
        await pull(client)


@pytest.mark.parametrize(("given", "kept"), [(None, None), (0.0, 0.0), (2.5, 2.5), (-3.0, 0.0), (10**9, 3600.0)])
async def test_how_long_to_wait_is_kept_within_reason(client, connector, given, kept):
    connector.script("Pull", Refusal(Reason.REASON_ORIGIN_THROTTLED, retry_after=given))

    with pytest.raises(ConnectorRefused) as caught:
        await pull(client)
    assert caught.value.retry_after == kept


async def test_an_error_prints_nothing_of_what_a_connector_wrote(client, connector):
    connector.script("Pull", Refusal(Reason.REASON_MESSAGE_REJECTED, message_for_agent="canary"))

    with pytest.raises(ConnectorRefused) as caught:
        await pull(client)
    assert "canary" not in f"{caught.value!r} {caught.value}"
    assert caught.value.__cause__ is None


async def test_calls_are_spread_over_all_addresses(connector):
    async with ScriptedConnector() as second:
        for each in (connector, second):
            each.script("Pull", PullResponse())
        channel = open_channel(f"ipv4:127.0.0.1:{connector.port},127.0.0.1:{second.port}", insecure=True)
        client = ConnectorClient(channel, on_call=lambda *_: None, heavy=HeavyWork())
        async with asyncio.timeout(20):
            while not (connector.seen("Pull") and second.seen("Pull")):
                await pull(client)
        before = len(second.seen("Pull"))
        await connector.stop()
        for _ in range(5):
            await pull(client)
        assert len(second.seen("Pull")) == before + 5
        await channel.close()
