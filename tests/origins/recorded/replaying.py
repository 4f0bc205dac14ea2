# SPDX-License-Identifier: Apache-2.0
"""An origin on loopback that answers as it was recorded, or as somebody changes its answers on the wire."""

from __future__ import annotations

import asyncio
import contextlib
import json
import selectors
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.origins.recorded.exchanges import Exchange
from tests.origins.recorded.loopback import Loopback, head_of, read_call
from tests.origins.recorded.recording import DROPPED

MOST_CALLS = 2_500
"""A call that asks the origin more often than this does not end."""


@dataclass(frozen=True)
class Wire:
    """The bytes of an answer, and what becomes of its connection then."""

    sent: bytes
    after: str = "close"
    """`keep` it for another call, `close` it, `reset` it, or let the caller `wait`."""


Change = Callable[[int, Exchange], Exchange | Wire]
"""What is answered in the place of a recorded answer, which is one of a number."""


def as_recorded(_number: int, exchange: Exchange) -> Exchange:
    """Nothing is changed."""
    return exchange


def wire_of(exchange: Exchange) -> Wire:
    """An answer as honest servers send it."""
    length = {} if exchange.status in {204, 304} else {"content-length": str(len(exchange.body))}
    return Wire(head_of(exchange.status, {**exchange.headers, **length}) + exchange.body, "keep")


class Replayed(Loopback):
    """
    `async with Replayed() as origin`: what `use` was told is answered at `origin.url`.

    Of what was recorded, a call gets the answer to the call that is most like it and was not given yet; the last of
    its kind is given again and again. What was never asked gets the origin's own 404.
    """

    def __init__(self) -> None:
        super().__init__()
        self._exchanges: Sequence[Exchange] = ()
        self._given: list[int] = []
        self._change: Change = as_recorded
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self.calls: list[str] = []
        self.waiting = 0
        """How many callers wait for an answer that does not come."""

    def use(self, exchanges: Sequence[Exchange], change: Change = as_recorded) -> None:
        """Answer with these from now on."""
        self._exchanges = [each.at(self.host) for each in exchanges]
        self._given = [0] * len(exchanges)
        self._change = change
        self.calls = []

    async def _end_calls(self) -> None:
        for writer in self._open.values():
            writer.transport.abort()
        await asyncio.gather(*self._open)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = writer
        task.add_done_callback(self._open.pop)
        try:
            with contextlib.suppress(ConnectionError, EOFError, ValueError, asyncio.LimitOverrunError):
                while await self._answered(reader, writer):
                    pass
        finally:
            writer.close()

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer the next call; whether the connection stays open."""
        method, target, _, _ = await read_call(reader)
        answer = self._answer(method, target)
        writer.write(answer.sent)
        await writer.drain()
        if answer.after == "wait":
            await self._wait(reader)
        if answer.after == "reset":
            writer.transport.abort()
        return answer.after == "keep"

    async def _wait(self, reader: asyncio.StreamReader) -> None:
        """Until the caller has hung up."""
        self.waiting += 1
        try:
            await reader.read()
        finally:
            self.waiting -= 1

    def _answer(self, method: str, target: str) -> Wire:
        self.calls.append(f"{method} {target}")
        if len(self.calls) > MOST_CALLS:
            return Wire(b"")
        number = self._like(method, target)
        if number is None:
            return wire_of(NOT_FOUND)
        self._given[number] += 1
        answer = self._change(number, self._exchanges[number])
        return answer if isinstance(answer, Wire) else wire_of(answer)

    def _like(self, method: str, target: str) -> int | None:
        path, _, query = target.partition("?")
        said = {each for each in query.split("&") if each and each.partition("=")[0] not in DROPPED}
        fitting = [number for number, each in enumerate(self._exchanges) if (each.method, each.path) == (method, path)]
        if not fitting:
            return None
        unlike = {number: len(self._exchanges[number].query ^ said) for number in fitting}
        least = min(unlike.values())
        best = [number for number in fitting if unlike[number] == least]
        return next((number for number in best if not self._given[number]), best[-1])


NOT_FOUND = Exchange(
    "GET",
    "/",
    404,
    {"content-type": "application/json"},
    json.dumps(
        {
            "code": "rest_no_route",
            "message": "No route was found matching the URL and request method.",
            "data": {"status": 404},
            "title": "404 Not Found",
            "error": {
                "message": "Unsupported get request.",
                "type": "GraphMethodException",
                "code": 100,
                "error_subcode": 33,
                "fbtrace_id": "A",
            },
        }
    ).encode(),
)
"""What WordPress, the Graph API and the guestbook each take for their own: there is no such thing."""


class Waitless(asyncio.SelectorEventLoop):
    """A loop whose clock runs ahead while an origin lets its caller wait, so that nobody waits for deadlines."""

    def __init__(self) -> None:
        self.origin: Replayed | None = None
        self._ahead = 0.0
        super().__init__(_Waitless(self))

    def time(self) -> float:
        """Seconds, with those that were passed over."""
        return super().time() + self._ahead

    def nothing_comes(self, seconds: float) -> bool:
        """Whether the loop would only wait; then that time is over."""
        if self.origin is None or not self.origin.waiting:
            return False
        self._ahead += seconds
        return True


class _Waitless(selectors.DefaultSelector):
    def __init__(self, loop: Waitless) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None or timeout <= MOMENT:
            return super().select(timeout)
        ready = super().select(MOMENT)
        return ready if ready or self._loop.nothing_comes(timeout - MOMENT) else super().select(timeout - MOMENT)


MOMENT = 0.02
"""Seconds in which whatever comes on this machine is there."""
