# SPDX-License-Identifier: Apache-2.0
"""
Connections that are kept for the next exchange.

What only reads may go over a connection that has been idle for minutes, and goes once more over a new one where the
server had closed that. What changes something goes over a new connection, or one that was in use a moment ago, and
never a second time.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sealock_contract.connections import CheckedConnections
from sealock_contract.http_client.connection import Broken, Connection, Head, Request
from sealock_contract.http_client.tls_sessions import Place, TlsSessions

ACKNOWLEDGED_SECONDS: Final = 5.0
"""In how long a server has to acknowledge what comes over a connection that was idle for long."""


class AllInUse(Exception):
    """As many connections as there may be are in use. Nothing was sent."""


class NotConnected(Exception):
    """No connection came about, for the reason in `__cause__`. Nothing was sent."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """How many connections there are, and for how long they are kept when they are idle."""

    most_in_use: int = 200
    most_idle: int = 400
    """One with TLS takes about 64 kB on uvloop."""
    most_idle_of_place: int = 8
    seconds: float = 300.0
    """For what only reads: longer than two intervals between Zendesk's pulls."""
    seconds_to_change: float = 5.0
    """For what may change something."""
    seconds_in_all: float = 3_600.0
    """After this one is closed when it is given back: names are resolved again, and certificates looked at."""


class Exchange:
    """An answer that has begun to come, and its connection."""

    def __init__(self, pool: Pool, place: Place, connection: Connection, head: Head) -> None:
        self.status = head.status
        self.headers = head.headers
        self._pool = pool
        self._place = place
        self._connection: Connection | None = connection

    async def part(self, *, seconds: float, until: float) -> bytes:
        """What came of the body since the last part; empty at the end. Raises `Broken` and `TimeoutError`."""
        if self._connection is None:
            return b""
        try:
            part = await self._connection.part(seconds=seconds, until=until)
        except BaseException:
            self.close()
            raise
        if not part:
            self._end(self._connection)
        return part

    def close(self) -> None:
        """Let go of the connection; it is kept only if the answer was read to its end."""
        if self._connection is not None:
            self._end(self._connection)

    def _end(self, connection: Connection) -> None:
        self._connection = None
        self._pool.give_back(self._place, connection)


class Pool:
    """
    Connections to servers, by scheme, host and port.

    `connections` has an entry for each scheme that may be called. `clock` tells for how long they have been idle.
    """

    def __init__(
        self,
        connections: Mapping[str, CheckedConnections],
        tls: ssl.SSLContext,
        *,
        keeping: Keeping = Keeping(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connections = connections
        self._tls = tls
        self._sessions = TlsSessions(tls, clock)
        self._keeping = keeping
        self._clock = clock
        self._idle: dict[Place, deque[Connection]] = {}
        self._in_order: dict[Connection, None] = {}
        """The idle ones, that which was used longest ago first."""
        self._in_use: set[Connection] = set()
        self._opening = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._sweep: asyncio.TimerHandle | None = None
        self._closed = False

    async def call(
        self, place: Place, request: Request, *, seconds: float, until: float, seconds_to_connect: float = 10.0
    ) -> Exchange:
        """
        Make an exchange; its body is read by whoever takes it, who closes it.

        `until` is on the event loop's clock, `seconds` the longest single wait for the server, `seconds_to_connect` for
        each address that is tried and for a connection of the pool.

        Raises `AllInUse`, `NotConnected`, `NameNotResolved` and `AddressRefused` when nothing was sent; `Broken` and
        `TimeoutError` when the request may have been sent.
        """
        connecting = min(seconds, seconds_to_connect)
        connection = await self._taken(place, request, connecting, until)
        while True:
            first = connection.exchanges == 0
            try:
                head = await connection.exchange(request, seconds=seconds, until=until)
            except Broken as broken:
                self.give_back(place, connection)
                if first or broken.begun or not request.repeatable:
                    raise
            except BaseException:
                self.give_back(place, connection)
                raise
            else:
                if first and connection.tls is not None:
                    self._sessions.keep(place, connection.tls)
                return Exchange(self, place, connection, head)
            connection = await self._taken(place, request, connecting, until, kept=False)

    def give_back(self, place: Place, connection: Connection) -> None:
        """Take a connection back after an exchange: it is kept if another may follow, else closed."""
        self._in_use.discard(connection)
        old = self._clock() - connection.opened_at > self._keeping.seconds_in_all
        if self._closed or old or not connection.answered or not connection.usable:
            connection.abort()
        else:
            connection.idle_since = self._clock()
            self._keep(place, connection)
        self._wake_one()

    async def close(self) -> None:
        """Close all connections, and break off what is under way."""
        self._closed = True
        if self._sweep is not None:
            self._sweep.cancel()
        for connection in [*self._in_use, *self._in_order]:
            connection.abort()
        self._idle.clear()
        self._in_order.clear()
        # The event loop closes sockets in its next turn.
        await asyncio.sleep(0)

    async def _taken(
        self, place: Place, request: Request, seconds: float, until: float, *, kept: bool = True
    ) -> Connection:
        """A new connection, or one that was kept and may serve the request."""
        longest = self._keeping.seconds if request.repeatable else self._keeping.seconds_to_change
        turn_until = min(until, asyncio.get_running_loop().time() + seconds)
        while True:
            if self._closed:
                raise RuntimeError("the client is closed")
            if len(self._in_use) + self._opening < self._keeping.most_in_use:
                connection = self._kept(place, longest) if kept else None
                return connection or await self._new(place, seconds, until)
            await self._turn(turn_until)

    def _kept(self, place: Place, longest: float) -> Connection | None:
        """The connection that was in use last, if that is not too long ago."""
        idle = self._idle.get(place)
        now = self._clock()
        while idle and now - idle[-1].idle_since <= longest:
            connection = idle[-1]
            self._out(connection)
            if connection.usable:
                if now - connection.idle_since > self._keeping.seconds_to_change:
                    connection.notice_death(ACKNOWLEDGED_SECONDS)
                self._in_use.add(connection)
                return connection
            connection.abort()
        return None

    async def _turn(self, until: float) -> None:
        """Wait until a connection was given back. Raises `AllInUse`."""
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            async with asyncio.timeout_at(until):
                await waiting
        except BaseException as error:
            if waiting.done() and not waiting.cancelled():
                self._wake_one()
            if isinstance(error, TimeoutError):
                raise AllInUse from None
            raise

    def _wake_one(self) -> None:
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(None)
                return

    async def _new(self, place: Place, seconds: float, until: float) -> Connection:
        self._opening += 1
        try:
            connection = await self._opened(place, seconds, until)
        except BaseException:
            self._opening -= 1
            self._wake_one()
            raise
        self._opening -= 1
        self._in_use.add(connection)
        if self._closed:
            self.give_back(place, connection)
        return connection

    async def _opened(self, place: Place, seconds: float, until: float) -> Connection:
        scheme, host, port = place
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(until):
                sock = await self._connections[scheme].connect(host, port, seconds)
            with_tls = scheme == "https"
            async with asyncio.timeout_at(min(until, loop.time() + seconds)):
                _, connection = await loop.create_connection(
                    lambda: Connection(loop, sock, self._forget),
                    sock=sock,
                    ssl=self._sessions.offering(place) if with_tls else None,
                    server_hostname=host if with_tls else None,
                )
        except (OSError, ValueError) as error:
            raise NotConnected from error
        connection.opened_at = self._clock()
        return connection

    def _keep(self, place: Place, connection: Connection) -> None:
        idle = self._idle.setdefault(place, deque())
        idle.append(connection)
        connection.place = place
        self._in_order[connection] = None
        if len(idle) > self._keeping.most_idle_of_place:
            self._end(idle[0])
        elif len(self._in_order) > self._keeping.most_idle:
            self._end(next(iter(self._in_order)))
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(self._keeping.seconds, self._swept)

    def _out(self, connection: Connection) -> None:
        """An idle one is none any more."""
        del self._in_order[connection]
        idle = self._idle[connection.place]
        idle.remove(connection)
        if not idle:
            del self._idle[connection.place]

    def _end(self, connection: Connection) -> None:
        self._out(connection)
        connection.abort()

    def _swept(self) -> None:
        """Close what has been idle for too long."""
        self._sweep = None
        now = self._clock()
        for idle in list(self._idle.values()):
            while idle and now - idle[0].idle_since >= self._keeping.seconds:
                self._end(idle[0])
        if self._idle:
            self._sweep = asyncio.get_running_loop().call_later(self._keeping.seconds, self._swept)

    def _forget(self, connection: Connection) -> None:
        """A connection is over: an idle one that the server closed is not looked at again."""
        if connection in self._in_order:
            self._out(connection)
