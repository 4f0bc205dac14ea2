# SPDX-License-Identifier: Apache-2.0
"""Each row of IANA's registries of special addresses, addresses of clouds' platforms, and spellings of hosts."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_network

import pytest

from sealock_contract.connections import REFUSED_PORTS, AddressRefused, AllowedAddresses, CheckedConnections, is_public

RESERVED_IPV4 = [
    "0.0.0.0/8", "0.0.0.0/32", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.0.0/29", "192.0.0.8/32", "192.0.0.9/32", "192.0.0.10/32", "192.0.0.170/32", "192.0.0.171/32",
    "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32",
]  # fmt: skip
RESERVED_IPV6 = [
    "::/128", "::1/128", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001::/32", "2001:1::1/128",
    "2001:1::2/128", "2001:1::3/128", "2001:2::/48", "2001:3::/32", "2001:4:112::/48", "2001:10::/28", "2001:20::/28",
    "2001:30::/28", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7",
    "fe80::/10", "ff00::/8",
]  # fmt: skip
CARRYING = ["::ffff:0:0/96", "64:ff9b::/96"]
"""Rows whose addresses are others in another spelling."""

PLATFORMS = {
    "169.254.169.254": "most clouds' metadata",
    "169.254.170.2": "credentials of Amazon's containers",
    "169.254.169.253": "Amazon's names",
    "168.63.129.16": "Azure's platform",
    "100.100.100.200": "Alibaba's metadata",
    "192.0.0.192": "Oracle's metadata",
    "fd00:ec2::254": "Amazon's metadata",
    "fd00:ec2::23": "credentials of Amazon's containers",
    "fd20:ce::254": "Google's metadata",
    "fe80::a9fe:a9fe": "link-local",
}


def ends(network: IPv4Network | IPv6Network) -> list[str]:
    return [str(network[0]), str(network[network.num_addresses // 2]), str(network[-1])]


@pytest.mark.parametrize("row", [*RESERVED_IPV4, *RESERVED_IPV6])
def test_no_address_of_a_registrys_row_is_public(row: str):
    assert [address for address in ends(ip_network(row)) if is_public(address)] == []


@pytest.mark.parametrize("row", [*RESERVED_IPV4, *RESERVED_IPV6])
def test_rows_that_this_python_calls_global_are_known_exceptions(row: str):
    """What IANA calls reachable, and no website is at; and what this Python does not know of yet."""
    known = {
        "192.0.0.8/32", "192.0.0.9/32", "192.0.0.10/32", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.175.48.0/24", "192.0.0.0/24", "224.0.0.0/4", "ff00::/8",
        "64:ff9b:1::/48", "100:0:0:1::/64", "2001::/23", "2001:1::1/128", "2001:1::2/128", "2001:1::3/128",
        "2001:3::/32", "2001:4:112::/48", "2001:20::/28", "2001:30::/28", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
        "5f00::/16",
    }  # fmt: skip
    assert row in known or not any(ip_address(address).is_global for address in ends(ip_network(row)))


@pytest.mark.parametrize("row", CARRYING)
@pytest.mark.parametrize("inner", [*RESERVED_IPV4, "8.8.8.0/24"])
def test_another_spelling_is_as_public_as_the_address(row: str, inner: str):
    for address in ends(ip_network(inner)):
        spelled = str(ip_address(int(ip_network(row)[0]) | int(IPv4Address(address))))
        assert is_public(spelled) is is_public(address)


@pytest.mark.parametrize("address", PLATFORMS)
def test_what_belongs_to_the_platform_is_never_public(address: str):
    assert not is_public(address)


@pytest.mark.parametrize("address", PLATFORMS)
@pytest.mark.parametrize(
    "wide", ["0.0.0.0/0", "::/0", "fd00::/8", "100.64.0.0/10", "168.0.0.0/6", "192.0.0.0/8", "fe00::/7"]
)
def test_a_wide_network_does_not_open_what_belongs_to_the_platform(address: str, wide: str):
    assert not AllowedAddresses((ip_network(wide),), public=False)(address)


@pytest.mark.parametrize("address", PLATFORMS)
def test_it_is_opened_by_its_own_name(address: str):
    assert AllowedAddresses((ip_network(address),), public=False)(address)
    assert AllowedAddresses((ip_network("::/0"), ip_network("0.0.0.0/0"), ip_network(address)), public=False)(address)


def test_a_wide_network_opens_everything_else():
    allowed = AllowedAddresses((ip_network("0.0.0.0/0"), ip_network("::/0")), public=False)
    for address in ("10.0.0.1", "127.0.0.1", "::1", "192.168.1.1", "fd12::1", "::ffff:10.0.0.1"):
        assert allowed(address)


@pytest.mark.parametrize(
    "spelled",
    [
        "::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "64:ff9b:1::169.254.169.254", "::169.254.169.254",
        "2002:a9fe:a9fe::1", "2001:0:a9fe:a9fe::1", "2001:0:1:2:3:4:5601:5601", "2606:4700::5efe:169.254.169.254",
        "64:ff9b::168.63.129.16", "fe80::1%eth0",
    ],
)  # fmt: skip
def test_nor_does_it_in_another_spelling(spelled: str):
    assert not AllowedAddresses((ip_network("0.0.0.0/0"), ip_network("::/0")))(spelled)


async def numbers_only(host: str, _port: int) -> list[str]:
    """What the system makes of a host without asking anybody."""
    return [host if ":" in host else socket.inet_ntoa(socket.inet_aton(host))]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "0x7f.1", "0x7f000001", "2130706433", "127.1", "0177.0.0.1", "017700000001", "0", "0x0", "127.0.1",
        "169.254.43518", "0xa9.0xfe.0xa9.0xfe", "2852039166", "::ffff:127.0.0.1", "::1", "::", "fe80::1%lo", "0.0.0.0",
        "::ffff:7f00:1", "0:0:0:0:0:ffff:127.0.0.1", "0xa83f8110",
    ],
)  # fmt: skip
async def test_however_a_hosts_number_is_spelled_it_is_judged_by_its_address(host: str):
    made = CheckedConnections(is_public, numbers_only)
    with pytest.raises(AddressRefused):
        await made.connect(host, 443, 10)


@pytest.mark.parametrize("port", sorted(REFUSED_PORTS))
async def test_ports_of_other_services_are_not_called(port: int):
    async def found(_host: str, _port: int) -> list[str]:
        return ["8.8.8.8"]

    with pytest.raises(AddressRefused):
        await CheckedConnections(lambda _: True, found).connect("example.com", port, 10)


def test_ports_of_the_web_are_not_among_them():
    assert not REFUSED_PORTS & {80, 443, 8000, 8080, 8443, 3000, 5000, 9000}
