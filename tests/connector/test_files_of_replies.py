# SPDX-License-Identifier: Apache-2.0
"""A reply's files: read while they arrive, in order, within the origin's limits."""

from __future__ import annotations

import asyncio

import grpc.aio
import pytest

from sealock.connector.v1 import channelback_pb2 as pb
from sealock.connector.v1.connector_service_pb2_grpc import ConnectorServiceStub
from sealock_connector import InvalidRequest, MessageRejected, OriginLimits, Posted
from sealock_connector.testing import ChannelbackCase, File, running
from tests.connector.connectors import Posting

LARGE = File("large.bin", "application/octet-stream", bytes(range(256)) * 4000)
SMALL = File("small.txt", "text/plain", b"hello")
EMPTY = File("empty.txt", "text/plain", b"")


class Keeping(Posting):
    """Reads the files and keeps what it read."""

    takes_files = True

    def __init__(self, *, read=None) -> None:
        super().__init__(self.keep)
        self.read = read
        self.files = []

    async def keep(self, reply):
        if reply.files is not None:
            async for file in reply.files:
                data = b""
                if self.read is None or file.name in self.read:
                    data = b"".join([chunk async for chunk in file.chunks()])
                self.files.append((file.name, file.content_type, file.size, data))
        return Posted("p")


class Choosy(Keeping):
    limits = OriginLimits(reply_max_files=2, reply_max_file_bytes=10, reply_file_types=["text/*", "image/png"])


def as_kept(file: File):
    return (file.name, file.content_type, len(file.data), file.data)


async def test_files_arrive_whole_and_in_order():
    connector = Keeping()
    async with running(connector) as client:
        await client.channelback({}, "look", files=[SMALL, LARGE, EMPTY, SMALL])
    assert connector.files == [as_kept(each) for each in (SMALL, LARGE, EMPTY, SMALL)]


async def test_a_file_that_is_not_read_is_passed_over():
    connector = Keeping(read={"small.txt"})
    async with running(connector) as client:
        await client.channelback({}, "look", files=[LARGE, SMALL])
    assert [file[3] for file in connector.files] == [b"", b"hello"]


async def test_files_alone_are_a_reply():
    connector = Keeping()
    async with running(connector) as client:
        await client.channelback({}, "", files=[SMALL])
    assert len(connector.files) == 1


async def test_without_files_there_are_none():
    connector = Keeping()
    async with running(connector) as client:
        await client.channelback({}, "text")
    assert connector.replies[0].files is None


async def test_a_finished_key_is_answered_without_reading_the_files_again():
    connector = Keeping()
    async with running(connector) as client:
        for _ in range(2):
            await client.channelback({}, "look", key="k", files=[LARGE])
    assert len(connector.files) == 1


class NoFiles(Keeping):
    takes_files = False


REFUSED = [
    (NoFiles, ChannelbackCase("none", {}, files=[SMALL], raises=MessageRejected, agent_reads="takes no files")),
    (Choosy, ChannelbackCase("too many", {}, files=[SMALL] * 3, raises=MessageRejected, agent_reads="3 files")),
    (Choosy, ChannelbackCase("too large", {}, files=[File("a.txt", "text/plain", b"x" * 11)], raises=MessageRejected,
                             agent_reads="at most 10 bytes")),
    (Choosy, ChannelbackCase("wrong type", {}, files=[File("a.exe", "application/x-dos", b"x")], raises=MessageRejected,
                             agent_reads="of a type that cannot be sent there")),
    (Choosy, ChannelbackCase("fitting", {}, files=[File("a.png", "image/png", b"x" * 10), SMALL])),
]  # fmt: skip


@pytest.mark.parametrize(("connector", "case"), REFUSED, ids=lambda value: str(getattr(value, "name", "")))
async def test_the_origin_s_limits_hold_for_files(connector, case):
    async with running(connector()) as client:
        await case.check(client)


def header(files: int) -> pb.ChannelbackRequest:
    inner = pb.ChannelbackHeader(account_id="a", account=b"{}", idempotency_key="k", message="m", file_count=files)
    return pb.ChannelbackRequest(header=inner)


def start(size: int = 0, name: str = "f") -> pb.ChannelbackRequest:
    return pb.ChannelbackRequest(file=pb.FileStart(name=name, size=size))


def chunk(size: int = 1) -> pb.ChannelbackRequest:
    return pb.ChannelbackRequest(chunk=b"x" * size)


OUT_OF_ORDER = {
    "nothing": [],
    "no header": [start(), chunk()],
    "an empty piece": [pb.ChannelbackRequest()],
    "two headers": [header(1), start(), header(1)],
    "a chunk before its file": [header(1), chunk()],
    "too few files": [header(2), start(), chunk()],
    "too many files": [header(1), start(), chunk(), start()],
    "fewer bytes than said": [header(1), start(size=3), chunk(2)],
    "more bytes than said": [header(1), start(size=3), chunk(4)],
    "a chunk over its limit": [header(1), start(), chunk(262_145)],
    "a file without a name": [header(1), start(name="")],
    "an empty piece among chunks": [header(1), start(), pb.ChannelbackRequest()],
}


@pytest.mark.parametrize("kind", OUT_OF_ORDER)
async def test_pieces_out_of_order_are_refused(kind):
    async with running(Keeping()) as client, grpc.aio.insecure_channel(client.target) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await ConnectorServiceStub(channel).Channelback(iter(OUT_OF_ORDER[kind]), timeout=10)
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert InvalidRequest.nothing_sent


async def test_a_file_is_read_while_it_arrives():
    connector, seen = Keeping(), asyncio.Event()

    async def keep(reply):
        async for file in reply.files:
            async for _ in file.chunks():
                seen.set()
        return Posted("p")

    connector.post = keep

    async def pieces():
        yield header(1)
        yield start()
        yield chunk()
        await asyncio.wait_for(seen.wait(), 20)
        yield chunk()

    async with running(connector) as client, grpc.aio.insecure_channel(client.target) as channel:
        answer = await ConnectorServiceStub(channel).Channelback(pieces(), timeout=30)
    assert answer.external_id == "p"


@pytest.mark.parametrize("end", ["cut", "late"])
async def test_a_call_that_is_cut_does_not_look_like_the_end_of_a_file(end):
    connector = Keeping()
    async with running(connector) as client, grpc.aio.insecure_channel(client.target) as channel:
        call = ConnectorServiceStub(channel).Channelback(timeout=1 if end == "late" else 30)
        for piece in (header(1), start(), chunk()):
            await call.write(piece)
        if end == "late":
            with pytest.raises(grpc.aio.AioRpcError):
                await call
        else:
            while not connector.replies:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            call.cancel()
        await client.channelback({}, "look", key="another", files=[SMALL])
    assert connector.files == [as_kept(SMALL)]
