# SPDX-License-Identifier: Apache-2.0
"""Answers that hold far more than an answer may, over real gRPC: refused or set aside, and nobody else waits."""

from __future__ import annotations

import asyncio
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable

import grpc
import pytest

from sealock.connector.v1.channelback_pb2 import ChannelbackHeader, ChannelbackResponse
from sealock.connector.v1.clickthrough_pb2 import ResolveClickthroughRequest, ResolveClickthroughResponse
from sealock.connector.v1.describe_pb2 import DescribeRequest, DescribeResponse
from sealock.connector.v1.error_detail_pb2 import Reason
from sealock.connector.v1.event_pb2 import HandleEventRequest
from sealock.connector.v1.external_resource_pb2 import ExternalResource
from sealock.connector.v1.file_pb2 import FileInfo, OpenFileRequest, OpenFileResponse
from sealock.connector.v1.pull_pb2 import PullRequest, PullResponse
from sealock.connector.v1.setup_pb2 import SetupField, SetupForm, SetupOption, SetupProblem, SetupRequest, SetupResponse
from sealock_contract.limits import ANSWER_BYTES, PAGE_PARTS, RESOURCE_PARTS
from sealock_contract.wire import written
from sealock_edge.connectors import Budget, ConnectorClient, ConnectorError, ConnectorFaulty
from sealock_edge.connectors.grpc_channel import open_channel
from sealock_edge.connectors.streaming import FEW_BYTES, SMALL_CHUNKS
from sealock_edge.heavy_work import HeavyWork
from tests.edge.scripted_connector import BareCode, Refusal, ScriptedConnector


def message(number: int, value: bytes = b"") -> bytes:
    return written(number << 3 | 2, value)


def resource(external_id: str, more: bytes = b"") -> bytes:
    return message(1, ExternalResource(external_id=external_id, parent_id="root").SerializeToString() + more)


FILES, FIELDS, DISPLAY_INFO, AUTHOR = 12, 11, 8, 7
A_LOT = 900_000
OVERFULL = {
    "files": message(FILES) * A_LOT,
    "fields": message(FIELDS) * A_LOT,
    "display_info": message(DISPLAY_INFO) * A_LOT,
    "fields of the author": message(AUTHOR, message(5) * A_LOT),
    "a list": message(FIELDS, message(2, message(6, message(1) * A_LOT))),
    "an object": message(DISPLAY_INFO, message(2, message(1) * A_LOT)),
    "unknown fields": b"\xf8\x3e\x01" * (A_LOT * 2 // 3),
}
REFUSED_PAGES = {
    "resources": message(1) * A_LOT,
    "201 resources": resource("a", message(2, b"x" * 1000)) * 201,
    "unknown fields": b"\xf8\x3e\x01" * (A_LOT * 2 // 3),
    "groups": b"\x9b\x06\x9c\x06" * (A_LOT // 2),
    "an interruption of many parts": message(5, b"\xf8\x3e\x01" * (A_LOT * 2 // 3)),
    "an interruption that comes often": message(5) * A_LOT,
    "many resources that are too full": resource("a", message(FILES) * (RESOURCE_PARTS + 1)) * 20,
    "many resources that are full": resource("a", message(FILES) * (RESOURCE_PARTS // 2)) * 6,
}


@pytest.fixture
async def client(connector: ScriptedConnector) -> AsyncIterator[ConnectorClient]:
    channel = open_channel(connector.target, insecure=True)
    yield ConnectorClient(channel, on_call=lambda *_: None, heavy=HeavyWork())
    await channel.close()


def budget() -> Budget:
    return Budget(time.monotonic() + 60, time.monotonic)


async def pull(client: ConnectorClient) -> PullResponse:
    return await client.pull(PullRequest(), budget(), "request-1")


@pytest.mark.parametrize("more", OVERFULL.values(), ids=OVERFULL)
async def test_a_resource_with_too_many_parts_leaves_its_ids_and_the_others(client, connector, more):
    connector.script("Pull", resource("before") + resource("full", more) + resource("after") + message(2, b"state"))

    page = await pull(client)

    assert [each.external_id for each in page.resources] == ["before", "full", "after"]
    assert {each.parent_id for each in page.resources} == {"root"}
    assert [len(each.files) for each in page.resources] == [0, 101, 0]
    assert page.state == b"state"
    assert len(page.SerializeToString()) < 1000


@pytest.mark.parametrize("data", REFUSED_PAGES.values(), ids=REFUSED_PAGES)
async def test_a_page_with_too_much_in_it_is_refused(client, connector, data):
    assert 2 * PAGE_PARTS < len(data) < ANSWER_BYTES
    connector.script("Pull", data)

    with pytest.raises(ConnectorFaulty, match=r"^an answer (with too many items|that cannot be read)$"):
        await pull(client)


async def test_counting_a_page_keeps_no_call_waiting_and_nothing_in_memory(client, connector):
    connector.script("Pull", resource("full", OVERFULL["a list"]))
    await pull(client)
    longest = 0.0

    async def ticking() -> None:
        nonlocal longest
        while True:
            # Of this process: what others do meanwhile does not count.
            began = time.process_time()
            await asyncio.sleep(0)
            longest = max(longest, time.process_time() - began)

    ticks = asyncio.create_task(ticking())
    tracemalloc.start()
    began = time.process_time()
    for _ in range(5):
        await pull(client)
    spent = time.process_time() - began
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    ticks.cancel()
    # One page takes a fifth of it, and is not counted in one go.
    assert longest < spent / 5
    assert peak < 16 * ANSWER_BYTES


def form(**more) -> SetupResponse:
    return SetupResponse(form=SetupForm(step_id="a", **more))


async def call_setup(client: ConnectorClient) -> None:
    await client.setup(SetupRequest(), budget(), "request-1")


async def call_describe(client: ConnectorClient) -> None:
    await client.describe(DescribeRequest(), budget(), "request-1")


async def call_clickthrough(client: ConnectorClient) -> None:
    await client.resolve_clickthrough(ResolveClickthroughRequest(), budget(), "request-1")


async def call_event(client: ConnectorClient) -> None:
    await client.handle_event(HandleEventRequest(), budget(), "request-1")


async def call_channelback(client: ConnectorClient) -> None:
    await client.channelback(ChannelbackHeader(), budget(), "request-1")


OTHERS = {
    "a form's fields": ("Setup", form(fields=[SetupField()] * 65), call_setup),
    "a form's problems": ("Setup", form(problems=[SetupProblem()] * 65), call_setup),
    "a field's options": ("Setup", form(fields=[SetupField(options=[SetupOption()] * 1001)]), call_setup),
    "a form of a megabyte": ("Setup", form(title="x" * 1_000_000), call_setup),
    "hosts": ("Describe", DescribeResponse(clickthrough_hosts=["a"] * 257), call_describe),
    "capabilities": ("Describe", DescribeResponse(capabilities=[1] * 65), call_describe),
    "kinds of set-up": ("Describe", DescribeResponse(setup_kinds=[1] * 65), call_describe),
    "a description of a megabyte": ("Describe", DescribeResponse(description="x" * 1_000_000), call_describe),
    "unknown fields of a description": ("Describe", b"\xf8\x3e\x01" * 300_000, call_describe),
    "a URL of a megabyte": ("ResolveClickthrough", ResolveClickthroughResponse(url="x" * 1_000_000), call_clickthrough),
    "an answer to an event": ("HandleEvent", b"\xf8\x3e\x01" * 300_000, call_event),
    "a posted id": ("Channelback", ChannelbackResponse(external_id="x" * 1_000_000), call_channelback),
    "a status in invalid UTF-8": ("Describe", b"\x0a\x02\xc3\x28", call_describe),
}


@pytest.mark.parametrize(("rpc", "answer", "call"), OTHERS.values(), ids=OTHERS)
async def test_any_other_answer_with_too_much_in_it_is_refused(
    client, connector, caplog, rpc: str, answer: object, call: Callable
):
    connector.script(rpc, answer)

    with pytest.raises(ConnectorFaulty, match=r"^an answer (that|with) (is too large|too many items|cannot be read)$"):
        await call(client)
    assert caplog.records == []


async def opened(client: ConnectorClient) -> bytes:
    file = await client.open_file(OpenFileRequest(), budget(), "request-1")
    try:
        return b"".join([chunk async for chunk in file.chunks()])
    finally:
        file.close()


@pytest.mark.parametrize("size", [0, 1])
async def test_a_file_in_crumbs_is_broken_off(client, connector, size):
    info = OpenFileResponse(info=FileInfo(name="a", content_type="b"))
    crumb = OpenFileResponse(chunk=b"x" * size)
    connector.script("OpenFile", [info, *[crumb] * SMALL_CHUNKS])
    assert await opened(client) == b"x" * size * SMALL_CHUNKS

    most = SMALL_CHUNKS + SMALL_CHUNKS * size // FEW_BYTES
    connector.script("OpenFile", [info, *[crumb] * (most + 20)])
    with pytest.raises(ConnectorFaulty, match="crumbs"):
        await opened(client)


async def test_a_piece_of_a_file_larger_than_a_chunk_is_refused(client, connector):
    info = OpenFileResponse(info=FileInfo(name="a", content_type="b"))
    connector.script("OpenFile", [info, OpenFileResponse(chunk=b"x" * (300 * 1024))])

    with pytest.raises(ConnectorFaulty, match="too large"):
        await opened(client)


@pytest.mark.parametrize(
    "failure",
    [
        Refusal(Reason.REASON_MESSAGE_REJECTED, message_for_agent="x" * 1_000_000),
        BareCode(grpc.StatusCode.NOT_FOUND, words="x" * 1_000_000),
        BareCode(grpc.StatusCode.NOT_FOUND, trailer=b"x" * 1_000_000),
    ],
    ids=["a detail", "a status", "a trailer"],
)
async def test_a_failure_of_a_megabyte_is_a_failure_without_its_words(client, connector, failure):
    connector.script("Pull", failure)

    with pytest.raises(ConnectorError) as caught:
        await pull(client)
    assert len(str(caught.value)) < 100


async def test_a_page_that_unpacks_to_gigabytes_is_not_unpacked(client, connector):
    packed = grpc.aio.server(compression=grpc.Compression.Gzip, options=[("grpc.max_send_message_length", -1)])
    packed.add_generic_rpc_handlers((connector.handlers(),))
    port = packed.add_insecure_port("127.0.0.1:0")
    await packed.start()
    channel = open_channel(f"ipv4:127.0.0.1:{port}", insecure=True)
    connector.script("Pull", PullResponse(state=b"\0" * 50_000_000))
    try:
        with pytest.raises(ConnectorFaulty, match="RESOURCE_EXHAUSTED"):
            await pull(ConnectorClient(channel, on_call=lambda *_: None, heavy=HeavyWork()))
    finally:
        await channel.close()
        await packed.stop(0)
