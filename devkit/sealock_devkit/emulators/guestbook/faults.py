# SPDX-License-Identifier: Apache-2.0
"""Switches that make the guestbook's API fail on purpose, for tests and the demo."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, field
from typing import Any

from falcon import HTTP_NO_CONTENT, HTTPBadRequest
from falcon.asgi import Request, Response

from sealock_devkit.emulators.connections import Application, Connections, Receive, Scope, Send

MAX_TOKEN_CHARS = 200


@dataclass(slots=True)
class Faults:
    """What goes wrong next. The counts go down as calls of the API use them up."""

    lose_answers: int = 0
    """This many posts are stored, and their answers never sent: the connection ends."""
    fail: int = 0
    """This many calls are answered 500, before they do anything."""
    throttle: int = 0
    """This many calls are answered 429 with `Retry-After: 1`."""
    slow_seconds: float = 0
    """Each call waits this long first."""
    token_revoked: bool = False
    """The token is refused, whichever it is."""
    token: str = field(default="", repr=False)
    """The owner's token from now on; empty: the one that the guestbook began with. It is set, and never told."""

    def use(self, name: str) -> bool:
        """Use up one of a count; false when it is at zero."""
        left = int(getattr(self, name))
        if left > 0:
            setattr(self, name, left - 1)
        return left > 0


class FaultSwitches:
    """`/dev/faults`: GET says how the switches stand, PUT sets those that it names."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    async def on_get(self, _: Request, resp: Response) -> None:
        """The switches as they stand, without the token."""
        resp.media = {name: value for name, value in asdict(self._faults).items() if name != "token"}

    async def on_put(self, req: Request, resp: Response) -> None:
        """Set the named switches."""
        wanted = await req.get_media()
        kinds = {name: type(value) for name, value in asdict(self._faults).items()}
        if not isinstance(wanted, dict) or not set(wanted) <= set(kinds):
            raise HTTPBadRequest(description=f"The switches are {', '.join(kinds)}.")
        for name, value in wanted.items():
            _check(name, value, kinds[name])
            setattr(self._faults, name, kinds[name](value))
        resp.status = HTTP_NO_CONTENT


def _check(name: str, value: Any, kind: type) -> None:
    if kind is str:
        if not isinstance(value, str) or not value.isascii() or len(value) > MAX_TOKEN_CHARS:
            raise HTTPBadRequest(description=f"{name} must be a string of at most {MAX_TOKEN_CHARS} ASCII characters.")
    elif not isinstance(value, int | float) or value < 0:
        raise HTTPBadRequest(description=f"{name} must be a number, not negative, or true or false.")


class FaultyApi:
    """An ASGI application whose `/api/` does what the switches say."""

    def __init__(self, application: Application, faults: Faults, connections: Connections) -> None:
        self._application = application
        self._faults = faults
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._application(scope, receive, send)
            return
        await asyncio.sleep(self._faults.slow_seconds)
        if self._faults.use("fail"):
            await _answer(send, 500)
        elif self._faults.use("throttle"):
            await _answer(send, 429, (b"retry-after", b"1"))
        elif scope["method"] == "POST" and self._faults.use("lose_answers"):
            await self._connections.lose_answer(self._application, scope, receive)
        else:
            await self._application(scope, receive, send)


async def _answer(send: Send, status: int, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0"), *headers]})
    await send({"type": "http.response.body"})
