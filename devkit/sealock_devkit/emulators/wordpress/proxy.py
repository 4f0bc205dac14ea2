# SPDX-License-Identifier: Apache-2.0
"""A proxy in front of a site that loses answers on their way back, after the site did what was asked."""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_LARGEST_HEAD = 65_536


class FaultyProxy:
    """
    `async with FaultyProxy(site.url, lose_every=2) as proxy`: the site is at `proxy.url`, too.

    Every `lose_every`-th POST reaches the site and is answered, but its answer is dropped and the connection
    closed; 0 loses none. `posts` and `lost` count. The site sees the Host that it was asked for, so its own links
    lead through the proxy.
    """

    def __init__(self, upstream: str, *, lose_every: int = 0, port: int = 0) -> None:
        self.lose_every = lose_every
        self.lose_next = 0
        """How many of the next POSTs lose their answer, whatever `lose_every` says."""
        self.posts = 0
        self.lost = 0
        address = urlsplit(upstream)
        self._upstream = (address.hostname or "127.0.0.1", address.port or 80)
        self._port = port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The proxy's address, without a slash at its end."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Listen on loopback."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, limit=_LARGEST_HEAD)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and drop what is open."""
        if self._server:
            self._server.close()
            for task in list(self._open):
                task.cancel()
            await asyncio.gather(*self._open, return_exceptions=True)
            await self._server.wait_closed()
            self._server = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        with contextlib.suppress(ConnectionError, EOFError, asyncio.LimitOverrunError):
            head = await reader.readuntil(b"\r\n\r\n")
            answer = await self._ask(head, await reader.readexactly(_length(head)))
            if not self._loses(head):
                writer.write(answer)
                await writer.drain()
        writer.close()

    async def _ask(self, head: bytes, body: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(*self._upstream)
        try:
            writer.write(_closing(head) + body)
            answer = await reader.read()
            headers, _, content = answer.partition(b"\r\n\r\n")
            return _closing(headers + b"\r\n\r\n") + content
        finally:
            writer.close()

    def _loses(self, head: bytes) -> bool:
        if not head.startswith(b"POST "):
            return False
        self.posts += 1
        loses = bool(self.lose_next) or (self.lose_every > 0 and self.posts % self.lose_every == 0)
        self.lose_next = max(0, self.lose_next - 1)
        self.lost += loses
        return loses


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def _closing(head: bytes) -> bytes:
    """The head with one request a connection: its end is the end of the answer."""
    lines = [line for line in head[:-4].split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n"
