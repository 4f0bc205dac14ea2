# SPDX-License-Identifier: Apache-2.0
"""What a request may send before anything of it is believed: bytes of its head, its body, and what frames them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sealock_edge.middleware import HEADERS, LARGEST_BODY
from tests.edge.connections.limited_edge import GET, PULL, LimitedEdge, Peer, limited_edge

pytestmark = pytest.mark.system

HEAD_BYTES, HEADER_LINES = 8192, 16
CHUNKED = PULL + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module", params=[False, True], ids=["http", "tls"])
def edge(request, tmp_path_factory) -> Iterator[LimitedEdge]:
    folder = tmp_path_factory.mktemp("edge")
    with limited_edge(folder, tls=request.param, head_bytes=HEAD_BYTES, header_lines=HEADER_LINES) as running:
        yield running


@pytest.fixture
def peer(edge) -> Iterator[Peer]:
    connected = edge.connect()
    with connected.socket:
        yield connected


def refused(edge: LimitedEdge, peer: Peer, status: int) -> bool:
    """With this status, protected as every answer is, and the end of the connection."""
    answer = peer.answer()
    assert answer.status == status
    assert {name.lower(): value for name, value in HEADERS.items()}.items() <= answer.headers.items()
    assert answer.headers["connection"] == "close"
    return peer.is_hung_up_on()


def test_a_head_as_large_as_allowed_is_taken(edge, peer):
    head = b"GET /guestbook/nothing HTTP/1.1\r\nHost: x\r\nX: "
    peer.send(head + b"a" * (HEAD_BYTES - len(head) - 60) + b"\r\n\r\n")
    assert peer.answer().status == 404


ENDLESS = {
    "one header": (b"GET / HTTP/1.1\r\nX: ", b"a" * 4096),
    "a path": (b"GET /", b"a" * 4096),
    "a query": (b"GET /?", b"a" * 4096),
    "the name of a header": (b"GET / HTTP/1.1\r\n", b"a" * 4096),
    "a method": (b"", b"\r\n" * 2048),
    "trailers": (CHUNKED + b"1\r\na\r\n0\r\n", b"t: " + b"a" * 4096 + b"\r\n"),
    "one trailer": (CHUNKED + b"1\r\na\r\n0\r\nt: ", b"a" * 4096),
    "the extension of a chunk": (CHUNKED + b"1;a=", b"a" * 4096),
    "the size of a chunk": (CHUNKED, b"0" * 4096),
    "chunks of one byte": (CHUNKED, b"1;a=b\r\na\r\n" * 400),
}


@pytest.mark.parametrize("what", list(ENDLESS))
def test_what_never_ends_is_refused(edge, peer, what):
    begin, piece = ENDLESS[what]
    peer.send(begin)
    peer.send_until_answered(piece)
    assert refused(edge, peer, 431)


def test_too_many_headers_are_refused_before_they_end(edge, peer):
    before = edge.met("header_lines")
    peer.send(b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * (HEADER_LINES + 2))
    assert refused(edge, peer, 431)
    assert edge.met("header_lines") == before + 1


def test_a_head_that_is_whole_at_once_is_measured_too(edge, peer):
    before = edge.met("head_bytes")
    peer.send(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * HEAD_BYTES + b"\r\n\r\n")
    assert refused(edge, peer, 431)
    assert edge.met("head_bytes") == before + 1


def test_a_large_body_with_a_small_head_is_no_large_head(edge, peer):
    body = b"metadata=" + b"x" * 4000 + b"&state=" + b"y" * 5000
    peer.send(PULL + b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    assert peer.answer().status == 401


def test_a_body_in_ordinary_chunks_is_taken(edge, peer):
    chunk = b"100\r\n" + b"x" * 256 + b"\r\n"
    peer.send(CHUNKED + b"9\r\nmetadata=\r\n" + chunk * 15 + b"0\r\nTrailer: x\r\n\r\n")
    assert peer.answer().status == 401
    peer.send(GET)
    assert peer.answer().status == 404


TINY = {
    "chunks of one byte": b"1\r\na\r\n" * 1100,
    "trailers": b"1\r\na\r\n0\r\n" + b"t:\r\n" * 1100 + b"\r\n",
}
"""Within what framing may have in bytes; what each of them costs is work."""


@pytest.mark.parametrize("what", list(TINY))
def test_parts_that_are_too_many_for_what_they_bring_are_refused(edge, peer, what):
    before = edge.met("chunk_bytes")
    peer.send(CHUNKED + TINY[what])
    assert refused(edge, peer, 431)
    assert edge.met("chunk_bytes") == before + 1


def test_a_body_in_a_thousand_small_chunks_is_taken(edge, peer):
    peer.send(CHUNKED + b"9\r\nmetadata=\r\n" + b"1\r\na\r\n" * 900 + b"0\r\n\r\n")
    assert peer.answer().status == 401


def test_a_trailer_is_not_taken_for_a_header(edge, peer):
    head = b"POST /guestbook/pull HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    peer.send(head + b"1\r\na\r\n0\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n")
    assert peer.answer().status == 415


@pytest.mark.parametrize("length", [LARGEST_BODY + 1, 10**18])
def test_a_body_that_no_endpoint_takes_is_refused_by_its_length(edge, peer, length):
    peer.send(PULL + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % length)
    assert refused(edge, peer, 413)


def test_a_body_that_grows_too_large_is_refused(edge, peer):
    peer.send(CHUNKED)
    peer.send_until_answered(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
    assert refused(edge, peer, 413)


def test_a_client_that_asks_first_is_told_to_go_on(edge, peer):
    peer.send(PULL + b"Expect: 100-continue\r\nContent-Length: 10\r\n\r\n")
    assert peer.answer().status == 100
    peer.send(b"metadata=x")
    assert peer.answer().status == 401


def test_requests_that_are_sent_ahead_are_answered_in_order(edge, peer):
    body = b"metadata=x"
    pull = PULL + b"Content-Length: 10\r\n\r\n" + body
    peer.send(GET + pull + GET + pull[:-3])
    assert [peer.answer().status for _ in range(3)] == [404, 401, 404]
    peer.send(pull[-3:] + GET)
    assert [peer.answer().status for _ in range(2)] == [401, 404]


def test_thousands_of_requests_sent_ahead_are_not_kept(edge, peer):
    before = edge.met("pipelined")
    peer.send(GET * 4000)
    assert peer.is_hung_up_on()
    assert edge.met("pipelined") == before + 1


def test_nothing_of_this_left_a_line_in_the_log(edge):
    assert edge.warnings == []
