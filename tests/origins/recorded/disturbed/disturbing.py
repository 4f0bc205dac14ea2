# SPDX-License-Identifier: Apache-2.0
"""An origin that does what it is asked, and whose answers are odd on their way back, or late."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.origins.recorded.exchanges import Exchange
from tests.origins.recorded.oddities import LIES, Oddity
from tests.origins.recorded.recording import Recorder, read_call
from tests.origins.recorded.replaying import Wire, wire_of

MOST_REDIRECTS = 20
"""More than any client follows."""


@dataclass
class Disturbance:
    """Which answers are odd from now on: that of the call of a number, or all."""

    oddity: Oddity
    only: int | None = None
    late: bool = False
    """The answer to it is not given at all, and its caller waits."""
    asked: int = 0
    before: list[Exchange] = field(default_factory=list)

    @property
    def lies(self) -> int:
        """How many times one attempt may be done, as nobody can know what was: by redirects, which are followed."""
        return MOST_REDIRECTS if self.oddity.name == "redirect" else int(self.oddity.name in LIES)

    def answer(self, exchange: Exchange) -> Exchange | Wire:
        """What becomes of the next answer."""
        self.before.append(exchange)
        self.asked += 1
        if self.only is not None and self.asked - 1 != self.only:
            return exchange
        return Wire(b"", "wait") if self.late else _changed(self.oddity, self.before)


def _changed(oddity: Oddity, before: Sequence[Exchange]) -> Exchange | Wire:
    everywhere = Oddity(oddity.kind, 0, oddity.at, oddity.other)
    return everywhere.change(before)(len(before) - 1, before[-1])


class Disturbed(Recorder):
    """`async with Disturbed(url) as origin`: the origin, at `origin.url`, disturbed while it has a `disturbance`."""

    disturbance: Disturbance | None = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, EOFError, ValueError, asyncio.LimitOverrunError):
            method, target, headers, body = await read_call(reader)
            status, answered, content = await self._ask(method, target, headers, body)
            told = {name: value for name, value in answered.items() if name not in _OF_THE_WAY}
            exchange = Exchange(method, target, status, told, content)
            given = self.disturbance.answer(exchange) if self.disturbance else exchange
            wire = given if isinstance(given, Wire) else wire_of(given)
            writer.write(wire.sent)
            await writer.drain()
            if wire.after == "wait":
                await reader.read()
            if wire.after == "reset":
                writer.transport.abort()
        writer.close()


_OF_THE_WAY = ("transfer-encoding", "content-length", "connection")
