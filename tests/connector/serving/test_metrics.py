# SPDX-License-Identifier: Apache-2.0
"""What a served connector's /metrics says: what was called, how it ended, and nothing of whose it was."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager, suppress

import httpx2
import pytest

from sealock_connector import Cause, Miss, OriginThrottled, OriginUnavailable, OriginUnreached, Pulled, count_miss
from sealock_connector._outbox import MemoryOutbox
from sealock_connector._serving.options import Options, networks_in, parse
from sealock_connector._serving.server import CannotStart, Server
from sealock_connector.egress import origin_client, quota_used
from sealock_connector.errors import ConnectorError
from sealock_connector.testing import LOOPBACK, Client
from tests.connector.connectors import Plain, Posting, PostingAndFinding
from tests.connector.scripted_origin import ACCOUNT, QUICK, Origin

NOBODY = "127.0.0.1:9"


@asynccontextmanager
async def measured(connector):
    """A client of the served connector, and a function that reads its metrics."""
    options = Options("127.0.0.1:0", insecure=True, drain_seconds=0, metrics_listen="127.0.0.1:0")
    server = Server(connector, options, MemoryOutbox(), times=QUICK)
    await server.start()
    async with (
        Client(f"127.0.0.1:{server.port}") as client,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{server.metrics_port}", trust_env=False) as http,
    ):

        async def read() -> str:
            return (await http.get("/metrics")).raise_for_status().text

        yield client, read
    await server.stop()


def value(text: str, series: str) -> float:
    found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


async def test_a_call_is_counted_by_rpc_code_reason_and_cause_and_timed():
    origin = Origin(lose=1, error=OriginThrottled(cause=Cause.CALLS_USED_UP))
    async with measured(Posting(origin.post)) as (client, read):
        with pytest.raises(OriginThrottled):
            await client.channelback(ACCOUNT, "a", key="k")
        await client.channelback(ACCOUNT, "a", key="k")
        text = await read()
    throttled = 'cause="CALLS_USED_UP",code="RESOURCE_EXHAUSTED",reason="ORIGIN_THROTTLED",rpc="Channelback"'
    assert value(text, f"sealock_connector_calls_total{{{throttled}}}") == 1
    assert value(text, 'sealock_connector_calls_total{cause="",code="OK",reason="",rpc="Channelback"}') == 1
    assert value(text, 'sealock_connector_call_seconds_count{rpc="Channelback"}') == 2
    assert value(text, "sealock_connector_calls_in_flight") == 0


class CutShort(Plain):
    """Pulls something, and then the origin fails."""

    async def pull(self, pull):
        yield Pulled(None, b"1")
        raise OriginUnavailable(cause=Cause.MAINTENANCE)


async def test_a_pull_that_was_cut_short_is_counted_and_logged_with_its_cause_though_its_call_ends_well(log_lines):
    async with measured(CutShort()) as (client, read):
        page = await client.pull(ACCOUNT)
        text = await read()
    assert page.interruption.cause is Cause.MAINTENANCE
    series = 'sealock_connector_pull_interruptions_total{cause="MAINTENANCE",reason="ORIGIN_UNAVAILABLE"}'
    assert value(text, series) == 1
    assert value(text, 'sealock_connector_calls_total{cause="",code="OK",reason="",rpc="Pull"}') == 1
    [line] = [line for line in log_lines() if line["event"] == "interruption"]
    assert (line["reason"], line["cause"]) == ("ORIGIN_UNAVAILABLE", "MAINTENANCE")


async def test_a_call_under_way_is_in_flight():
    origin = Origin()
    seen = []

    async def post(reply):
        seen.append(await reader())
        return await origin.post(reply)

    async with measured(Posting(post)) as (client, reader):
        await client.channelback(ACCOUNT, "a", key="k")
    assert value(seen[0], "sealock_connector_calls_in_flight") == 1


@pytest.mark.parametrize(
    ("error", "outcomes"),
    [
        (None, {"posted": 1, "repeated": 1}),
        (OriginUnreached(), {"not_sent": 1, "posted": 1}),
        (OriginUnavailable(), {"uncertain": 1, "found": 1}),
    ],
    ids=["repeated", "not sent", "lost"],
)
async def test_replies_are_counted_by_what_became_of_them(error, outcomes):
    origin = Origin(lose=1 if error else 0, error=error)
    async with measured(PostingAndFinding(origin.post, origin.find)) as (client, read):
        for _ in range(2):
            with suppress(ConnectorError):
                await client.channelback(ACCOUNT, "hello", key="k")
        text = await read()
    every = ("posted", "repeated", "found", "not_sent", "uncertain")
    counts = {each: value(text, f'sealock_connector_replies_total{{outcome="{each}"}}') for each in every}
    assert {each: count for each, count in counts.items() if count} == outcomes


async def test_calls_to_the_origin_and_its_quota_are_counted_without_a_word_of_whose_they_are():
    origin = Origin()

    async def post(reply):
        networks = [network for each in (LOOPBACK,) for network in networks_in(each)]
        async with origin_client(allowed_networks=networks) as http:
            with pytest.raises(OriginUnreached):
                await http.get(f"http://{NOBODY}/canary-path?token=canary-token")
        quota_used(0.85)
        return await origin.post(reply)

    async with measured(Posting(post)) as (client, read):
        await client.channelback({"token": "canary-account"}, "canary-message", key="canary-key")
        text = await read()
    assert value(text, 'sealock_connector_origin_calls_total{outcome="unreached"}') == 1
    assert value(text, "sealock_connector_origin_call_seconds_count") == 1
    assert value(text, 'sealock_connector_origin_quota_used_ratio_bucket{le="0.9"}') == 1
    assert value(text, 'sealock_connector_origin_quota_used_ratio_bucket{le="0.8"}') == 0
    assert "canary" not in text
    assert NOBODY not in text
    assert set(re.findall(r"(\w+)=\"", text)) <= {"rpc", "code", "reason", "cause", "outcome", "what", "le"}


async def test_what_a_pull_could_not_have_is_counted_by_what_it_was_and_stands_at_zero_before():
    async def post(reply):
        count_miss(Miss.TITLE)
        return await Origin().post(reply)

    async with measured(Posting(post)) as (client, read):
        before = await read()
        await client.channelback({}, "Hello", key="key")
        after = await read()
    for each in Miss:
        name = f'sealock_connector_pull_misses_total{{what="{each.value}"}}'
        assert value(before, name) == 0
        assert value(after, name) == (each is Miss.TITLE)


async def test_an_address_that_is_taken_stops_the_start_with_the_options_name():
    async with measured(Plain()) as (_, read):
        await read()
        first = Server(Plain(), Options("127.0.0.1:0", insecure=True, metrics_listen="127.0.0.1:0"), MemoryOutbox())
        await first.start()
        taken = f"127.0.0.1:{first.metrics_port}"
        second = Server(Plain(), Options("127.0.0.1:0", insecure=True, metrics_listen=taken), MemoryOutbox())
        with pytest.raises(CannotStart, match="--metrics-listen"):
            await second.start()
        await second._connector.close()
        first._options = Options(drain_seconds=0)
        await first.stop()


def test_metrics_are_off_unless_an_address_is_given():
    assert parse(Plain(), ["--insecure"], environ={}).metrics_listen is None
    given = parse(Plain(), ["--insecure"], environ={"SEALOCK_CONNECTOR_METRICS_LISTEN": "127.0.0.1:9464"})
    assert given.metrics_listen == "127.0.0.1:9464"
