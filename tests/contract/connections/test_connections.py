# SPDX-License-Identifier: Apache-2.0
"""Only public and allowed addresses are called, and the one that was checked is the one that is called."""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Address, ip_address, ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sealock_contract.connections import (
    MOST_TRIED,
    AddressRefused,
    AllowedAddresses,
    CheckedConnections,
    NameNotResolved,
    is_public,
    is_this_machine,
    resolve,
)

DENIED = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "169.254.0.1", "100.64.0.1", "100.127.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1",
    "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::7f00:1", "::808:808",
    "fe80::1", "fe80::1%eth0", "fe00::1", "fc00::1", "fd00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "ff0e::1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::a00:1", "64:ff9b:1::1", "64:ff9b:1::808:808",
    "2001::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:7f00:1::1", "2002:a00:1::", "2002:808:808::1",
    "3fff::1", "5f00::1", "100::1", "400::1", "4000::1", "8000::1",
    "2606:4700::5efe:a00:1", "2606:4700::200:5efe:127.0.0.1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.255.255", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::200e",
    "::ffff:1.1.1.1", "64:ff9b::101:101", "64:ff9b::808:808", "2606:4700::5efe:808:808",
]  # fmt: skip


@pytest.mark.parametrize("address", DENIED)
def test_special_addresses_are_denied(address):
    assert not is_public(address)
    assert not AllowedAddresses()(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address):
    assert is_public(address)
    assert AllowedAddresses()(address)
    assert not AllowedAddresses(public=False)(address)


@pytest.mark.parametrize(
    ("address", "here"),
    [("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("::ffff:127.0.0.1", True), ("8.8.8.8", False),
     ("10.0.0.1", False), ("0.0.0.0", False), ("2002:7f00:1::", False)],
)  # fmt: skip
def test_this_machine_is_loopback(address, here):
    assert is_this_machine(address) is here


def test_allowed_networks_are_allowed_however_the_address_is_written():
    allowed = AllowedAddresses((ip_network("10.1.0.0/16"), ip_network("fd00::/8")), public=False)
    for address in ("10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "fd00::1"):
        assert allowed(address)
    for address in ("10.2.0.1", "127.0.0.1", "fc00::1", "2002:a01:203::"):
        assert not allowed(address)


def spellings(address: IPv4Address) -> list[str]:
    return [f"::ffff:{address}", f"64:ff9b::{address}"]


@given(st.ip_addresses(v=4))
def test_an_address_in_another_spelling_is_judged_as_itself(address):
    assert {is_public(each) for each in spellings(address)} == {is_public(str(address))}
    assert {is_this_machine(each) for each in spellings(address)} == {address.is_loopback}


@given(st.ip_addresses(v=4), st.integers(0, 2**80 - 1))
def test_what_6to4_carries_is_never_public(address, rest):
    assert not is_public(str(ip_address((0x2002 << 112) | (int(address) << 80) | rest)))


@given(st.ip_addresses(v=4))
def test_what_isatap_carries_is_public_only_where_the_address_is(address):
    prefix = int(ip_address("2606:4700::")) | 0x5EFE << 32
    assert is_public(str(ip_address(prefix | int(address)))) is is_public(str(address))


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
@example(ip_address("ff0e::1"))
def test_nothing_is_public_that_is_not_global(address):
    inner = address.ipv4_mapped if address.version == 6 else None
    nat64 = ip_network("64:ff9b::/96")
    if not is_public(str(address)):
        return
    if inner is not None or (address.version == 6 and address in nat64):
        return
    assert address.is_global
    assert address.version == 4 or address in ip_network("2000::/3")


class Calls:
    """Stands in for the network: notes the addresses that are called; the dead ones cannot be reached."""

    def __init__(self, *dead: str) -> None:
        self.dead, self.called = dead, []

    async def dial(self, address, port, seconds):
        self.called.append(address)
        if address in self.dead:
            raise ConnectionRefusedError
        return f"a connection to {address}"


def connections(found: list[str], *dead: str) -> tuple[CheckedConnections, Calls]:
    async def look_up(host, port):
        return found

    calls = Calls(*dead)
    return CheckedConnections(is_public, look_up, calls.dial), calls


async def test_of_several_addresses_only_allowed_ones_are_called():
    made, calls = connections(["10.0.0.1", "8.8.8.8", "169.254.169.254"])
    assert await made.connect("mixed.example", 443, 10) == "a connection to 8.8.8.8"
    assert calls.called == ["8.8.8.8"]


async def test_a_dead_address_does_not_hide_a_living_one():
    made, calls = connections(["8.8.8.8", "10.0.0.1", "1.1.1.1"], "8.8.8.8")
    assert await made.connect("two.example", 443, 10) == "a connection to 1.1.1.1"
    assert calls.called == ["8.8.8.8", "1.1.1.1"]


async def test_at_most_four_addresses_are_tried():
    found = [f"8.8.8.{number}" for number in range(1, 10)]
    made, calls = connections(found, *found)
    with pytest.raises(ConnectionRefusedError):
        await made.connect("many.example", 443, 10)
    assert calls.called == found[:MOST_TRIED] == found[:4]


async def test_where_no_address_is_allowed_nothing_is_called():
    made, calls = connections(["10.0.0.1", "127.0.0.1", "::1"])
    with pytest.raises(AddressRefused):
        await made.connect("inside.example", 443, 10)
    assert calls.called == []


@pytest.mark.parametrize("error", [OSError(), UnicodeError()])
async def test_a_name_that_leads_nowhere_says_so(error):
    async def look_up(host, port):
        raise error

    with pytest.raises(NameNotResolved):
        await CheckedConnections(is_public, look_up).connect("nowhere.example", 443, 10)


async def test_a_resolver_that_never_answers_is_not_waited_for_longer_than_the_timeout():
    async def look_up(host, port):
        await asyncio.Event().wait()

    with pytest.raises(NameNotResolved):
        await CheckedConnections(is_public, look_up).connect("slow.example", 443, 0.01)


async def test_numbers_need_no_name_server():
    assert await resolve("127.0.0.1", 443) == ["127.0.0.1"]
