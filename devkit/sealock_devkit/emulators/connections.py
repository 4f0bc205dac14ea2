# SPDX-License-Identifier: Apache-2.0
"""A server of an emulated origin whose connections can be cut, as networks and dying processes do."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


A_MOMENT = 0.01
"""Seconds in which both ends of an idle connection notice that it was closed."""
TICK_SECONDS = 0.1
"""How often uvicorn looks whether a signal told it to end."""


class EmulatorServer(uvicorn.Server):
    """Ends the moment it is told to: uvicorn's own takes up to a tick to notice, and then waits for another."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Let `serve` end."""
        self.should_exit = True
        self._stopping.set()

    async def main_loop(self) -> None:
        """Serve until it is told to end, by `stop` or by a signal."""
        tick = 0
        while not await self.on_tick(tick):
            tick = (tick + 1) % 10
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), TICK_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close idle connections at once, and wait only for requests that are under way."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(A_MOMENT)
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)


class Connections:
    """The open connections of a server, so that one of them can be cut."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], asyncio.Transport] = {}

    def server(self, application: Application, *, host: str, port: int) -> EmulatorServer:
        """A server with these connections, to be run by its `serve`."""
        config = uvicorn.Config(
            application,
            host=host,
            port=port,
            http=self._protocol(),
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=3,
        )
        return EmulatorServer(config)

    def _protocol(self) -> type[asyncio.Protocol]:
        transports = self._open

        class Protocol(HttpToolsProtocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                transports[transport.get_extra_info("peername")[:2]] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                transports.pop(self.transport.get_extra_info("peername")[:2], None)
                super().connection_lost(exc)

        return Protocol

    async def end(self, scope: Scope, receive: Receive, *, flush: bool = False) -> None:
        """End the connection of a request: at once, or after what was written. Returns when it has ended."""
        transport = self._open[cast("tuple[str, int]", tuple(scope["client"]))]
        if flush:
            transport.close()
        else:
            transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass

    async def lose_answer(self, application: Application, scope: Scope, receive: Receive) -> None:
        """Let the application do what is asked, and end the connection instead of its answer."""
        await application(scope, receive, _swallow)
        await self.end(scope, receive)


async def _swallow(_: dict[str, Any]) -> None:
    pass
