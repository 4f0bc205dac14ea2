# SPDX-License-Identifier: Apache-2.0
"""Switches that make the emulator fail on purpose, for tests and the demo."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

GRAPH = ("/graph.facebook.com/", "/graph.instagram.com/")


@dataclass(slots=True)
class Faults:
    """What goes wrong next. The counts go down as calls of the Graph API use them up."""

    lose_answers: int = 0
    """This many POSTs are done, and their answers never sent: the connection ends."""
    drop_midway: int = 0
    """This many answers end in the middle."""
    fail: int = 0
    """This many calls are answered 503 with a page instead of JSON, before they do anything."""
    slow_seconds: float = 0
    """Each call waits this long first."""
    errors: list[str] = field(default_factory=list)
    """The next calls are refused with these errors, by their names in the emulator's table, one after the other."""
    empty_pages: int = 0
    """This many pages of a list come empty, though there is more behind them."""
    expire_cursors: int = 0
    """This many calls with a cursor are told that it is no good any more."""
    webhooks_lost: int = 0
    """This many updates are never sent."""
    webhooks_twice: int = 0
    """This many deliveries are sent two times."""
    webhooks_out_of_order: bool = False
    """The newest update is sent first."""
    webhooks_unsigned: int = 0
    """This many deliveries carry a wrong signature."""

    def use(self, name: str) -> bool:
        """Use up one of a count; false when it is at zero."""
        left = int(getattr(self, name))
        if left > 0:
            setattr(self, name, left - 1)
        return left > 0

    def next_error(self) -> str:
        """The name of the error that comes next; empty for none."""
        return self.errors.pop(0) if self.errors else ""


class Connections:
    """The open connections of a server, so that one of them can be cut."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self) -> type[asyncio.Protocol]:
        """The protocol class to give to uvicorn."""
        transports = self._open

        class Protocol(HttpToolsProtocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                transports[transport.get_extra_info("peername")[:2]] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                transports.pop(self.transport.get_extra_info("peername")[:2], None)
                super().connection_lost(exc)

        return Protocol

    def cut(self, scope: Scope, *, flush: bool = False) -> None:
        """End the connection of a request: at once, or after what was written."""
        transport = self._open[cast("tuple[str, int]", tuple(scope["client"]))]
        if flush:
            transport.close()
        else:
            transport.abort()


class FaultyGraph:
    """An ASGI application whose Graph API does what the switches say."""

    def __init__(self, application: Application, faults: Faults, connections: Connections) -> None:
        self._application = application
        self._faults = faults
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request."""
        if scope["type"] != "http" or not scope["path"].startswith(GRAPH):
            await self._application(scope, receive, send)
            return
        await asyncio.sleep(self._faults.slow_seconds)
        if self._faults.use("fail"):
            await _unavailable(send)
        elif scope["method"] == "POST" and self._faults.use("lose_answers"):
            await self._application(scope, receive, _swallow)
            await self._end(scope, receive)
        elif self._faults.use("drop_midway"):
            await self._application(scope, receive, functools.partial(_half, send))
            await self._end(scope, receive, flush=True)
        else:
            await self._application(scope, receive, send)

    async def _end(self, scope: Scope, receive: Receive, *, flush: bool = False) -> None:
        self._connections.cut(scope, flush=flush)
        while (await receive())["type"] != "http.disconnect":
            pass


async def _swallow(_: dict[str, Any]) -> None:
    pass


async def _half(send: Send, message: dict[str, Any]) -> None:
    if message["type"] == "http.response.body":
        body = message.get("body", b"")
        message = {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}
    await send(message)


async def _unavailable(send: Send) -> None:
    body = b"<!doctype html><title>Error</title><p>Sorry, something went wrong."
    headers = [(b"content-type", b"text/html"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": body})
