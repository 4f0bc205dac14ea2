# SPDX-License-Identifier: Apache-2.0
"""The connections of one listener in this process: how many, from where, what they hold, and which must go."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from sealock_edge.client_address import counted_as
from sealock_edge.config import ConnectionsConfig
from sealock_edge.connections.limits import Limit
from sealock_edge.telemetry import ConnectionMetrics

SMALL_BODY: Final = 16 * 1024
"""A body up to this is always taken: pulls go on while others send large bodies."""

GIVEN_TO_A_BODY: Final = 2.0
"""Seconds for which an unfinished body may not be sent away in favour of another."""

GIVEN_TO_AN_ANSWER: Final = 1.0
"""Seconds for which a client may take nothing of an answer, even if all answers together are too large."""

GOODBYE_SECONDS: Final = 1.0
"""How long a peer may take to say goodbye on a connection that has nothing under way any more."""

LOOK_SECONDS: Final = 0.5
"""How often all connections are looked at."""

_LOOK_AT_ONCE: Final = 256
"""How many of them in one turn of the loop."""


class Connection(Protocol):
    """What is asked of a connection here."""

    address: str
    begun: float | None
    """When the first byte came of a request that is not whole; None if there is none."""

    unread: int
    """How many bytes of answers waited to be taken when it was last looked at."""
    taken_at: float
    """When some of them were last taken."""

    def look(self, now: float) -> None:
        """End it if it has overstepped its time."""

    def refuse(self, limit: Limit) -> None:
        """Answer that it met this limit, and end it."""

    def make_way(self) -> None:
        """End it at once."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What each connection of a listener has to keep to."""

    settings: ConnectionsConfig
    most: int
    """Connections at once; the setting, or fewer where there are not as many open files."""
    most_by_address: int
    whole_answer_seconds: float
    """For the whole of an answer to be taken."""


class Connections:
    """
    All connections of one listener in this process.

    A place is taken before TLS is agreed. When all are taken, the connection that has been without a whole request the
    longest makes way: whoever sits there in silence keeps nobody out.
    """

    def __init__(
        self,
        rules: Rules,
        metrics: ConnectionMetrics,
        clock: Callable[[], float],
        *,
        exempt: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`clock` is the loop's. `exempt` says which hosts may have any number."""
        self.rules = rules
        self.metrics = metrics
        self.bodies = HeldBodies(rules.settings.body_bytes_together, metrics, clock)
        self.leaving = False
        """Whether what is unfinished has to end within a second."""
        self._clock = clock
        self._exempt = exempt
        self._all: dict[Connection, None] = {}
        self._waiting: dict[Connection, None] = {}
        self._by_address: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._all)

    def refused(self, host: str) -> Limit | None:
        """Why there is no place for another one from this host, or None. Someone may have to make way for it."""
        if self._by_address[counted_as(host)] >= self.rules.most_by_address and not self._exempt(host):
            return Limit.MOST_BY_ADDRESS
        if len(self._all) >= self.rules.most and not self.make_way():
            return Limit.MOST
        return None

    def joined(self, connection: Connection) -> None:
        """It has taken a place."""
        self._all[connection] = self._waiting[connection] = None
        self._by_address[connection.address] += 1
        self.metrics.open.inc()

    def left(self, connection: Connection) -> None:
        """Its place is free. May be said twice."""
        if connection not in self._all:
            return
        del self._all[connection]
        self._waiting.pop(connection, None)
        self.bodies.give_back(connection)
        self._by_address[connection.address] -= 1
        if not self._by_address[connection.address]:
            del self._by_address[connection.address]
        self.metrics.open.dec()

    def begins(self, connection: Connection) -> None:
        """A whole request of it is under way."""
        self._waiting.pop(connection, None)

    def waits(self, connection: Connection) -> None:
        """It has answered everything."""
        if connection in self._all:
            self._waiting[connection] = None

    def make_way(self) -> bool:
        """End the connection that has waited the longest; False if all have calls under way."""
        longest = next(iter(self._waiting), None)
        if longest is None:
            return False
        self.metrics.met(Limit.MADE_WAY)
        self.left(longest)
        longest.make_way()
        return True

    async def watch(self) -> None:
        """Look at all of them, again and again, and end those that have overstepped their time."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            unread = 0
            for number, connection in enumerate(tuple(self._all)):
                if number % _LOOK_AT_ONCE == _LOOK_AT_ONCE - 1:
                    await asyncio.sleep(0)
                connection.look(self._clock())
                unread += connection.unread
            if unread > self.rules.settings.answer_bytes_together:
                self._end_unread(unread)

    def _end_unread(self, together: int) -> None:
        """End those that have taken nothing for the longest, until the others' answers have room."""
        before = self._clock() - GIVEN_TO_AN_ANSWER
        waiting = [each for each in self._all if each.unread and each.taken_at < before]
        for connection in sorted(waiting, key=lambda each: each.taken_at):
            if together <= self.rules.settings.answer_bytes_together:
                return
            together -= connection.unread
            self.metrics.met(Limit.ANSWER_BYTES_TOGETHER)
            connection.make_way()


class HeldBodies:
    """
    The bodies that requests have brought and that are not answered: together at most so many bytes.

    When there is no room, the unfinished body that began the longest ago is sent away, so that whoever only begins
    bodies keeps nobody out.
    """

    def __init__(self, most: int, metrics: ConnectionMetrics, clock: Callable[[], float]) -> None:
        self._most = most
        self._metrics = metrics
        self._clock = clock
        self._together = 0
        self._held: dict[Connection, int] = {}

    def take(self, connection: Connection, size: int) -> bool:
        """Room for so many bytes more of this connection; False if there is none."""
        while self._together + size > self._most:
            if not self._send_one_away(connection):
                return False
        self._together += size
        self._held[connection] = self._held.get(connection, 0) + size
        self._metrics.body_bytes.inc(size)
        return True

    def give_back(self, connection: Connection) -> None:
        """All that this connection holds."""
        size = self._held.pop(connection, 0)
        if size:
            self._together -= size
            self._metrics.body_bytes.dec(size)

    def _send_one_away(self, other_than: Connection) -> bool:
        before = self._clock() - GIVEN_TO_A_BODY
        for holder in self._held:
            if holder is not other_than and holder.begun is not None and holder.begun < before:
                holder.refuse(Limit.BODY_BYTES_TOGETHER)
                self.give_back(holder)
                return True
        return False
