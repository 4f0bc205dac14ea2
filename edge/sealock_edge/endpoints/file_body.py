# SPDX-License-Identifier: Apache-2.0
"""The bytes of a file on their way to a client: a chunk at a time, as fast as the client takes them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Self, TypeVar

from sealock_edge.connectors import OpenedFile
from sealock_edge.endpoint import Endpoint, Outcome
from sealock_edge.integration import Call
from sealock_edge.problems import FileTooLarge, problem_of

Result = TypeVar("Result")


class BrokenOff(Exception):
    """
    A file cannot be sent to its end.

    It climbs up to the server, which cuts the connection: the status was sent long ago, and a client must not take
    a part for the whole.
    """


class FileBody:
    """An iterator for Falcon, which closes it in any case."""

    def __init__(self, file: OpenedFile, call: Call, gone: asyncio.Future[None], *, max_bytes: int) -> None:
        """`gone` is done when the client has hung up; the file is given up then. Both are closed here."""
        self._file = file
        self._chunks = file.chunks()
        self._call = call
        self._gone = gone
        self._left = max_bytes

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """The next chunk. Raises `BrokenOff`."""
        try:
            chunk = await unless(self._gone, anext(self._chunks, b""))
            self._left -= len(chunk or b"")
            self._check()
        except Exception as error:
            self._call.outcome = problem_of(error, Endpoint.FILE).outcome
            raise BrokenOff from error
        if chunk is None:
            self._call.outcome = Outcome.CLIENT_LEFT
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def close(self) -> None:
        """End the connector's call, and have this one noted."""
        self._gone.cancel()
        self._file.close()
        self._call.settle()

    def _check(self) -> None:
        if self._left < 0:
            raise FileTooLarge


async def unless(gone: asyncio.Future[None], doing: Awaitable[Result]) -> Result | None:
    """What is being done, or None if the client has gone before: then it is cancelled."""
    task: asyncio.Future[Result] = asyncio.ensure_future(doing)
    either: tuple[asyncio.Future[Any], ...] = (task, gone)
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
