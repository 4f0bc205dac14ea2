# SPDX-License-Identifier: Apache-2.0
"""What is not HTTP/1.1 gets an answer that a person can read, as protected as any, and not a line of log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sealock_edge.middleware import HEADERS
from tests.edge.connections.limited_edge import GET, PULL, LimitedEdge, limited_edge

pytestmark = pytest.mark.system

UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"
CASES = {
    "HTTP/0.9": (b"GET /guestbook/about\r\n\r\n", 505),
    "HTTP/0.9, spelled out": (b"GET /guestbook/about HTTP/0.9\r\n\r\n", 505),
    "HTTP/2 in plain lines": (b"GET /guestbook/about HTTP/2.0\r\nHost: x\r\n\r\n", 505),
    "HTTP/3": (b"GET /guestbook/about HTTP/3.0\r\nHost: x\r\n\r\n", 505),
    "HTTP/1.7": (b"GET /guestbook/about HTTP/1.7\r\nHost: x\r\n\r\n", 505),
    "HTTP/2 from the first byte": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9), 505),
    "TLS on a plain listener": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), 400),
    "another scheme": (b"SSH-2.0-OpenSSH_9.6\r\n", 400),
    "a tunnel": (b"CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n", 501),
    "an upgrade of a POST": (PULL + UPGRADE + b"Content-Length: 3\r\n\r\nabc", 501),
    "two lengths": (PULL + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
    "a length and chunks": (
        PULL + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        400,
    ),
    "a coding that is none": (PULL + b"Transfer-Encoding: gzip\r\n\r\nabc", 400),
    "a folded header": (b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400),
    "a space before the colon": (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
    "a length that is no number": (PULL + b"Content-Length: 1_0\r\n\r\n", 400),
    "a length that is too long": (PULL + b"Content-Length: " + b"9" * 400 + b"\r\n\r\n", 400),
    "a size that is no number": (PULL + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    "a target that is none": (b"GET ht!tp://[ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a method of its own": (b"ABCDEFG / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
}


@pytest.fixture(scope="module")
def edge(tmp_path_factory) -> Iterator[LimitedEdge]:
    with limited_edge(tmp_path_factory.mktemp("edge")) as running:
        yield running


@pytest.mark.parametrize("what", list(CASES))
def test_it_is_refused_and_the_connection_ends(edge, what):
    sent, status = CASES[what]
    peer = edge.connect()
    with peer.socket:
        peer.send(sent)
        answer = peer.answer()
        assert answer.status == status
        assert {name.lower(): value for name, value in HEADERS.items()}.items() <= answer.headers.items()
        assert answer.headers["connection"] == "close"
        assert peer.is_hung_up_on()


def test_an_upgrade_is_answered_as_if_it_had_not_been_asked_for(edge):
    peer = edge.connect()
    with peer.socket:
        peer.send(b"GET /guestbook/nothing HTTP/1.1\r\nHost: x\r\n" + UPGRADE + b"\r\n" + GET)
        assert peer.answer().status == 404
        assert peer.is_hung_up_on()


def test_a_whole_address_as_the_target_is_read_by_its_path(edge):
    peer = edge.connect()
    with peer.socket:
        peer.send(b"GET http://elsewhere.example/guestbook/nothing HTTP/1.1\r\nHost: x\r\n\r\n" + GET)
        assert [peer.answer().status for _ in range(2)] == [404, 404]


def test_http_1_0_is_answered_and_the_connection_ends(edge):
    peer = edge.connect()
    with peer.socket:
        peer.send(b"GET /guestbook/nothing HTTP/1.0\r\n\r\n")
        assert peer.answer().status == 404
        assert peer.is_hung_up_on()


def test_a_bad_request_after_good_ones_comes_after_their_answers(edge):
    peer = edge.connect()
    with peer.socket:
        peer.send(GET + GET + b"nonsense\r\n\r\n")
        assert [peer.answer().status for _ in range(3)] == [404, 404, 400]
        assert peer.is_hung_up_on()


def test_nothing_of_this_left_a_line_in_the_log(edge):
    assert edge.warnings == []
