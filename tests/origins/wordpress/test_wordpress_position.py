# SPDX-License-Identifier: Apache-2.0
"""The state of pulls: small, exact, and each comment once whatever happens to the list in between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_connector import InvalidRequest
from sealock_origins.wordpress.position import MAX_BYTES, MOST_WAITING, WINDOW, Position

NUMBERS = st.integers(min_value=1, max_value=2**64 - 1)


def test_an_empty_state_is_the_beginning():
    assert Position.load(b"") == Position()


@pytest.mark.parametrize("state", [b"x", b"{}", b"[1]", b"[1,2,3,4]", b'["a",0,[],[]]', b"[1,0,[null],[]]", b"\xff"])
def test_a_state_of_somebody_else_is_refused(state):
    with pytest.raises(InvalidRequest):
        Position.load(state)


@given(st.sets(NUMBERS, max_size=WINDOW), st.sets(NUMBERS, max_size=50))
def test_a_position_is_read_back_as_it_was_written(seen, waiting):
    position = Position(
        settled=min(seen, default=1) - 1, rank=7, seen=tuple(sorted(seen)), waiting=tuple(sorted(waiting))
    )
    assert Position.load(position.dump()) == position


@given(st.lists(NUMBERS, min_size=300, max_size=400, unique=True))
def test_a_state_is_never_too_large_and_gives_up_the_oldest_waiting_first(ids):
    position = Position()
    for each in ids:
        position = position.with_waiting(each)
    kept = Position.load(position.dump())
    assert len(position.dump()) <= MAX_BYTES
    assert kept.waiting == tuple(sorted(ids))[-len(kept.waiting) :]
    assert len(kept.waiting) >= 90


def test_ordinary_numbers_leave_room_for_all_that_may_wait():
    position = Position(settled=9_000_000)
    for each in range(9_000_001, 9_000_001 + 5 * MOST_WAITING, 3):
        position = position.with_waiting(each)
    assert len(Position.load(position.dump()).waiting) == MOST_WAITING


@given(
    st.lists(NUMBERS, max_size=WINDOW + 40, unique=True)
    | st.lists(NUMBERS, min_size=WINDOW + 1, max_size=WINDOW + 40, unique=True)
)
def test_what_was_seen_stays_known(ids):
    position = Position()
    for count, each in enumerate(sorted(ids), 1):
        assert not position.knows(each)
        position = position.with_seen(each)
        assert all(position.knows(known) for known in sorted(ids)[:count])
    assert len(position.seen) <= WINDOW
    assert position.rank == max(0, len(ids) - WINDOW)
