# SPDX-License-Identifier: Apache-2.0
"""The two calls that stream: a reply with its files goes out, a file of the origin comes in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Final, Self, TypeAlias

from grpc import StatusCode
from grpc.aio import EOF, AioRpcError, StreamUnaryCall, UnaryStreamCall

from sealock.connector.v1.channelback_pb2 import ChannelbackHeader, ChannelbackRequest, ChannelbackResponse
from sealock.connector.v1.file_pb2 import FileInfo, OpenFileRequest, OpenFileResponse
from sealock_contract.failed_writes import end_as_answered
from sealock_edge.connectors.errors import ConnectorFaulty, from_rpc_error
from sealock_edge.connectors.faults import Fault
from sealock_edge.connectors.measured import Unreadable

if TYPE_CHECKING:
    ReplyCall: TypeAlias = StreamUnaryCall[ChannelbackRequest, ChannelbackResponse]
    FileCall: TypeAlias = UnaryStreamCall[OpenFileRequest, OpenFileResponse]

OpenReplyFiles = Callable[[], AsyncGenerator[ChannelbackRequest]]
"""Begins the pieces of a reply's files from the first one."""

BREAK: Final = ChannelbackRequest()
"""The piece that no reply may have: it is none of the three kinds."""
LAST_WORD: Final = 2.0
"""Seconds that a connector gets to answer to it."""

SMALL_CHUNKS: Final = 4096
"""How many chunks of a file may be as small as they like, empty ones too."""
FEW_BYTES: Final = 256
"""What the others have on the average at least."""


async def send_reply(
    call: ReplyCall, header: ChannelbackHeader, open_files: OpenReplyFiles | None
) -> ChannelbackResponse:
    """
    One try to send a reply: the header, then the files' pieces while they are fetched. The connector's answer.

    A connector must never take half a file for a whole one. So a reply whose files fail is not merely cut off: it is
    broken off by a piece that the contract forbids, and the connector's answer to that is awaited. A reply that was
    posted before is answered all the same, whatever became of its files.

    Raises `AioRpcError`, and what the files raise.
    """
    end_as_answered(call)
    answering = asyncio.create_task(_answer(call))
    writing = asyncio.create_task(_write(call, header, open_files))
    try:
        await asyncio.wait({answering, writing}, return_when=asyncio.FIRST_COMPLETED)
        if answering.done():
            return answering.result()
        failure = writing.exception()
        if failure is not None:
            await _break_off(call, answering)
            if not answering.done() or answering.exception() is not None:
                raise failure
        return await answering
    finally:
        call.cancel()
        for task in (answering, writing):
            task.cancel()
        await asyncio.gather(answering, writing, return_exceptions=True)


async def _answer(call: ReplyCall) -> ChannelbackResponse:
    return await call


async def _write(call: ReplyCall, header: ChannelbackHeader, open_files: OpenReplyFiles | None) -> None:
    await _send(call, ChannelbackRequest(header=header))
    if open_files is not None:
        async with aclosing(open_files()) as pieces:
            async for piece in pieces:
                await _send(call, piece)
    await _end(call)


async def _end(call: ReplyCall) -> None:
    if not call.done():
        await call.done_writing()


async def _send(call: ReplyCall, piece: ChannelbackRequest) -> None:
    """Send a piece. After the connector's answer there is nothing to send to: the answer says everything."""
    try:
        await call.write(piece)
    except (AioRpcError, asyncio.InvalidStateError):
        await asyncio.Event().wait()


async def _send_break(call: ReplyCall) -> None:
    await _send(call, BREAK)
    await _end(call)


async def _break_off(call: ReplyCall, answering: asyncio.Task[ChannelbackResponse]) -> None:
    breaking = asyncio.create_task(_send_break(call))
    await asyncio.wait({answering}, timeout=LAST_WORD)
    breaking.cancel()
    await asyncio.gather(breaking, return_exceptions=True)


class OpenedFile:
    """
    One call of OpenFile after its first message, with the contract's rules held to. Close it: that ends the call.

    Whoever takes the bytes must be able to tell a whole file from a part. So the bytes that would complete an announced
    size are held back until the connector has ended its call well.
    """

    def __init__(self, call: FileCall, info: FileInfo, on_end: Callable[[str], None]) -> None:
        self.info = info
        self._call = call
        self._on_end = on_end
        self._outcome = ""

    @classmethod
    async def begin(cls, call: FileCall, on_end: Callable[[str], None]) -> Self:
        """
        Wait for the info. `on_end` is told once how the call ended (a gRPC code), but not of an `AioRpcError` here.

        Raises `AioRpcError`, and `ConnectorFaulty` for another beginning.
        """
        try:
            info = await _info(call)
        except BaseException as error:
            call.cancel()
            if isinstance(error, ConnectorFaulty):
                on_end(StatusCode.OK.name)
            raise
        return cls(call, info, on_end)

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The bytes, as fast as they are taken. Raises `ConnectorError` where they are not the whole file."""
        size, seen, last, number = self.info.size, 0, b"", 0
        while (part := await self._next_part()) is not None:
            if part.WhichOneof("part") != "chunk":
                raise ConnectorFaulty("a file with a part that is no chunk", Fault.WRONG_FILE)
            seen += len(part.chunk)
            number += 1
            if number > SMALL_CHUNKS + seen // FEW_BYTES:
                raise ConnectorFaulty("a file in crumbs", Fault.WRONG_FILE)
            if size and seen > size:
                raise ConnectorFaulty("more of a file than was announced", Fault.WRONG_FILE)
            if size and seen == size:
                last = last or part.chunk
            elif part.chunk:
                yield part.chunk
        if size and seen < size:
            raise ConnectorFaulty("less of a file than was announced", Fault.WRONG_FILE)
        if last:
            yield last

    def close(self) -> None:
        """End the call if it has not ended."""
        self._call.cancel()
        self._ended(StatusCode.CANCELLED.name)

    async def _next_part(self) -> OpenFileResponse | None:
        try:
            part = await _next(self._call)
        except AioRpcError as error:
            self._ended(error.code().name)
            raise from_rpc_error(error) from None
        if part is None:
            self._ended(StatusCode.OK.name)
        return part

    def _ended(self, outcome: str) -> None:
        if not self._outcome:
            self._outcome = outcome
            self._on_end(outcome)


async def _info(call: FileCall) -> FileInfo:
    first = await _next(call)
    if first is None or first.WhichOneof("part") != "info":
        raise ConnectorFaulty("a file that does not begin with its info", Fault.WRONG_FILE)
    return first.info


_UNREAD: Final = Unreadable("a part of a file that cannot be read", Fault.UNREADABLE)


async def _next(call: FileCall) -> OpenFileResponse | None:
    """The next message, or None after the last one."""
    part = await call.read()
    if part is EOF:
        return None
    if not isinstance(part, OpenFileResponse):
        unread = part if isinstance(part, Unreadable) else _UNREAD
        raise ConnectorFaulty(unread.what, unread.fault)
    return part
