# SPDX-License-Identifier: Apache-2.0
"""A file that cannot be sent to its end: no client takes the part for the whole, and nothing goes on for nobody."""

from __future__ import annotations

import asyncio
import gc

import grpc
import httpx2
import pytest

from sealock.connector.v1.error_detail_pb2 import Reason
from tests.edge.edge_under_test import build, settings, under_test
from tests.edge.scripted_connector import BareCode, Hang, Refusal
from tests.edge.serving import chunk, file_edge, opened, until

PART = bytes(50_000)


@pytest.fixture
async def files(edge, connector):
    async with file_edge(edge, connector) as files:
        yield files


GARBAGE = b"\xff\xff\xff canary"
BROKEN = {
    "less than announced": (2 * len(PART), [PART], "connector_faulty"),
    "more than announced": (len(PART), [PART, b"x"], "connector_faulty"),
    "more than announced, at once": (10, [PART], "connector_faulty"),
    "a second info": (0, [PART, opened()], "connector_faulty"),
    "a second info after the last byte": (len(PART), [PART, opened()], "connector_faulty"),
    "a piece that is none": (0, [PART, opened().__class__()], "connector_faulty"),
    "a refusal": (0, [PART, Refusal(Reason.REASON_ORIGIN_UNAVAILABLE)], "origin_unavailable"),
    "a refusal, size known": (2 * len(PART), [PART, Refusal(Reason.REASON_NOT_FOUND)], "not_found"),
    "a refusal after the last byte": (len(PART), [PART, Refusal(Reason.REASON_INTERNAL)], "connector_internal"),
    "a bare code": (0, [PART, BareCode(grpc.StatusCode.UNAVAILABLE)], "connector_down"),
    "a bare code at once": (0, [BareCode(grpc.StatusCode.UNAVAILABLE)], "connector_down"),
    "a bare code after the last byte": (len(PART), [PART, BareCode(grpc.StatusCode.DATA_LOSS)], "connector_faulty"),
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("size", "parts", "outcome"), BROKEN.values(), ids=BROKEN)
async def test_a_file_that_breaks_is_cut_so_that_its_client_notices(files, method, size, parts, outcome):
    files.script(*parts, info={"size": size})
    link = await files.link()
    with pytest.raises(httpx2.RemoteProtocolError):
        await files.http.request(method, link)
    assert (files.edge.calls[-1]["status"], files.edge.calls[-1]["outcome"]) == (200, outcome)
    assert len(files.connector.seen("OpenFile")) == 1, "nothing is repeated once bytes were on their way"
    await files.until_no_file_is_on_its_way()


@pytest.mark.parametrize("size", [0, 2 * len(PART)])
async def test_a_message_that_cannot_be_read_breaks_the_file(files, connector, size):
    connector.script("OpenFile", [opened(size=size), chunk(PART), GARBAGE])
    link = await files.link()
    with pytest.raises(httpx2.RemoteProtocolError):
        await files.http.get(link)
    assert files.edge.calls[-1]["outcome"] == "connector_faulty"


@pytest.mark.parametrize("size", [0, 2 * len(PART)])
async def test_a_connector_that_dies_in_the_middle_breaks_the_file(files, connector, size):
    files.script(PART, Hang(), info={"size": size})
    link = await files.link()
    async with files.http.stream("GET", link) as answer:
        await until(lambda: connector.streaming == 1)
        await connector.stop()
        with pytest.raises(httpx2.RemoteProtocolError):
            await answer.aread()
    assert files.edge.calls[-1]["outcome"] == "connector_down"


async def test_a_file_of_unknown_size_is_cut_where_it_becomes_too_large(files, connector):
    built, ring, log = build(settings(connector.target, origin_file_bytes=120_000), files.edge.keys, files.edge.clock)
    small = under_test(built, ring, files.edge.keys, files.edge.clock, log)
    async with small.client, file_edge(small, connector) as strict:
        strict.script(PART, PART, PART)
        link = await strict.link()
        with pytest.raises(httpx2.RemoteProtocolError):
            await strict.http.get(link)
        assert small.calls[-1]["outcome"] == "too_large"
        strict.script(PART, PART, bytes(20_000))
        assert len((await strict.http.get(await strict.link())).content) == 120_000


async def test_a_file_that_takes_too_long_is_cut(files, connector):
    built, ring, log = build(settings(connector.target, file_seconds=1), files.edge.keys, files.edge.clock)
    hurried = under_test(built, ring, files.edge.keys, files.edge.clock, log)
    async with hurried.client, file_edge(hurried, connector) as impatient:
        impatient.script(PART, Hang())
        link = await impatient.link()
        with pytest.raises(httpx2.RemoteProtocolError):
            await impatient.http.get(link)
        assert hurried.calls[-1]["outcome"] == "connector_down"
        impatient.script(Hang())
        connector.script("OpenFile", Hang())
        assert (await impatient.http.get(link)).status_code == 503
        await impatient.until_no_file_is_on_its_way()


@pytest.mark.parametrize("size", [0, 50_000_000])
async def test_a_client_that_leaves_in_the_middle_ends_the_connector_s_call(files, size):
    files.script(PART, PART, Hang(), info={"size": size})
    async with files.http.stream("GET", await files.link()) as answer:
        async for _ in answer.aiter_raw():
            break
        assert files.connector.streaming == 1
    await files.until_no_file_is_on_its_way()
    await until(lambda: files.edge.calls[-1]["endpoint"] == "file")
    assert files.edge.calls[-1]["outcome"] == "client_left"
    line = 'sealock_edge_connector_calls_total{code="CANCELLED",integration="guestbook",rpc="OpenFile"}'
    assert await files.edge.metric(line) == 1
    assert await files.edge.metric('sealock_edge_calls_in_flight{integration="guestbook"}') == 0


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_client_that_leaves_before_anything_is_known_ends_the_call_too(files, method):
    files.connector.script("OpenFile", [Hang()])
    link = await files.link()
    asking = asyncio.create_task(files.http.request(method, link))
    await until(lambda: files.connector.streaming == 1)
    asking.cancel()
    await files.until_no_file_is_on_its_way()
    await until(lambda: files.edge.calls[-1]["endpoint"] == "file")
    assert files.edge.calls[-1]["outcome"] == "client_left"


async def test_a_client_that_does_not_read_holds_the_connector_back(files):
    given = 0

    def endless():
        nonlocal given
        while True:
            given += 1
            yield chunk(PART)

    files.connector.script("OpenFile", lambda _: Endless(endless()))
    link = await files.link()
    async with files.http.stream("GET", link) as answer:
        assert answer.status_code == 200
        before = -1

        async def has_stopped() -> bool:
            nonlocal before
            before, was = given, before
            await asyncio.sleep(0.3)
            return given > 0 and was == before == given

        await until(has_stopped)
        assert given * len(PART) < 40_000_000, "what the buffers on the way hold, not the 50 MB that are allowed"
    await files.until_no_file_is_on_its_way()


class Endless:
    """Pieces without an end."""

    def __init__(self, parts):
        self.parts = parts

    def __iter__(self):
        yield opened()
        yield from self.parts


async def test_many_files_that_break_leave_no_task_behind(files):
    files.script(PART, Refusal(Reason.REASON_INTERNAL))
    link = await files.link()
    before = len(asyncio.all_tasks())
    for _ in range(20):
        with pytest.raises(httpx2.RemoteProtocolError):
            await files.http.get(link)
    gc.collect()
    await until(lambda: len(asyncio.all_tasks()) <= before + 4)
