# SPDX-License-Identifier: Apache-2.0
"""How many connections and held bodies there may be, and that those who behave are answered all the same."""

from __future__ import annotations

import contextlib
import resource
import time
from collections.abc import Iterator

import pytest

from sealock_edge.connections import places
from tests.edge.connections.limited_edge import GET, PULL, LimitedEdge, Peer, eventually, limited_edge

pytestmark = pytest.mark.system

MEGABYTE = 1024 * 1024
HELD = 'sealock_edge_request_body_bytes{listener="public"}'
LARGE = PULL + b"Content-Length: %d\r\n\r\n" % MEGABYTE + b"a" * (MEGABYTE - 1)


@pytest.fixture(scope="module", params=[False, True], ids=["http", "tls"])
def edge(request, tmp_path_factory) -> Iterator[LimitedEdge]:
    folder = tmp_path_factory.mktemp("edge")
    with limited_edge(folder, tls=request.param, most=20, body_bytes_together=4 * MEGABYTE) as running:
        yield running


@pytest.fixture
def crowd(edge) -> Iterator[contextlib.ExitStack]:
    """What is put here is hung up at the end of the test."""
    with contextlib.ExitStack() as held:
        yield held
    eventually(lambda: edge.open == 0)


def test_whoever_waits_the_longest_makes_way(edge, crowd):
    before = edge.met("made_way")
    silent = [edge.connect() for _ in range(20)]
    for peer in silent:
        crowd.enter_context(peer.socket)
    for _ in range(5):
        assert edge.answers()

    assert edge.met("made_way") - before in range(1, 6)
    assert edge.open <= 20
    assert silent[0].is_hung_up_on()
    silent[-1].send(GET)
    assert silent[-1].answer().status == 404


def test_connections_that_never_agree_on_tls_make_way_too(edge, crowd):
    for _ in range(60):
        crowd.enter_context(edge.connect_plain().socket)
    assert edge.answers()
    assert edge.open <= 20


def test_probes_are_answered_while_the_public_side_is_full(edge, crowd):
    for _ in range(200):
        crowd.enter_context(edge.connect_plain().socket)
    assert edge.probe() == '{"live":true}'
    assert "sealock_edge_connections" in edge.probe("/metrics")


def unfinished(edge: LimitedEdge, crowd: contextlib.ExitStack, count: int) -> list[Peer]:
    peers = [edge.connect() for _ in range(count)]
    for peer in peers:
        crowd.enter_context(peer.socket)
        peer.send(LARGE)
    return peers


def test_unfinished_bodies_are_held_up_to_the_limit_and_others_are_told_to_come_later(edge, crowd):
    before = edge.met("body_bytes_together")
    peers = unfinished(edge, crowd, 12)
    eventually(lambda: edge.met("body_bytes_together") - before >= 8)

    assert edge.metric(HELD) <= 4 * MEGABYTE
    answer = peers[-1].answer()
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    small = edge.connect()
    crowd.enter_context(small.socket)
    small.send(PULL + b"Content-Length: 10\r\n\r\nmetadata=x")
    assert small.answer().status == 401


def test_an_unfinished_body_makes_way_for_one_that_comes_later(edge, crowd):
    held: list[Peer] = []
    for count in range(1, 5):
        held += unfinished(edge, crowd, 1)
        eventually(lambda so_far=count * (MEGABYTE - 1): edge.metric(HELD) == so_far)
    time.sleep(2.5)
    late = edge.connect()
    crowd.enter_context(late.socket)
    late.send(LARGE + b"a")

    assert late.answer().status in (400, 413, 401)
    assert held[0].answer().status == 503


def test_what_bodies_held_is_given_back(edge):
    eventually(lambda: edge.metric(HELD) == 0)
    assert edge.warnings == []


def test_one_address_may_not_take_all_places(tmp_path):
    with limited_edge(tmp_path, most=20, most_by_address=5) as edge, contextlib.ExitStack() as held:
        peers = [edge.connect() for _ in range(6)]
        for peer in peers:
            held.enter_context(peer.socket)
        answer = peers[-1].answer()
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        assert edge.met("most_by_address") == 1
        peers[0].socket.close()
        eventually(edge.answers)


def test_few_open_files_are_said_and_lived_with(tmp_path):
    with limited_edge(tmp_path, open_files=300) as edge, contextlib.ExitStack() as held:
        for _ in range(600):
            held.enter_context(edge.connect_plain().socket)
        assert edge.answers()
        assert edge.probe() == '{"live":true}'
        [warning] = edge.warnings
        assert (warning["event"], warning["setting"]) == ("few_open_files", "edge.connections.most")
        assert warning["needed"] > 2048
        assert edge.open <= warning["connections"] < 300


@pytest.mark.parametrize(
    ("soft", "hard", "taken", "raised_to"),
    [
        (1024, 524_288, 4096, 5320),
        (1024, resource.RLIM_INFINITY, 4096, 5320),
        (20_000, 20_000, 4096, None),
        (1024, 2000, 1440, 2000),
        (1024, 1024, 659, None),
        (100, 100, 1, None),
    ],
)
def test_the_limit_of_open_files_is_raised_as_far_as_it_may_be(monkeypatch, soft, hard, taken, raised_to):
    raised = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: raised.append(limits))

    assert places(4096, integrations=2) == (taken, 5320)
    assert raised == ([(raised_to, hard)] if raised_to else [])
