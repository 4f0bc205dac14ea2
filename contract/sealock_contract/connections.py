# SPDX-License-Identifier: Apache-2.0
"""
Connections that cannot be led to where they must not go.

A name is resolved once, each of its addresses is checked, and an address that was checked is the one that is called.
Public is what IANA's registries give to the open Internet, however the address is written.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Allows = Callable[[str], bool]
"""Whether an address, as a resolver wrote it, may be called."""
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives the addresses of a host and port; raises `OSError` where there are none."""
Dial = Callable[[str, int, float], Awaitable[socket.socket]]
"""Opens a connection to an address and port, within so many seconds, as `dialled`."""

MOST_TRIED: Final = 4
"""How many of a name's addresses are tried."""

_GLOBAL_UNICAST: Final = ip_network("2000::/3")
_NAT64: Final = ip_network("64:ff9b::/96")
_ISATAP: Final = frozenset({0x00005EFE, 0x02005EFE})
"""The first half of an interface's id that goes on with the IPv4 address that a tunnel leads to."""
_SPECIAL: Final[tuple[Network, ...]] = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "168.63.129.16/32",  # Azure's platform, on every virtual machine
            "100.64.0.0/10",  # carrier-grade NAT
            "192.0.0.0/24",
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # automatic multicast tunneling
            "192.88.99.0/24",  # the former 6to4 relays
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",
            "224.0.0.0/3",
            "2001::/23",  # Teredo and others
            "2001:db8::/32",
            "2002::/16",  # 6to4, which can lead to any IPv4 address
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",
        ),
    )
)
"""Reserved by IANA's registries within what could be public, whatever this Python's own list says."""

_OF_THE_PLATFORM: Final[tuple[Network, ...]] = tuple(
    map(
        ip_network,
        (
            "169.254.0.0/16",  # link-local: the metadata of most clouds, credentials of containers
            "fe80::/10",
            "100.100.100.200/32",  # Alibaba's metadata
            "168.63.129.16/32",  # Azure's platform
            "192.0.0.192/32",  # Oracle's metadata
            "fd00:ec2::/32",  # Amazon's metadata and other services
            "fd20:ce::254/128",  # Google's metadata
        ),
    )
)
"""Where machines get their credentials: a network that was allowed opens one of these only if it lies in it."""

REFUSED_PORTS: Final = frozenset(
    (
        *(0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95),
        *(101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179),
        *(389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636),
        *(989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6379, 6566),
        *(6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080, 11211),
    )
)
"""Of services that are not of the web: those that browsers refuse, and two caches that take orders from anybody."""


class AddressRefused(Exception):
    """None of the host's addresses may be called, or not at this port. Nothing was sent."""


class NameNotResolved(Exception):
    """The host's name leads to no address. Nothing was sent."""


@dataclass(frozen=True, slots=True)
class AllowedAddresses:
    """
    The addresses of some networks, and public ones unless `public` is off.

    Link-local addresses and those where clouds give out credentials are opened only by networks that lie within theirs:
    neither `0.0.0.0/0` nor `fd00::/8` does.
    """

    networks: Sequence[Network] = ()
    public: bool = True

    def __call__(self, text: str) -> bool:
        """Whether the address, as a resolver wrote it, is one of them."""
        address = _plain(text)
        return any(_opens(network, address) for network in self.networks) or (self.public and _is_public(address))


def _opens(network: Network, address: Address) -> bool:
    if address not in network:
        return False
    own = [each for each in _OF_THE_PLATFORM if address in each]
    if own:
        return all(network.version == each.version and network.subnet_of(each) for each in own)  # type: ignore[arg-type]
    return not any(carried in each for carried in _carried_by(address) for each in _OF_THE_PLATFORM)


def _carried_by(address: Address) -> list[Address]:
    """The IPv4 addresses that tunnels and translators may take out of an IPv6 one."""
    if isinstance(address, IPv4Address):
        return []
    last = IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = () if address.teredo is None else address.teredo
    sixtofour = () if address.sixtofour is None else (address.sixtofour,)
    return [last, *teredo, *sixtofour]


def is_public(text: str) -> bool:
    """Whether the address, as a resolver wrote it, is one of the open Internet."""
    return _is_public(_plain(text))


def is_this_machine(text: str) -> bool:
    """Whether the address, as a resolver wrote it, is loopback."""
    return _plain(text).is_loopback


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        if address not in _GLOBAL_UNICAST:
            return False
        if int(address) >> 32 & 0xFFFFFFFF in _ISATAP and not _is_public(IPv4Address(int(address) & 0xFFFFFFFF)):
            return False
    return address.is_global and not address.is_multicast and not any(address in each for each in _SPECIAL)


def _plain(text: str) -> Address:
    """The address; of an IPv4 one that is written as IPv6, or that a NAT64 translates it to, the IPv4 one."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


async def resolve(host: str, port: int) -> Sequence[str]:
    """The host's addresses, in the order of the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


async def dialled(address: str, port: int, seconds: float) -> socket.socket:
    """
    A TCP connection to an address, as a socket that does not block, kept alive by probes.

    Raises `OSError`; `TimeoutError` where it takes longer than so many seconds.
    """
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _PROBES.items():
            if hasattr(socket, name):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        async with asyncio.timeout(seconds):
            await asyncio.get_running_loop().sock_connect(sock, (address, port))
    except BaseException:
        sock.close()
        raise
    return sock


_PROBES: Final = {"TCP_KEEPIDLE": 45, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
"""Seconds of silence before probes begin, seconds between them, and how many may stay without an answer."""


class CheckedConnections:
    """Opens connections to addresses that are allowed, and to no others."""

    def __init__(self, allows: Allows, resolve: Resolve = resolve, dial: Dial = dialled) -> None:
        """`dial` opens a connection to an address that was checked."""
        self._allows = allows
        self._resolve = resolve
        self._dial = dial

    async def connect(self, host: str, port: int, seconds: float) -> socket.socket:
        """
        A connection to the first of the host's allowed addresses that answers, each within so many seconds.

        Raises `NameNotResolved` and `AddressRefused`, and what the last address raised: `OSError` or `TimeoutError`.
        """
        *others, last = await self._allowed(host, port, seconds)
        for address in others:
            with suppress(OSError):
                return await self._dial(address, port, seconds)
        return await self._dial(last, port, seconds)

    async def _allowed(self, host: str, port: int, seconds: float) -> Sequence[str]:
        if port in REFUSED_PORTS:
            raise AddressRefused
        try:
            async with asyncio.timeout(seconds):
                found = await self._resolve(host, port)
        except (OSError, UnicodeError):
            raise NameNotResolved from None
        allowed = [address for address in found if self._allows(address)]
        if not allowed:
            raise AddressRefused
        return allowed[:MOST_TRIED]
