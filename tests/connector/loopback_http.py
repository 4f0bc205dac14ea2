# SPDX-License-Identifier: Apache-2.0
"""A scripted HTTP server on loopback: each request is given to a function that says what to answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False
    """Close the connection without a word."""


@dataclass
class Site:
    url: str
    port: int
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    """How many were made."""


@asynccontextmanager
async def server(handle, host: str = "127.0.0.1", **settings) -> AsyncIterator[int]:
    """Give each connection to `handle(reader, writer)`; all are closed in the end. Gives the port."""
    connections: set[asyncio.Task] = set()

    async def serve_one(reader, writer):
        connections.add(asyncio.current_task())
        try:
            await handle(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            connections.discard(asyncio.current_task())

    listening = await asyncio.start_server(serve_one, host, 0, **settings)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        for task in list(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


@asynccontextmanager
async def site(
    answer: Callable[[Request], Answer | Awaitable[Answer]], host: str = "127.0.0.1", **settings
) -> AsyncIterator[Site]:
    """Answer requests until the block ends."""

    async def handle(reader, writer):
        found.connections += 1
        while (request := await _read(reader)) is not None:
            found.requests.append(request)
            said = answer(request)
            said = await said if isinstance(said, Awaitable) else said
            if said.hang_up:
                return
            writer.write(_bytes(said))
            await writer.drain()

    async with server(handle, host, **settings) as port:
        found = Site(f"http://{host}:{port}", port)
        yield found


async def _read(reader: asyncio.StreamReader) -> Request | None:
    line = await reader.readline()
    if not line.strip():
        return None
    method, target, _ = line.decode().split()
    headers = {}
    while field_line := (await reader.readline()).decode().strip():
        name, _, value = field_line.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, target, headers, body)


def _bytes(answer: Answer) -> bytes:
    headers = {"content-length": str(len(answer.body))} | answer.headers
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
    return f"HTTP/1.1 {answer.status} -\r\n{lines}\r\n".encode() + answer.body
