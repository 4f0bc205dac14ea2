# SPDX-License-Identifier: Apache-2.0
"""The way from loopback to elsewhere: into the cluster, in place of an ingress controller, or to what pods reach."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class WayIn:
    """Listens on loopback. Each connection is passed on; a Service gives it to whichever pod it likes."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._port = port
        self._to = ("", 0)
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> None:
        """Pass connections on to this address."""
        self._to = host, port
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", self._port)

    async def close(self) -> None:
        """Take no more connections."""
        if self._server is not None:
            self._server.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection(*self._to)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    with suppress(OSError, RuntimeError):
        writer.close()
