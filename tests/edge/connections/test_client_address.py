# SPDX-License-Identifier: Apache-2.0
"""Who the client is: the right-most address that no believed proxy has. A header that lies changes nothing."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_edge.client_address import MOST_PROXIES, ClientAddresses, counted_as

PROXIES = [ip_network("10.0.0.0/8"), ip_network("2001:db8:ff::/48")]
BEHIND = ClientAddresses(PROXIES)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:DB8:1:2::", "2001:db8:1:2::"),
        ("unix", "unix"),
    ],
)
def test_a_client_is_counted_by_its_address_or_the_64_of_it(host, expected):
    assert counted_as(host) == ClientAddresses().of(host, None) == expected


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("203.0.113.7", None, "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.1", " 198.51.100.1 ", "198.51.100.1"),
        ("10.0.0.1", "192.0.2.66, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.9.9.9", "198.51.100.1"),
        ("10.0.0.1", "192.0.2.66,198.51.100.1,10.9.9.9,2001:db8:ff::1", "198.51.100.1"),
        ("10.0.0.1", "<script>, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "2001:db8:1:2:3::4", "2001:db8:1:2::"),
        ("10.0.0.1", "10.2.2.2, 10.3.3.3", "10.2.2.2"),
        ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1,", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1:4711", "10.0.0.1"),
        ("10.0.0.1", "fe80::1%eth0", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.1" + ",10.0.0.2" * (MOST_PROXIES + 1), "10.0.0.1"),
    ],
)
def test_the_right_most_address_that_is_no_proxy_wins(peer, forwarded_for, client):
    assert BEHIND.of(peer, forwarded_for) == client


def test_a_long_header_is_read_from_its_end_only():
    assert BEHIND.of("10.0.0.1", "x," * 1_000_000 + "198.51.100.1") == "198.51.100.1"


@given(st.text(max_size=60), st.from_regex(r"\A[0-9a-f:., \[\]]{0,60}\Z"))
def test_whatever_a_client_writes_before_it_the_proxy_s_word_stands(anything, almost):
    for written in (anything, almost):
        assert BEHIND.of("10.0.0.1", f"{written},198.51.100.1") == "198.51.100.1"
        assert BEHIND.of("203.0.113.7", written) == "203.0.113.7"
        assert isinstance(BEHIND.of("10.0.0.1", written), str)
