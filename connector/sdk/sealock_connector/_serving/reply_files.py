# SPDX-License-Identifier: Apache-2.0
"""An agent's reply as it comes in: a header, then files in pieces, read while they arrive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from fnmatch import fnmatchcase

from sealock.connector.v1 import channelback_pb2 as pb
from sealock_connector._types import Attachment, OriginLimits
from sealock_connector.errors import ContractBroken, MessageRejected
from sealock_connector.localisation import Text
from sealock_contract.limits import broken_limit

WRONG_TYPE = Text(
    "A file of this reply is of a type that cannot be sent there. Send it in another format, or the reply without it."
)
CUT_SHOWS_AFTER = 0.05
"""Seconds after its pieces ended in which a call is known to be cut, if it was."""


async def read_header(requests: AsyncIterator[pb.ChannelbackRequest]) -> pb.ChannelbackHeader:
    """The header, which comes first."""
    first = await anext(requests, None)
    if first is None or first.WhichOneof("part") != "header":
        raise ContractBroken("header: comes first")
    if problem := broken_limit(first.header):
        raise ContractBroken(problem)
    if not first.header.message and not first.header.file_count:
        raise ContractBroken("message: is empty, and there are no files")
    return first.header


async def unless_cut(
    requests: AsyncIterator[pb.ChannelbackRequest], over: asyncio.Event
) -> AsyncIterator[pb.ChannelbackRequest]:
    """
    The pieces. Raises `ContractBroken` at an end that came because the call was cut: gRPC tells of both alike.

    `over` is set once nobody waits for the call's answer any more.
    """
    async for piece in requests:
        yield piece
    await asyncio.sleep(CUT_SHOWS_AFTER)
    if over.is_set():
        raise ContractBroken("file: the call was cut")


class _Attachment:
    """A file while it is read."""

    def __init__(self, start: pb.FileStart, files: IncomingFiles) -> None:
        self.name = start.name
        self.content_type = start.content_type or "application/octet-stream"
        self.size = start.size
        self._files = files

    async def chunks(self) -> AsyncIterator[bytes]:
        """The file's bytes, once, in order."""
        while (chunk := await self._files.next_chunk(self)) is not None:
            yield chunk


class IncomingFiles:
    """
    The files that follow a header.

    Going on to the next file skips what was not read of the one before. Reading raises `ContractBroken` where the
    pieces are out of order and `MessageRejected` where a file breaks the origin's limits.
    """

    def __init__(self, requests: AsyncIterator[pb.ChannelbackRequest], count: int, limits: OriginLimits) -> None:
        self._requests = requests
        self._expected = count
        self._limits = limits
        self._current: _Attachment | None = None
        self._next: pb.FileStart | None = None
        self._seen = 0
        self._bytes = 0

    def __aiter__(self) -> AsyncIterator[Attachment]:
        return self

    async def __anext__(self) -> Attachment:
        while self._current is not None and await self.next_chunk(self._current) is not None:
            pass
        start, self._next = self._next or await self._start(), None
        if start is None:
            raise StopAsyncIteration
        self._check(start)
        self._current, self._bytes = _Attachment(start, self), 0
        return self._current

    async def next_chunk(self, file: _Attachment) -> bytes | None:
        """The file's next bytes; None at its end, or once another file was begun."""
        if file is not self._current:
            return None
        piece = await anext(self._requests, None)
        kind = None if piece is None else piece.WhichOneof("part")
        if piece is None or kind == "file":
            self._end(file)
            self._next = None if piece is None else piece.file
            return None
        if kind != "chunk":
            raise ContractBroken("header: comes once")
        if problem := broken_limit(piece):
            raise ContractBroken(problem)
        self._count(file, len(piece.chunk))
        return piece.chunk

    async def _start(self) -> pb.FileStart | None:
        piece = await anext(self._requests, None)
        if piece is None:
            if self._seen != self._expected:
                raise ContractBroken(f"file_count: is {self._expected}, and {self._seen} came")
            return None
        if piece.WhichOneof("part") != "file":
            raise ContractBroken("file: comes before its chunks")
        return piece.file

    def _check(self, start: pb.FileStart) -> None:
        self._seen += 1
        if self._seen > self._expected:
            raise ContractBroken("file_count: more files came")
        if problem := broken_limit(start):
            raise ContractBroken(f"file {problem}")
        types = self._limits.reply_file_types
        if types and not any(fnmatchcase(start.content_type, each) for each in types):
            raise MessageRejected(WRONG_TYPE)
        self._check_size(start.size)

    def _count(self, file: _Attachment, size: int) -> None:
        self._bytes += size
        if file.size and self._bytes > file.size:
            raise ContractBroken(f"size: is {file.size:,}, and more bytes came")
        self._check_size(self._bytes)

    def _check_size(self, size: int) -> None:
        limit = self._limits.reply_max_file_bytes
        if limit and size > limit:
            raise MessageRejected(too_large(limit))

    def _end(self, file: _Attachment) -> None:
        self._current = None
        if file.size and self._bytes != file.size:
            raise ContractBroken(f"size: is {file.size:,}, and {self._bytes:,} bytes came")


def too_large(limit: int) -> Text:
    """What an agent reads of a file that has more bytes than the limit."""
    return Text(
        "A file of this reply is too large: at most {size} can be sent there. Send a smaller one, or the reply without "
        "it.",
        size=_readable(limit),
    )


def _readable(size: int) -> Text:
    """Bytes as people read them, to three digits."""
    if size < 1_000:
        return Text("{number} bytes", number=size)
    if size < 1_000_000:
        return Text("{number} kB", number=float(f"{size / 1_000:.3g}"))
    return Text("{number} MB", number=float(f"{size / 1_000_000:.3g}"))
