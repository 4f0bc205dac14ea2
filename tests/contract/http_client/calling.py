# SPDX-License-Identifier: Apache-2.0
"""Servers that say what a test wants on real sockets, and a pool that reaches them."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sealock_contract.connections import CheckedConnections
from sealock_contract.http_client.connection import Request
from sealock_contract.http_client.pool import Keeping, Pool
from tests.connector.loopback_http import server

HELLO = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"


@dataclass
class Served:
    """A server, and the requests that came, each with the number of its connection."""

    port: int = 0
    requests: list[tuple[int, bytes]] = field(default_factory=list)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    @property
    def connections(self) -> list[int]:
        """The numbers of the connections, of each request."""
        return [number for number, _ in self.requests]


@asynccontextmanager
async def serving(*says: bytes, then: Callable[[Served, int], None] | None = None, **settings) -> AsyncIterator[Served]:
    """Answer the first request with the first text and so on, all further ones with the last."""
    served = Served()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = len(served.writers)
        served.writers.append(writer)
        while head := await reader.readuntil(b"\r\n\r\n"):
            served.requests.append((number, head))
            writer.write(says[min(len(served.requests), len(says)) - 1])
            await writer.drain()
            if then is not None:
                then(served, len(served.requests))

    async with server(handle, **settings) as served.port:
        yield served


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until it is so."""
    for _ in range(20_000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never came to that")


async def everywhere(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


@asynccontextmanager
async def pooling(
    clock: Clock | None = None, *, trust: ssl.SSLContext | None = None, **keeping: float
) -> AsyncIterator[Pool]:
    checked = CheckedConnections(lambda _: True, everywhere)
    context = trust or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    pool = Pool({"http": checked, "https": checked}, context, keeping=Keeping(**keeping), clock=clock or Clock())
    try:
        yield pool
    finally:
        await pool.close()


async def call(
    pool: Pool,
    port: int,
    method: str = "GET",
    *,
    body=b"",
    length: int | None = None,
    scheme: str = "http",
    host: str = "site.example",
    seconds: float = 10,
) -> tuple[int, bytes]:
    """The answer's status and body."""
    framing = f"content-length: {len(body) if isinstance(body, bytes) else length}"
    if not isinstance(body, bytes) and length is None:
        framing = "transfer-encoding: chunked"
    head = f"{method} / HTTP/1.1\r\nhost: {host}\r\n{framing}\r\n\r\n".encode()
    until = asyncio.get_running_loop().time() + 20
    exchange = await pool.call((scheme, host, port), Request(method, head, body, length), seconds=seconds, until=until)
    parts = []
    while part := await exchange.part(seconds=seconds, until=until):
        parts.append(part)
    return exchange.status, b"".join(parts)
