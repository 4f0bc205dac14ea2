# SPDX-License-Identifier: Apache-2.0
"""A server on loopback that a connector takes for its origin, and how calls and answers stand on the wire."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import Self


class Loopback(ABC):
    """`async with` it: calls of `url` are served."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None

    @property
    def host(self) -> str:
        """Host and port."""
        assert self._server is not None
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://{self.host}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._end_calls()
        await self._server.wait_closed()

    async def _end_calls(self) -> None:
        """End what still waits for an answer, if that can be."""
        return

    @abstractmethod
    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what comes over a connection, and close it."""


async def read_call(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, str], bytes]:
    """Method, target, headers and body of the next call. Raises `EOFError` where there is none."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n"))[:-4].decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = headers_of(lines)
    if headers.get("transfer-encoding", "") == "chunked":
        return method, target, headers, await _chunks(reader)
    return method, target, headers, await reader.readexactly(int(headers.get("content-length", 0)))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readline(), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readline()
    return body


def headers_of(lines: list[str]) -> dict[str, str]:
    """The headers, by names in lower case."""
    return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


def head_of(status: int, headers: dict[str, str]) -> bytes:
    """The first bytes of an answer."""
    lines = [f"HTTP/1.1 {status} .", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
