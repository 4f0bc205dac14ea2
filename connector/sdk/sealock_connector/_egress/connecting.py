# SPDX-License-Identifier: Apache-2.0
"""Connecting to an origin: names are resolved once, checked, and the checked address is the one that is called."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence

import httpcore2

from sealock_connector._egress.addresses import Policy
from sealock_connector.errors import OriginUnreached

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives a host's addresses; raises OSError where there are none."""
SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

_MOST_TRIED = 4


class EgressDenied(OriginUnreached):
    """The URL leads to where this connector must not call. Nothing was sent."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """The host's addresses, as the system's resolver gives them, in its order."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class CheckedConnections(httpcore2.AsyncNetworkBackend):
    """Opens connections to addresses that the policy allows, and to no others."""

    def __init__(self, policy: Policy, resolve: Resolve) -> None:
        self._policy = policy
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
        """Connect to the first of the host's allowed addresses that answers."""
        addresses = await self._allowed(host, port, timeout)
        for address in addresses[:-1]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ASYNC109, ARG002
        socket_options: Iterable[SocketOption] | None = None,  # noqa: ARG002
    ) -> httpcore2.AsyncNetworkStream:
        """Refused: no origin is a local socket."""
        raise EgressDenied("local sockets are not allowed")

    async def sleep(self, seconds: float) -> None:
        """Wait, as the connection pool asks."""
        await asyncio.sleep(seconds)

    async def _allowed(self, host: str, port: int, seconds: float | None) -> Sequence[str]:
        try:
            async with asyncio.timeout(seconds):
                found = await self._resolve(host, port)
        except (OSError, UnicodeError):
            raise OriginUnreached("the origin's name does not resolve") from None
        allowed = [address for address in found if self._policy.allows(address)]
        if not allowed:
            raise EgressDenied("the origin's address is not allowed")
        return allowed[:_MOST_TRIED]
