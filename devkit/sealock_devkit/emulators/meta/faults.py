# SPDX-License-Identifier: Apache-2.0
"""Switches that make the emulator fail on purpose, for tests and the demo."""

from __future__ import annotations

import asyncio
import functools
from dataclasses import dataclass, field
from typing import Any

from sealock_devkit.emulators.connections import Application, Connections, Receive, Scope, Send

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
    """
    The next calls are refused with these errors, by their names in the emulator's table, one after the other.

    `debug_token`, by which an app tells a dead token from other trouble, is not refused.
    """
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
            await self._connections.lose_answer(self._application, scope, receive)
        elif self._faults.use("drop_midway"):
            await self._application(scope, receive, functools.partial(_half, send))
            await self._connections.end(scope, receive, flush=True)
        else:
            await self._application(scope, receive, send)


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
