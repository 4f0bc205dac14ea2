# SPDX-License-Identifier: Apache-2.0
"""Connections to checked addresses: a name is resolved once, and the address that was checked is the one called."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence

import httpcore2

from sealock_edge.attachments.errors import FileRefused, FileUnavailable

Allows = Callable[[str], bool]
"""Whether an address may be called."""
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives a host's addresses; raises OSError where there are none."""
SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

NOT_ALLOWED = "A file of this reply leads to where files are not fetched from. Send the reply without it."


async def resolve(host: str, port: int) -> Sequence[str]:
    """The host's addresses, in the order of the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class CheckedConnections(httpcore2.AsyncNetworkBackend):
    """Opens connections to addresses that are allowed, and to no others. Raises `FileRefused`, `FileUnavailable`."""

    def __init__(self, allows: Allows, resolve: Resolve = resolve) -> None:
        self._allows = allows
        self._resolve = resolve
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first of the host's addresses, if it is allowed."""
        try:
            async with asyncio.timeout(timeout):
                found = await self._resolve(host, port)
        except (OSError, UnicodeError):
            raise FileUnavailable("the file's host does not resolve") from None
        allowed = [address for address in found if self._allows(address)]
        if not allowed:
            raise FileRefused(NOT_ALLOWED)
        return await self._inner.connect_tcp(allowed[0], port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ASYNC109, ARG002
        socket_options: Iterable[SocketOption] | None = None,  # noqa: ARG002
    ) -> httpcore2.AsyncNetworkStream:
        """Refused: no file is at a local socket."""
        raise FileRefused(NOT_ALLOWED)

    async def sleep(self, seconds: float) -> None:
        """Wait, as the connection pool asks."""
        await asyncio.sleep(seconds)
