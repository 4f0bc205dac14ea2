# SPDX-License-Identifier: Apache-2.0
"""How long anything on a connection may take: to be agreed on, to become whole, to be taken, to be followed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import pytest

from sealock_edge.middleware import HEADERS
from tests.edge.connections.limited_edge import GET, PULL, LimitedEdge, Peer, eventually, limited_edge

pytestmark = pytest.mark.system


@pytest.fixture(scope="module", params=[False, True], ids=["http", "tls"])
def edge(request, tmp_path_factory) -> Iterator[LimitedEdge]:
    folder = tmp_path_factory.mktemp("edge")
    seconds = {"request_seconds": 1, "handshake_seconds": 1, "idle_seconds": 1, "answer_seconds": 1}
    with limited_edge(folder, tls=request.param, **seconds) as running:
        yield running


@pytest.fixture
def peer(edge) -> Iterator[Peer]:
    connected = edge.connect()
    with connected.socket:
        yield connected


UNFINISHED = {
    "the beginning of a method": (b"G", b""),
    "half a head": (b"GET / HTTP/1.1\r\nHost: x\r\n", b""),
    "a head that goes on": (b"GET / HTTP/1.1\r\nX: ", b"a"),
    "a body that was announced": (PULL + b"Content-Length: 100\r\n\r\n", b""),
    "a body that goes on": (PULL + b"Content-Length: 100000\r\n\r\n", b"a"),
    "chunks that go on": (PULL + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    "lines before a request": (b"\r\n", b"\r\n"),
    "a second request": (GET + b"GET / HTTP/1.1\r\n", b""),
}


@pytest.mark.parametrize("what", list(UNFINISHED))
def test_a_request_that_does_not_become_whole_in_time_is_told_so(edge, peer, what):
    begin, drop = UNFINISHED[what]
    before = edge.met("request_seconds")
    peer.send(begin)
    if begin.startswith(GET):
        assert peer.answer().status == 404
    if drop:
        peer.send_until_answered(drop, most=20_000)

    answer = peer.answer()

    assert (answer.status, answer.headers["connection"]) == (408, "close")
    assert {name.lower(): value for name, value in HEADERS.items()}.items() <= answer.headers.items()
    assert peer.is_hung_up_on()
    assert edge.met("request_seconds") == before + 1


def test_a_connection_that_says_nothing_ends(edge):
    limit = "handshake_seconds" if edge.scheme == "https" else "request_seconds"
    before = edge.met(limit)
    peer = edge.connect_plain()
    with peer.socket:
        assert peer.is_hung_up_on()
    assert edge.met(limit) == before + 1


def test_a_connection_that_says_nothing_after_tls_ends(edge, peer):
    before = edge.met("request_seconds")
    assert peer.is_hung_up_on()
    assert edge.met("request_seconds") == before + 1


@pytest.mark.parametrize("edge", [True], indirect=True, ids=["tls"])
def test_a_handshake_that_stops_halfway_ends_without_a_line(edge):
    for hello in (b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x02\x01\x00"):
        peer = edge.connect_plain()
        with peer.socket:
            peer.send(hello)
            assert peer.is_hung_up_on()
    eventually(lambda: edge.open == 0)
    assert edge.warnings == []


def test_a_connection_without_a_next_request_ends(edge, peer):
    before = edge.met("idle_seconds")
    peer.send(GET)
    assert peer.answer().status == 404
    assert peer.is_hung_up_on()
    assert edge.met("idle_seconds") == before + 1


def test_someone_who_takes_answers_slowly_gets_all_of_them(edge):
    peer = edge.connect()
    with peer.socket:
        for _ in range(6):
            peer.send(GET * 4)
            time.sleep(0.3)
            assert [peer.answer().status for _ in range(4)] == [404] * 4


def test_nothing_of_this_left_a_line_in_the_log_or_a_connection(edge):
    eventually(lambda: edge.open == 0)
    assert edge.warnings == []


UNDER_WAY = {
    "nothing": b"",
    "half a head": b"GET / HTTP/1.1\r\n",
    "no body": PULL + b"Content-Length: 100\r\n\r\n",
    "half a body": PULL + b"Content-Length: 100000\r\n\r\n" + b"a" * 50_000,
    "an answered request": GET,
    "a second request": GET + PULL + b"Content-Length: 100\r\n\r\n",
    "unread answers": GET * 8,
}


@pytest.mark.parametrize("tls", [False, True], ids=["http", "tls"])
def test_nothing_unfinished_holds_a_stop(tmp_path, tls):
    """Each of these could wait for a minute, if it were let."""
    seconds = {"request_seconds": 60, "handshake_seconds": 60, "idle_seconds": 60, "answer_seconds": 60}
    with limited_edge(tmp_path, tls=tls, **seconds) as edge, contextlib.ExitStack() as held:
        for _ in range(3):
            for sent in UNDER_WAY.values():
                peer = edge.connect()
                held.enter_context(peer.socket)
                peer.send(sent)
            held.enter_context(edge.connect_plain().socket)
        assert edge.answers()
        assert edge.seconds_to_stop() < 20
        assert edge.warnings == []
