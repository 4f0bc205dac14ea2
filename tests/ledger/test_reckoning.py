# SPDX-License-Identifier: Apache-2.0
"""A reckoning finds whatever is lost, twice, out of order or in the wrong place."""

from __future__ import annotations

import pytest

from sealock_devkit.ledger.logbook import Entry
from sealock_devkit.ledger.reckoning import Answered, Arrived, reckon

AT = "2026-01-01T00:00:00+00:00"
ENTRIES = [
    Entry(1, "pier", 1, "Ann", "one", AT),
    Entry(2, "pier", 1, "Bob", "two", AT),
    Entry(3, "pier", 3, "Cid", "three", AT, listed=False),
    Entry(4, "pier", 1, "the account", "reply 1", AT, mark="key-1"),
]
ARRIVED = [Arrived(10, "pier/1"), Arrived(10, "pier/2"), Arrived(11, "pier/3"), Arrived(10, "pier/4")]
REPLIES = [Answered("reply 1", delivered=True), Answered("reply 2", delivered=False)]


def test_what_is_there_once_adds_up():
    assert reckon(ENTRIES, ARRIVED, REPLIES).problems() == []


@pytest.mark.parametrize(
    ("arrived", "problem"),
    [
        (ARRIVED[1:], "lost: pier/1 (one)"),
        ([*ARRIVED, Arrived(10, "pier/3")], "doubled: pier/3 (three), 2 times"),
        ([*ARRIVED, Arrived(12, "pier/4")], "doubled: pier/4 (reply 1), 2 times"),
        ([ARRIVED[1], ARRIVED[0], *ARRIVED[2:]], "out of order: pier/1 on ticket 10"),
        ([ARRIVED[0], Arrived(12, "pier/2"), *ARRIVED[2:]], "on another ticket: pier/2"),
        ([], "lost: pier/3 (three)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_add_up_is_named(arrived, problem):
    assert problem in reckon(ENTRIES, arrived, REPLIES).problems()


def test_a_reply_that_is_said_to_be_delivered_and_is_nowhere_is_lost():
    assert reckon(ENTRIES[:3], ARRIVED[:3], REPLIES).problems() == ["delivered, and not at the origin: reply 1"]


def test_a_reply_that_failed_may_be_at_the_origin_once():
    failed = [Answered("reply 1", delivered=False)]
    assert reckon(ENTRIES, ARRIVED, failed).adds_up


@pytest.mark.parametrize("delivered", [True, False])
def test_a_reply_that_was_posted_twice_is_doubled_whatever_is_said_of_it(delivered):
    again = Entry(5, "pier", 1, "the account", "reply 1", AT, mark="key-1")
    found = reckon([*ENTRIES, again], ARRIVED, [Answered("reply 1", delivered=delivered)])
    assert found.problems() == ["posted twice: reply 1, 2 times"]
