# SPDX-License-Identifier: Apache-2.0
"""Which client a request comes from, and what it is counted by, behind proxies that are believed and without any."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

IPV6_PREFIX: Final = 64
"""One customer has so many leading bits of IPv6 addresses to himself."""
MOST_PROXIES: Final = 16
"""How many addresses of an `X-Forwarded-For` are looked at."""
_REMEMBERED: Final = 4096
"""Hosts: to read an address costs as much as to take its connection."""


@lru_cache(_REMEMBERED)
def counted_as(host: str) -> str:
    """What a client is counted by: an IPv4 address, the /64 of an IPv6 address, or whatever else its host is."""
    address = _address(host)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, IPV6_PREFIX), strict=False).network_address)
    return host if address is None else str(address)


class ClientAddresses:
    """Tells clients' addresses from those of the proxies in front of the edge."""

    def __init__(self, trusted: Iterable[IPv4Network | IPv6Network] = ()) -> None:
        """`trusted` are the networks whose word about an address is believed."""
        self._trusted = tuple(trusted)

    def trusts(self, host: str) -> bool:
        """Whether it is a proxy that is believed."""
        address = _address(host)
        return address is not None and any(address in network for network in self._trusted)

    def of(self, peer: str, forwarded_for: str | None) -> str:
        """
        The address that the client of a connection is counted by.

        Each proxy appends the address that it was called from to `X-Forwarded-For`, so it is read from its end: the
        first that is no believed proxy is the client. What stands before it is whatever the client wrote. Without a
        believed proxy, or where one passed on what is no list of addresses, it is the peer.
        """
        client = peer
        if forwarded_for is not None and self.trusts(peer):
            for part in reversed(forwarded_for.rsplit(",", MOST_PROXIES)):
                host = part.strip()
                if _address(host) is None:
                    return counted_as(peer)
                client = host
                if not self.trusts(host):
                    break
        return counted_as(client)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """The address; one of IPv4 that is written as one of IPv6 is one of IPv4."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or (None if address.scope_id else address)
    return address
