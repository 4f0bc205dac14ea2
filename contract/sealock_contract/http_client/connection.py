# SPDX-License-Identifier: Apache-2.0
"""
One connection to a server, which carries one exchange of HTTP/1.1 at a time.

llhttp reads what comes. Nothing that a server sends unasked, or after its answer, is ever taken for an answer: such a
connection is not used again.
"""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import Any, Final, cast

import httptools

MOST_OVERHEAD: Final = 100 * 1024
"""How many bytes of an answer may be neither body nor what goes with sixteen times as much body."""
_HELD_BYTES: Final = 256 * 1024
_PIECE_BYTES: Final = 64 * 1024
_BODILESS: Final = frozenset({204, 304})


class Broken(Exception):
    """
    The connection ended before the answer did, or what came is no HTTP.

    `begun` says that something of the answer had come. The request may have been sent.
    """

    def __init__(self, words: str, *, begun: bool) -> None:
        super().__init__(words)
        self.begun = begun


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it goes over the wire, without its body's framing."""

    method: str
    head: bytes
    """Request line and headers, with the empty line."""
    body: bytes | AsyncIterable[bytes] = b""
    length: int | None = None
    """How long a body of parts is; None where it goes in chunks."""

    @property
    def repeatable(self) -> bool:
        """Whether it changes nothing, so that it may be sent again where the first may have arrived."""
        return self.method in {"GET", "HEAD"} and isinstance(self.body, bytes)


@dataclass(frozen=True, slots=True)
class Head:
    """An answer without its body."""

    status: int
    headers: dict[str, str]
    """By names in lower case; what came several times is joined by commas."""


class Connection(asyncio.Protocol):
    """
    A connection that was made, for one exchange after the other.

    Raises `Broken` and `TimeoutError`. All `until` are on the event loop's clock, `seconds` is the longest single wait.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, sock: socket.socket, lost: Callable[[Connection], None]
    ) -> None:
        self._loop = loop
        self._socket = sock
        self._lost = lost
        self._readable = select.poll()
        self._readable.register(sock.fileno(), select.POLLIN)
        self._parser: Any = httptools.HttpResponseParser(self)
        # What old servers and plug-ins send, and harms nobody where no other reader is in between.
        self._parser.set_dangerous_leniencies(
            lenient_headers=True,
            lenient_chunked_length=True,
            lenient_optional_cr_before_lf=True,
            lenient_spaces_after_chunk_size=True,
        )
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._clogged = False
        self.exchanges = 0
        """How many were begun."""
        self.opened_at = self.idle_since = 0.0
        """When it was opened, and when its last exchange ended, on the clock of who keeps it."""
        self.place = ("", "", 0)
        """Where it leads to: scheme, host and port."""
        self._ended = True
        self._failure: Broken | None = None
        self._forget()

    def _forget(self) -> None:
        """Make ready for the next answer."""
        self._head: Head | None = None
        self._headers: list[tuple[bytes, bytes]] = []
        self._parts: list[bytes] = []
        self._held = self._taken = self._body = 0
        self._until_end = False
        self._bodiless = False
        self._reusable = True
        self._paused = False

    @property
    def usable(self) -> bool:
        """Whether another exchange may begin: all was sent, and the server has said nothing since its last answer."""
        if self._transport is None or not self._ended or not self._reusable:
            return False
        return not self._transport.get_write_buffer_size() and not self._readable.poll(0)

    @property
    def tls(self) -> ssl.SSLObject | None:
        """What TLS made of it, if it has TLS."""
        return self._transport.get_extra_info("ssl_object") if self._transport is not None else None

    def notice_death(self, seconds: float) -> None:
        """From now on it breaks if what is sent is not even acknowledged in so many seconds, where the system can."""
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1000))

    async def exchange(self, request: Request, *, seconds: float, until: float) -> Head:
        """
        Send a request and wait for the head of its answer.

        A refusal that comes while the body is still being sent ends the sending, and is the answer.
        """
        self._forget()
        self._ended = False
        self._bodiless = request.method == "HEAD"
        self.exchanges += 1
        body = request.body
        if not isinstance(body, bytes):
            self._write(request.head)
            await self._upload(body, request.length, seconds, until)
        elif len(body) <= _PIECE_BYTES:
            self._write(request.head + body)
        else:
            self._write(request.head)
            await self._upload(_pieces(body), len(body), seconds, until)
        while self._head is None:
            await self._woken(seconds, until)
        return self._head

    async def part(self, *, seconds: float, until: float) -> bytes:
        """What came of the body since the last part; empty at the end."""
        while not self._parts:
            if self._ended:
                return b""
            await self._woken(seconds, until)
        part = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts.clear()
        self._held = 0
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return part

    @property
    def answered(self) -> bool:
        """Whether the answer came to its end and was taken."""
        return self._ended and not self._parts

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()
            self._gone(Broken("closed on this side", begun=self._taken > 0))

    async def _upload(self, body: AsyncIterable[bytes], length: int | None, seconds: float, until: float) -> None:
        sent = 0
        async with AsyncExitStack() as stack:
            if hasattr(body, "aclose"):
                await stack.enter_async_context(aclosing(cast("Any", body)))
            async for part in body:
                # So that what the server says meanwhile is read before writing fails.
                await asyncio.sleep(0)
                while self._clogged and self._transport is not None and not self._refused:
                    await self._woken(seconds, until)
                if self._refused:
                    return
                sent += len(part)
                if length is not None and sent > length:
                    raise Broken("the body is longer than was said", begun=False)
                if part:
                    self._write(part if length is not None else b"%x\r\n%b\r\n" % (len(part), part))
        if length is None:
            self._write(b"0\r\n\r\n")
        elif sent < length:
            raise Broken("the body is shorter than was said", begun=False)

    @property
    def _refused(self) -> bool:
        """Whether the rest of the body is not wanted. The connection cannot be used again then."""
        if self._head is None or (self._head.status < 300 and self._transport is not None):
            return False
        self._reusable = False
        return True

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)
        elif self._head is None:
            raise self._failure or Broken("closed", begun=False)

    async def _woken(self, seconds: float, until: float) -> None:
        """Wait until something happened. Raises `Broken` if nothing can happen any more."""
        if self._failure is not None:
            raise self._failure
        self._waiter = waiter = self._loop.create_future()
        timer = self._loop.call_at(min(self._loop.time() + seconds, until), _over, waiter)
        try:
            await waiter
        finally:
            timer.cancel()
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _gone(self, failure: Broken) -> None:
        """The connection is over, and with it an answer that did not come to its end."""
        self._transport = None
        self._reusable = False
        if not self._ended:
            self._failure = failure
        self._wake()
        self._lost(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        self._transport = cast("asyncio.Transport", transport)

    def pause_writing(self) -> None:
        """Called by the event loop."""
        self._clogged = True

    def resume_writing(self) -> None:
        """Called by the event loop."""
        self._clogged = False
        self._wake()

    def eof_received(self) -> None:
        """Called by the event loop: the server sends no more, which ends an answer without a length."""
        if not self._ended and self._until_end:
            self._ended = True
            self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        """Called by the event loop."""
        if self._transport is not None:
            if error is None:
                self.eof_received()
            broken = Broken("the connection ended", begun=self._taken > 0)
            broken.__cause__ = error
            self._gone(broken)

    def data_received(self, data: bytes) -> None:
        """Called by the event loop. What comes unasked ends the connection."""
        if self._ended:
            self.abort()
            return
        self._taken += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._reusable = False
            if not self._ended:
                self._break("what came is no HTTP")
        if self._taken > MOST_OVERHEAD + 17 * self._body and not self._ended:
            self._break("the answer is all frame")
        self._wake()

    def _break(self, words: str) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._gone(Broken(words, begun=True))

    def on_message_begin(self) -> None:
        """llhttp: an answer begins, or what comes before one."""
        self._headers = []
        if self._ended:
            self._reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """llhttp: a header or a trailer."""
        if self._head is None:
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """llhttp: the head is complete."""
        status = self._parser.get_status_code()
        if status < 200 or self._head is not None:
            return
        if any(b"\0" in value for _, value in self._headers):
            self._break("a header has what headers cannot have")
            return
        headers = joined(self._headers)
        coding, length = headers.get("transfer-encoding"), headers.get("content-length")
        if self._bodiless or status in _BODILESS:
            self._ended = True
            self._reusable = not self._bodiless and coding is None and length in {None, "0"}
        elif coding is not None and coding.lower() != "chunked":
            self._break("the answer comes in an encoding of its own")
            return
        elif coding is not None:
            self._reusable = length is None
        elif length is None:
            self._until_end = True
            self._reusable = False
        self._head = Head(status, headers)

    def on_body(self, part: bytes) -> None:
        """llhttp: some of the body."""
        if self._ended:
            self._reusable = False
            return
        self._parts.append(part)
        self._body += len(part)
        self._held += len(part)
        if self._held > _HELD_BYTES and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        """llhttp: the answer is complete, or what came before one."""
        if self._head is not None:
            self._ended = True
            self._reusable = self._reusable and self._parser.should_keep_alive()


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    """A long body in parts, so that each of them has its time, and a refusal is heard between them."""
    for at in range(0, len(body), _PIECE_BYTES):
        yield body[at : at + _PIECE_BYTES]


def _over(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError())


def joined(lines: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by names in lower case; what comes several times is joined by commas."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in lines:
        name, value = raw_name.decode("latin-1").lower(), _text(raw_value)
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
