# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_connector import Cursor, InvalidRequest
from sealock_connector._cursor_bytes import decode

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)

NUMBERS = st.integers(0, 10**20)
TEXTS = st.one_of(NUMBERS.map(str), st.text(max_size=300), st.uuids().map(str))


def listed(items, cursor):
    """What an origin answers: everything from `since` on, by instant and id."""
    return [item for item in items if cursor.since is None or item[0] >= cursor.since]


def page(items, state, size, overlap=timedelta(0), by_id_alone=False):
    """One pull: the ids it brings, and the state after it."""
    cursor, ids = Cursor.load(state, overlap=overlap), []
    for at, name in listed(items, cursor):
        if (name if by_id_alone else (at, name)) in cursor:
            continue
        cursor = cursor.seen(at, name)
        ids.append(name)
        if len(ids) == size:
            break
    return ids, cursor.dump()


def pull_all(items, sizes, **how):
    state, brought = b"", []
    for size in sizes:
        ids, state = page(items, state, size, **how)
        assert len(state) <= 3500
        if not ids:
            return brought
        brought += ids
    raise AssertionError("the pulls do not come to an end")


def endless(sizes):
    while True:
        yield from sizes


def named(items):
    """Ids are unique, as an origin's are; numbers sort by size."""
    return sorted({name: (at, name) for at, name in items}.values(), key=lambda item: (item[0], order(item[1])))


def order(name):
    return (0, int(name), "") if str(name).isdecimal() and str(name).isascii() else (1, 0, str(name))


STREAMS = st.lists(st.tuples(st.integers(0, 20), TEXTS), max_size=60).map(
    lambda pairs: named([(NOON + second * SECOND, name) for second, name in pairs])
)
SIZES = st.lists(st.integers(1, 7), min_size=1, max_size=5)


@given(STREAMS, SIZES, st.booleans())
def test_every_item_comes_once_and_in_order_wherever_pages_end(items, sizes, by_id_alone):
    assert pull_all(items, endless(sizes), by_id_alone=by_id_alone) == [name for _, name in items]


@given(STREAMS, SIZES, st.integers(0, 8), st.randoms())
def test_late_arrivals_within_the_overlap_come_once(items, sizes, overlap, chance):
    """Items become visible in any order, but never later than the overlap after a newer one was seen."""
    waiting, visible, state, brought = list(items), [], b"", []
    window = timedelta(seconds=overlap)
    for size in endless(sizes):
        while waiting and chance.random() < 0.5:
            newest = max([at for at, _ in visible], default=waiting[0][0])
            near = [item for item in waiting if item[0] <= waiting[0][0] + window and item[0] >= newest - window]
            item = chance.choice(near or waiting[:1])
            waiting.remove(item)
            visible.append(item)
        listing = sorted(visible, key=lambda item: item[0])
        ids, state = page(listing, state, size, window)
        brought += ids
        if not ids and not waiting:
            break
    assert len(brought) == len(set(brought))
    late_enough = {name for at, name in items}
    assert set(brought) == late_enough


FLOODS = {
    "neighbouring numbers": lambda chance: range(1, 4_001),
    "scattered numbers": lambda chance: sorted(chance.sample(range(10**12), 3_000)),
    "hashes": lambda chance: sorted(f"{chance.getrandbits(128):032x}" for _ in range(3_000)),
    "long names": lambda chance: sorted(f"{chance.getrandbits(128):0250x}" for _ in range(1_500)),
    "unspeakably long names": lambda chance: sorted("é" * 200 + str(n) for n in range(400)),
}


@pytest.mark.parametrize("kind", FLOODS)
@pytest.mark.parametrize("size", [200, 77])
def test_a_flood_in_one_instant_comes_once_and_to_an_end(kind, size):
    items = [(NOON, name) for name in FLOODS[kind](random.Random(7))]
    items += [(NOON + SECOND, "the one after")]
    assert pull_all(items, [size] * 400) == [name for _, name in items]


@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood_within_the_overlap_comes_once_and_to_an_end(kind):
    chance = random.Random(8)
    names = FLOODS[kind](chance)
    items = sorted(((NOON + chance.randrange(60) * SECOND, name) for name in names), key=lambda item: item[0])
    brought = pull_all(items, [200] * 400, overlap=timedelta(seconds=30))
    assert sorted(brought, key=str) == sorted((name for _, name in items), key=str)
    assert len(brought) == len(items)


@pytest.mark.parametrize("kind", ["scattered numbers", "hashes", "long names"])
def test_a_flood_in_one_instant_does_not_come_again_with_the_overlap(kind):
    items = [(NOON, name) for name in FLOODS[kind](random.Random(9))]
    items += [(NOON + number * SECOND, f"later {number}") for number in range(1, 4)]
    assert pull_all(items, [40] * 400, overlap=timedelta(seconds=5)) == [name for _, name in items]


def test_a_thousand_neighbouring_numbers_take_few_bytes():
    cursor = Cursor.load(b"", overlap=timedelta(minutes=1))
    for number in range(1_000_000, 1_003_000):
        cursor = cursor.seen(NOON + (number % 1000) // 100 * SECOND, number)
    assert len(cursor.dump()) < 300


def test_a_flood_out_of_order_forgets_rather_than_loses():
    names = [f"{random.Random(n).getrandbits(128):032x}" for n in range(1000)]
    cursor = Cursor.load(b"")
    for name in names:
        cursor = cursor.seen(NOON, name)
    again = Cursor.load(cursor.dump())
    known = [name for name in names if (NOON, name) in again]
    assert known == names[-len(known) :]
    assert len(known) > 300
    assert (NOON, "0" * 32) not in again


def test_it_begins_at_the_start_that_was_given():
    assert Cursor.load(b"").since is None
    assert Cursor.load(b"", start=NOON).since == NOON
    assert Cursor.load(b"", start=NOON).dump() == b""
    assert Cursor.load(b"", start=NOON).newest is None


def test_it_goes_on_at_the_newest_instant_less_the_overlap():
    cursor = Cursor.load(b"", overlap=5 * SECOND).seen(NOON, 1).seen(NOON - 3 * SECOND, 2)
    assert (cursor.newest, cursor.since) == (NOON, NOON - 5 * SECOND)


def test_the_overlap_does_not_reach_back_before_the_start():
    cursor = Cursor.load(b"", overlap=60 * SECOND, start=NOON).seen(NOON + SECOND, 1)
    assert cursor.since == NOON


def test_what_lies_before_since_counts_as_seen_where_its_instant_is_known():
    """Origins that compare whole seconds answer more than they were asked for."""
    cursor = Cursor.load(b"", overlap=SECOND / 2).seen(NOON, 1)
    assert (NOON - SECOND, 2) in cursor
    assert (NOON - SECOND / 4, 2) not in cursor
    assert 2 not in cursor


def test_a_longer_overlap_after_an_update_does_not_bring_old_items_again():
    state = Cursor.load(b"", overlap=5 * SECOND).seen(NOON, 1).dump()
    assert Cursor.load(state, overlap=60 * SECOND).since == NOON - 5 * SECOND


def test_seeing_gives_a_new_cursor_and_leaves_the_old_one():
    start = Cursor.load(b"")
    first = start.seen(NOON, "a")
    left, right = first.seen(NOON, "left"), first.seen(NOON, "right")
    assert ["left" in each for each in (start, first, left, right)] == [False, False, True, False]
    assert ["right" in each for each in (start, first, left, right)] == [False, False, False, True]
    assert ["a" in each for each in (start, first, left, right)] == [False, True, True, True]


def test_seeing_an_item_twice_changes_nothing():
    once = Cursor.load(b"").seen(NOON, "a")
    assert once.seen(NOON, "a") == once
    assert hash(once.seen(NOON, "a")) == hash(once)
    assert once != Cursor.load(b"")


def test_an_item_whose_instant_moved_on_is_remembered_at_the_later_one():
    cursor = Cursor.load(b"").seen(NOON, "a").seen(NOON + SECOND, "a")
    again = Cursor.load(cursor.dump())
    assert (NOON + SECOND, "a") in again
    assert again.since == NOON + SECOND


def test_the_time_zone_of_an_instant_does_not_matter():
    east = timezone(timedelta(hours=5, minutes=30))
    cursor = Cursor.load(b"").seen(NOON.astimezone(east), 1)
    assert cursor == Cursor.load(b"").seen(NOON, 1)
    assert cursor.since == NOON


def test_a_naive_instant_is_refused():
    with pytest.raises(ValueError, match="aware"):
        Cursor.load(b"").seen(datetime(2026, 1, 1), 1)  # noqa: DTZ001


def test_instants_long_ago_are_fine():
    old = datetime(1931, 5, 7, 1, 2, 3, 456, tzinfo=UTC)
    assert Cursor.load(Cursor.load(b"").seen(old, 1).dump()).since == old


def test_a_number_and_its_spelling_are_one_id():
    cursor = Cursor.load(b"").seen(NOON, 17)
    assert "17" in cursor
    assert 17 in cursor
    assert "017" not in cursor


@given(st.binary(max_size=200))
def test_bytes_that_are_no_cursor_are_refused(data):
    with suppress(InvalidRequest):
        assert len(Cursor.load(data).dump()) <= 3500


@given(STREAMS)
def test_a_cut_cursor_is_refused(items):
    cursor = Cursor.load(b"", overlap=60 * SECOND)
    for at, name in items:
        cursor = cursor.seen(at, name)
    data = cursor.dump()
    for end in range(1, len(data)):
        with pytest.raises((ValueError, IndexError)):
            decode(data[:end])


def test_it_prints_without_its_ids():
    assert repr(Cursor.load(b"").seen(NOON, "secret")) == f"Cursor(since={NOON}, remembered=1)"


@given(st.sampled_from([1_000, 1_700, 3_500]), st.integers(1, 900))
def test_a_cursor_keeps_to_the_bytes_that_it_is_given(most_bytes, count):
    cursor = Cursor.load(b"", overlap=3_600 * SECOND, most_bytes=most_bytes)
    for number in range(count):
        cursor = cursor.seen(NOON + number * SECOND, f"id-{number}")
    data = cursor.dump()
    assert len(data) <= most_bytes
    again = Cursor.load(data, overlap=3_600 * SECOND, most_bytes=most_bytes)
    assert all((NOON + number * SECOND, f"id-{number}") in again for number in range(count))
    assert (NOON + count * SECOND, "another") not in again


@pytest.mark.parametrize("most_bytes", [0, 999, 3_501])
def test_a_cursor_takes_no_fewer_bytes_than_it_needs_and_no_more_than_a_state_has(most_bytes):
    with pytest.raises(ValueError, match="most_bytes"):
        Cursor.load(b"", most_bytes=most_bytes)
