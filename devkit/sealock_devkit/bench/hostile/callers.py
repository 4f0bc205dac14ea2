# SPDX-License-Identifier: Apache-2.0
"""A hostile caller on loopback: connections below any HTTP library, and a note of what each one got."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import socket
import struct
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlencode

HOST = "127.0.0.1"
ADDRESSES = 200
"""From how many addresses of 127.1.0.0/16 callers come that are many."""
NICENESS = 19
"""Attackers are elsewhere: what they need of this machine is not to be taken from those who are measured."""
MOST_AT_ONCE = 500
MEGABYTE = 1024 * 1024
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Place:
    """What is attacked, and what the attacker has: accounts of the hostile connector, and a certificate of its own."""

    edge: int
    """The port of the edge's public listener, and so on."""
    tls_edge: bool
    connector: int
    zendesk: str
    subdomain: str
    authority: str
    stranger_certificate: str
    stranger_key: str
    accounts: dict[str, str]
    """Sealed metadata of the hostile connector, by what it answers."""

    def write(self, file: Path) -> None:
        """Keep it for the attackers' processes."""
        file.write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, file: Path) -> Self:
        """What `write` wrote."""
        return cls(**json.loads(file.read_text()))


class Line:
    """One TCP connection. Nothing is read that is not asked for."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    async def send(self, *pieces: bytes) -> bool:
        """Send them; False where the other side has hung up."""
        loop = asyncio.get_running_loop()
        try:
            for piece in pieces:
                await loop.sock_sendall(self._socket, piece)
        except OSError:
            return False
        return True

    async def status(self, seconds: float) -> str:
        """The answer's status, `closed` without one, `not HTTP`, or `no answer` in so many seconds."""
        loop = asyncio.get_running_loop()
        seen = b""
        try:
            async with asyncio.timeout(seconds):
                while b"\r\n" not in seen:
                    more = await loop.sock_recv(self._socket, 4096)
                    if not more:
                        return "closed"
                    seen += more
        except TimeoutError:
            return "no answer"
        except OSError:
            return "closed"
        return seen[9:12].decode("latin-1") if seen.startswith(b"HTTP/") else "not HTTP"

    async def drain(self) -> int:
        """Read to the end; how many bytes came."""
        loop, total = asyncio.get_running_loop(), 0
        with contextlib.suppress(OSError):
            while more := await loop.sock_recv(self._socket, 1 << 18):
                total += len(more)
        return total

    async def sip(self, seconds: float) -> str:
        """Take a kilobyte a second, for so many seconds: `held`, or `closed` where the other side had enough."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while loop.time() < end:
            try:
                async with asyncio.timeout(seconds):
                    if not await loop.sock_recv(self._socket, 1024):
                        return "closed"
            except TimeoutError:
                return "held"
            except OSError:
                return "closed"
            await asyncio.sleep(1)
        return "held"

    async def read(self, seconds: float) -> bytes:
        """What comes until the end, or within so many seconds."""
        loop, seen = asyncio.get_running_loop(), b""
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(seconds):
                while more := await loop.sock_recv(self._socket, 1 << 18):
                    seen += more
        return seen

    def close(self) -> None:
        """Hang up in good order."""
        self._socket.close()

    def reset(self) -> None:
        """Hang up with a reset."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()


class Attacker:
    """What an attack needs: connections, counts to its scale, and where to note what came of it."""

    def __init__(self, place: Place, *, scale: float, seconds: float) -> None:
        """`scale` of 1 is for figures, less is less of everything. An attack gives up after `seconds`."""
        self.place = place
        self.seconds = seconds
        self.notes: Counter[str] = Counter()
        self._scale = scale
        self._addresses = itertools.cycle(f"127.1.0.{number + 1}" for number in range(ADDRESSES))
        self._kept: list[Line] = []

    def count(self, full: int) -> int:
        """So many at the full scale."""
        return max(1, round(full * self._scale))

    async def connect(self, address: str = "", *, port: int = 0, receive_buffer: int = 0) -> Line:
        """A connection from the address, or from one of many. It stays open to the end unless it is closed."""
        sock = socket.socket()
        sock.setblocking(False)
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.bind((address or next(self._addresses), 0))
        line = Line(sock)
        try:
            await asyncio.get_running_loop().sock_connect(sock, (HOST, port or self.place.edge))
        except BaseException:
            sock.close()
            raise
        self._kept.append(line)
        return line

    async def many(self, full: int, attack: Callable[[], Awaitable[object]], at_once: int = MOST_AT_ONCE) -> None:
        """Do it so often, to the scale; what each returns is noted, a failure to connect too."""
        turns = asyncio.Semaphore(at_once)

        async def one() -> None:
            async with turns:
                try:
                    what = await attack()
                except OSError as error:
                    what = type(error).__name__
            if what is not None:
                self.notes[str(what)] += 1

        await asyncio.gather(*(one() for _ in range(self.count(full))))

    async def exchange(self, pieces: Iterable[bytes], address: str = "", *, patience: float = 10) -> str:
        """Send all of it on a connection of its own, whatever is answered meanwhile; the status, within `patience`."""
        line, patience = await self.connect(address), min(patience, self.seconds)
        reading = asyncio.create_task(line.status(self.seconds + patience))
        for piece in pieces:
            if not await line.send(piece):
                break
        await asyncio.wait((reading,), timeout=patience)
        if not reading.done():
            reading.cancel()
            return "no answer"
        if reading.result() == "closed":
            line.close()
        return reading.result()

    async def ask(self, request: bytes, address: str = "", *, patience: float = 30) -> str:
        """One request as decent programs make it, on a connection of its own; the status."""
        line = await self.connect(address)
        await line.send(request)
        status = await line.status(min(patience, self.seconds))
        line.close()
        return status

    def hang_up(self) -> None:
        """Close whatever is still open."""
        for line in self._kept:
            line.close()
        self._kept.clear()


def post(path: str, body: bytes, *, content_type: str = FORM, length: int | None = None, end: str = "close") -> bytes:
    """A POST with its body; `length` may lie."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: edge.example\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body) if length is None else length}\r\nConnection: {end}\r\n\r\n"
    )
    return head.encode() + body


def chunked(path: str, *, content_type: str = FORM) -> bytes:
    """The head of a POST in chunks."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: edge.example\r\nContent-Type: {content_type}\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    ).encode()


def get(path: str, *, end: str = "close") -> bytes:
    """A GET."""
    return f"GET {path} HTTP/1.1\r\nHost: edge.example\r\nConnection: {end}\r\n\r\n".encode()


def pull(metadata: str, state: str = "") -> bytes:
    """A pull of the hostile integration's account."""
    return post("/hostile/pull", urlencode({"metadata": metadata, "state": state}).encode())
