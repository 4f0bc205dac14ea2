# SPDX-License-Identifier: Apache-2.0
"""The bytes of a file on their way to a client: a chunk at a time, as fast as the client takes them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Self

from sealock_edge.connectors import OpenedFile
from sealock_edge.endpoints import Endpoint, Outcome
from sealock_edge.integration import Call
from sealock_edge.problems import FileTooLarge, problem_of


class BrokenOff(Exception):
    """
    A file cannot be sent to its end.

    It climbs up to the server, which cuts the connection: the status was sent long ago, and a client must not take
    a part for the whole.
    """


class FileBody:
    """An iterator for Falcon, which closes it in any case."""

    def __init__(self, file: OpenedFile, call: Call, gone: Coroutine[Any, Any, None], *, max_bytes: int) -> None:
        """`gone` ends when the client has hung up; the file is given up then. `file` is closed here."""
        self._file = file
        self._chunks = file.chunks()
        self._call = call
        self._gone = asyncio.ensure_future(gone)
        self._left = max_bytes

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """The next chunk. Raises `BrokenOff`."""
        try:
            chunk = await self._next()
        except Exception as error:
            self._call.outcome = problem_of(error, Endpoint.FILE).outcome
            raise BrokenOff from error
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    async def close(self) -> None:
        """End the connector's call, and have this one noted."""
        self._gone.cancel()
        self._file.close()
        self._call.settle()

    async def _next(self) -> bytes | None:
        reading = asyncio.ensure_future(anext(self._chunks, None))
        try:
            await asyncio.wait({reading, self._gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not reading.done():
                reading.cancel()
                with suppress(asyncio.CancelledError):
                    await reading
        if self._gone.done():
            self._call.outcome = Outcome.CLIENT_LEFT
            return None
        chunk = reading.result()
        self._left -= len(chunk or b"")
        if self._left < 0:
            raise FileTooLarge
        return chunk
