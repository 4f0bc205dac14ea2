# SPDX-License-Identifier: Apache-2.0
"""A server of an emulated origin whose connections can be cut, as networks and dying processes do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Connections:
    """The open connections of a server, so that one of them can be cut."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], asyncio.Transport] = {}

    def server(self, application: Application, *, host: str, port: int) -> uvicorn.Server:
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
        return uvicorn.Server(config)

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
