# SPDX-License-Identifier: Apache-2.0
"""Which addresses a file may be fetched from: those of the open Internet, or this machine's own."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

_NAT64: Final = ip_network("64:ff9b::/96")
_NEVER: Final = tuple(
    ip_network(each)
    for each in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "224.0.0.0/3",
        "::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe00::/8",
        "ff00::/8",
    )
)
"""Kept for special uses, whatever this Python's own list says; 6to4 among them, which can lead inside."""


def is_public(text: str) -> bool:
    """Whether the address, as a resolver wrote it, is one of the open Internet."""
    address = _plain(text)
    return address.is_global and not any(address in each for each in _NEVER)


def is_this_machine(text: str) -> bool:
    """Whether the address is loopback."""
    return _plain(text).is_loopback


def _plain(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
