# SPDX-License-Identifier: Apache-2.0
"""Which addresses may be called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NEVER_PUBLIC: tuple[Network, ...] = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "100.64.0.0/10",  # carrier-grade NAT
            "192.0.0.0/24",
            "192.88.99.0/24",  # the former 6to4 relays
            "198.18.0.0/15",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::/96",
            "64:ff9b:1::/48",  # NAT64 for local use
            "100::/64",
            "2001::/23",
            "2001:db8::/32",
            "3fff::/20",
            "5f00::/16",
            "fec0::/10",
            "ff00::/8",
        ),
    )
)
_NAT64 = ip_network("64:ff9b::/96")
_SIX_TO_FOUR = ip_network("2002::/16")


@dataclass(frozen=True, slots=True)
class Policy:
    """Public addresses and the allowed networks; or, without `public`, the allowed networks only."""

    allowed_networks: Sequence[Network] = ()
    public: bool = True

    def allows(self, text: str) -> bool:
        """Whether the address, as the resolver wrote it, may be called."""
        address = plain(ip_address(text.partition("%")[0]))
        if any(address in network for network in self.allowed_networks):
            return True
        return self.public and is_public(address)


def plain(address: Address) -> Address:
    """The IPv4 address that an IPv6 one leads to, if it is such a one; else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        return IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    return address


def is_public(address: Address) -> bool:
    """Whether the address is one of the open Internet."""
    return address.is_global and not address.is_multicast and not any(address in each for each in _NEVER_PUBLIC)
