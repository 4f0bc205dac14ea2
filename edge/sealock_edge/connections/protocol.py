# SPDX-License-Identifier: Apache-2.0
"""
HTTP/1.1 on one connection, with limits: uvicorn's protocol, in which the application sees whole requests only.

What uvicorn leaves open is closed here: how large a head may be, how long anything may take, how many requests are
read ahead, what unread answers hold. Tests name what of uvicorn's inside this needs.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, NoReturn, cast

import httptools
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from sealock_edge.connections.counting import GOODBYE_SECONDS, SMALL_BODY, Connections
from sealock_edge.connections.limits import Limit, refusal
from sealock_edge.connections.socket_state import has_hung_up, unacknowledged
from sealock_edge.middleware import CLIENT_GONE, LARGEST_BODY

MOST_AHEAD: Final = 8
"""Requests that are read before the one ahead of them is answered."""

UNREAD_BYTES: Final = 32 * 1024
"""What waits in this process to be taken by the client before a streaming answer pauses."""

_PIECE: Final = 64 * 1024
"""What is parsed at once: between two pieces it is measured what came of it."""

_MOST_PARTS: Final = 1000
"""Parts of a body and lines of trailers in one piece: each costs the same work, whatever it has."""

_VERSIONS: Final = frozenset({"1.0", "1.1"})
_OTHER_VERSIONS: Final = ("Invalid HTTP version", "Pause on PRI/Upgrade")
"""What the parser says of HTTP/3.0 and the like, and of a client that begins with HTTP/2."""


class _Stop(Exception):
    """Ends the parsing: the request is refused already."""


class HttpConnection(HttpToolsProtocol):
    """One connection. A request that keeps to the limits goes to the application once it is whole."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        *,
        connections: Connections,
        address: str,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """`address` is what the client is counted by. Whoever makes it says when it joins `connections`."""
        super().__init__(config, server_state, app_state, loop)
        self.address = address
        self.begun: float | None = None
        self.opened = False
        self.opening: asyncio.Task[None] | None = None
        """What agrees on TLS and ends with a transport."""
        self._connections = connections
        self._limits = connections.rules.settings
        self._since = loop.time()  # what is waited for, unless a request has begun: the next one, or a goodbye
        self._first = True
        self._running: RequestResponseCycle | None = None
        self._not_whole: Any = None  # the application, for the request that is being read
        self._parts = 0  # of a body or of trailers, in this piece
        self._fed = 0  # bytes since the last whole request, less those of its body
        self._in_head = self._in_body = False
        self._body_size = 0
        self._body_announced = b""
        self._deaf = False
        self._last_words = b""
        self.unread = 0
        self.taken_at = 0.0
        self._unread_since = 0.0

    # What the transport calls.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """TLS is agreed, if there is any."""
        super().connection_made(transport)
        self.opened = True
        transport.set_write_buffer_limits(high=UNREAD_BYTES)
        self._since = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell all requests, not only the newest one."""
        self._deaf = True
        self._connections.left(self)
        for cycle in (self._running, *(cycle for cycle, _ in self.pipeline)):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()
                _tell(cycle)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse it, at most a piece at once."""
        if self.begun is None:
            self.begun = self.loop.time()
        if len(data) <= _PIECE:
            self._feed(data)
        else:
            for start in range(0, len(data), _PIECE):
                self._feed(data[start : start + _PIECE])

    def pause_writing(self) -> None:
        """Whoever does not take answers is not asked for more requests."""
        super().pause_writing()
        self.flow.pause_reading()

    def resume_writing(self) -> None:
        """Enough was taken."""
        super().resume_writing()
        self.taken_at = self.loop.time()
        if not self.pipeline:
            self.flow.resume_reading()

    # What the parser calls.

    def on_message_begin(self) -> None:
        """Another request."""
        if len(self.pipeline) >= MOST_AHEAD:
            self._stop(Limit.PIPELINED)
        super().on_message_begin()
        if self.begun is None:
            self.begun = self.loop.time()
        self._in_head = True
        self._body_size = 0
        self._body_announced = b""

    def on_header(self, name: bytes, value: bytes) -> None:
        """One whole line of a head, or of trailers."""
        if not self._in_head:  # a trailer, which must not be taken for a header
            self._count_a_part()
            return
        name = name.lower()
        if name == b"content-length":
            self._body_announced = value
        elif name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))
        if len(self.headers) > self._limits.header_lines:
            self._stop(Limit.HEADER_LINES)

    def on_headers_complete(self) -> None:
        """Refuse the request, or wait for its body."""
        self._in_head = False
        limit = self._head_refused()
        if limit is not None:
            self._stop(limit)
        super().on_headers_complete()
        self._in_body = True
        cycle = self.cycle
        if cycle.waiting_for_100_continue:
            cycle.waiting_for_100_continue = False
            if self._running is None and cycle.scope["http_version"] == "1.1":
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        size = len(body)
        self._fed -= size
        before = self._body_size
        self._body_size = after = before + size
        if after > SMALL_BODY:
            limit = self._body_refused(size if before > SMALL_BODY else after)
            if limit is not None:
                self._stop(limit)
        self._count_a_part()
        self.cycle.body += body

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._in_body = False
        self.begun = None
        self._fed = 0
        super().on_message_complete()
        app, self._not_whole = self._not_whole, None
        if app is not None:
            self._start_asgi_task(self.cycle, app)

    # Where a request is whole, and where it is answered.

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """The base calls this when the head is whole. The application hears of it when the body is, too."""
        if cycle.more_body:
            self._not_whole = app
            return
        self._first = False
        self._running = cycle
        self._connections.begins(self)
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """Go on with the next request, if one is there."""
        self.server_state.total_requests += 1
        self._running = None
        self._since = self.loop.time()
        if self.transport.is_closing():
            return
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        elif self._deaf:
            self._say_last_words()
            return
        if self._running is None:
            if self.begun is not None:
                self.begun = self._since  # it could not be read before
            else:
                self._connections.bodies.give_back(self)
            self._connections.waits(self)
        if not self.flow.write_paused:
            self.flow.resume_reading()

    # How it ends.

    def refuse(self, limit: Limit) -> None:
        """Answer that this limit was met, after the answers that are due, and end the connection."""
        if not self._deaf:
            self._connections.metrics.met(limit)
            self._end(refusal(limit))

    def _stop(self, limit: Limit) -> NoReturn:
        self.refuse(limit)
        raise _Stop

    def make_way(self) -> None:
        """End at once."""
        if self.opened:
            self.transport.abort()
        elif self.opening is not None:
            self.opening.cancel()

    def shutdown(self) -> None:
        """The server stops: finish what is under way, take nothing more."""
        self._end(b"")
        last = self.pipeline[0][0] if self.pipeline else self._running
        if last is not None:
            last.keep_alive = False

    def look(self, now: float) -> None:
        """End what has overstepped its time."""
        if not self.opened:
            return
        left = self._not_taken()
        if left:
            if self._taken_too_slowly(left, now):
                self._connections.metrics.met(Limit.ANSWER_SECONDS)
                self.transport.abort()
            return
        self.unread = 0
        if self.transport.is_closing() or (self._deaf and self._running is None):
            if now - self._since > GOODBYE_SECONDS:
                self.transport.abort()
        elif self._running is None:
            self._look_for_a_request(now)
        elif self.flow.read_paused and has_hung_up(self.transport):
            # Requests were sent ahead, so that nothing is read, the end neither.
            _tell(self._running)

    def _look_for_a_request(self, now: float) -> None:
        if self.begun is not None:
            if now - self.begun > self._limits.request_seconds:
                self.refuse(Limit.REQUEST_SECONDS)
            return
        limit = Limit.REQUEST_SECONDS if self._first else Limit.IDLE_SECONDS
        if now - self._since > (self._limits.request_seconds if self._first else self._limits.idle_seconds):
            self._connections.metrics.met(limit)
            self._end(b"")

    def _not_taken(self) -> int:
        """How many bytes of answers wait to be taken, as far as it can be seen."""
        left = self.transport.get_write_buffer_size()
        # Under TLS there is a second buffer that nobody tells of: while it is not empty, the kernel's is not.
        return left + unacknowledged(self.transport) if self.scheme == "https" else left

    def _taken_too_slowly(self, left: int, now: float) -> bool:
        if not self.unread:
            self._unread_since = self.taken_at = now
        elif left < self.unread:
            self.taken_at = now
        self.unread = left
        patience = GOODBYE_SECONDS if self._connections.leaving else self._limits.answer_seconds
        whole = self._connections.rules.whole_answer_seconds
        return now - self.taken_at > patience or now - self._unread_since > whole

    def _end(self, last_words: bytes) -> None:
        """Read nothing more, and hang up after these words once everything whole is answered."""
        if self._deaf:
            return
        self._deaf, self._last_words = True, last_words
        self._not_whole = None
        if self.pipeline and self.pipeline[0][0].more_body:
            self.pipeline.popleft()
        if self._in_body:
            self.cycle.body = bytearray()
        if self._running is None:
            self._connections.bodies.give_back(self)
            self._say_last_words()

    def _say_last_words(self) -> None:
        self._since = self.loop.time()
        if not self._last_words:
            self.transport.close()
            return
        # Closed at once, the words could be lost: what is still being sent here would be answered with a reset.
        self.transport.write(self._last_words)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.resume_reading()

    # What the parsing comes to.

    def _feed(self, data: bytes) -> None:
        if self._deaf:
            return
        self._fed += len(data)
        self._parts = 0
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # It was answered as if nothing else had been offered; what follows would be of another protocol.
            self._end(b"")
        except httptools.HttpParserError as error:
            other_version = str(error) in _OTHER_VERSIONS
            self.refuse(Limit.VERSION if other_version else Limit.NOT_HTTP)
        else:
            if self._fed > self._limits.head_bytes:
                self._measure()

    def _count_a_part(self) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            self._stop(Limit.CHUNK_BYTES)

    def _measure(self) -> None:
        """A head may be so large; what frames a body, as large again, and as large as the body."""
        most = self._limits.head_bytes
        if not self._in_body:
            self.refuse(Limit.HEAD_BYTES)
        elif self._fed > 2 * most + self._body_size:
            self.refuse(Limit.CHUNK_BYTES)

    def _head_refused(self) -> Limit | None:
        most = self._limits.head_bytes
        if self._fed > most:
            size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
            if size > most:
                return Limit.HEAD_BYTES
        if self.parser.get_http_version() not in _VERSIONS:
            return Limit.VERSION
        if self._body_announced and int(self._body_announced) > LARGEST_BODY:
            return Limit.BODY_BYTES
        if self.parser.should_upgrade() and (self._has_body() or self.parser.get_method() == b"CONNECT"):
            return Limit.UPGRADE
        return None

    def _has_body(self) -> bool:
        return bool(self._body_announced) or any(name == b"transfer-encoding" for name, _ in self.headers)

    def _body_refused(self, more: int) -> Limit | None:
        if self._body_size > LARGEST_BODY:
            return Limit.BODY_BYTES
        return None if self._connections.bodies.take(self, more) else Limit.BODY_BYTES_TOGETHER


def _tell(cycle: RequestResponseCycle) -> None:
    """Tell a call that its client is gone, if it wants to know."""
    gone = cast("dict[str, Any]", cycle.scope).get(CLIENT_GONE)
    if gone is not None:
        gone()
