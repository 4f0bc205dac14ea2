# SPDX-License-Identifier: Apache-2.0
"""What stands in front of the edges: one address, whichever of them answers, and a network that loses things."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from itertools import cycle
from urllib.parse import urlsplit

PIECE = 65_536


class Balancer:
    """Passes each connection on to one of the edges in turn, or to the next where one is not there."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.lost_answers = 0
        """So many connections more are cut when their first answer comes."""
        self._port = port
        self._edges: list[tuple[str, int]] = []
        self._turn = cycle(range(1))
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self, edges: Sequence[str]) -> None:
        """Listen for these, by their URLs."""
        parts = [urlsplit(url) for url in edges]
        self._edges = [(str(part.hostname), int(part.port or 0)) for part in parts]
        self._turn = cycle(range(len(edges)))
        self._server = await asyncio.start_server(self._take, "127.0.0.1", self._port)

    async def stop(self) -> None:
        """Listen no more, and cut what is open."""
        if self._server is None:
            return
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await self._server.wait_closed()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = next(self._turn)
        self._open.add(writer)
        try:
            for number in range(len(self._edges)):
                host, port = self._edges[(first + number) % len(self._edges)]
                with contextlib.suppress(OSError):
                    edge_reader, edge_writer = await asyncio.open_connection(host, port)
                    break
            else:
                return
            self._open.add(edge_writer)
            await asyncio.gather(self._pass(reader, edge_writer), self._pass(edge_reader, writer, is_answer=True))
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool = False
    ) -> None:
        try:
            while piece := await reader.read(PIECE):
                if is_answer and self.lost_answers > 0:
                    self.lost_answers -= 1
                    break
                writer.write(piece)
                await writer.drain()
        except OSError:
            pass
        finally:
            self._open.discard(writer)
            writer.close()
