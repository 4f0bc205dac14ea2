# SPDX-License-Identifier: Apache-2.0
"""What Zendesk keeps of an account: of one size, read back as it was, and never ahead of what was done."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_connector import Account, InvalidRequest
from sealock_origins.facebook.account import PageAccount
from sealock_origins.instagram.account import InstagramAccount
from sealock_origins.meta.account import MOST_SENT, was_sent, with_sent
from sealock_origins.meta.position import MOST_BYTES, OVERLAP, InboxPosition, Position

DONE = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 5_000), st.integers(0, 3)), max_size=400)


def walked(done):
    position = InboxPosition.begin(1_000)
    for conversation, at, number in sorted(done, key=lambda each: each[1]):
        position = position.with_message(f"t_{conversation}", f"m_{at}_{number}", 1_000 + at, last=number > 1)
    return position


@given(DONE)
def test_a_position_is_small_and_read_back_as_it_was(done):
    position = walked(done)
    state = position.dump()
    assert len(state) <= MOST_BYTES
    assert InboxPosition.load(state) == position


@given(DONE)
def test_what_was_done_is_known_and_what_comes_later_is_not(done):
    position = walked(done[:60])
    for conversation, at, number in done[:60]:
        assert position.knows(f"t_{conversation}", f"m_{at}_{number}", 1_000 + at)
    for conversation in {each[0] for each in done}:
        assert not position.knows(f"t_{conversation}", "m_new", 10_000)
    assert position.knows("t_other", "m_old", 999)
    assert not position.knows("t_other", "m_new", 1_000)


def test_messages_of_one_second_are_told_apart():
    position = InboxPosition.begin(0).with_message("t", "a", 50, last=False)
    assert position.knows("t", "a", 50)
    assert not position.knows("t", "b", 50)
    assert position.with_message("t", "b", 50, last=True).knows("t", "a", 50)
    assert position.knows("t", "b", 49)


def test_a_conversation_is_not_done_while_messages_of_its_last_second_wait():
    position = InboxPosition.begin(0).with_message("t", "a", 50, last=False)
    assert not position.reaches("t", 50)
    done = position.with_message("t", "b", 50, last=True)
    assert done.reaches("t", 50)
    assert not done.reaches("t", 51)


def test_a_conversation_that_waits_to_be_looked_at_again_is_not_passed_by():
    position = InboxPosition.begin(0).with_message("t", "a", 50, last=True)
    assert position.with_conversation(500, waiting=50).concerns(50)
    assert not position.with_conversation(500).concerns(50)


def test_the_floor_rises_once_everything_is_done():
    position = InboxPosition.begin(0).with_message("t", "a", 500, last=True).with_conversation(500)
    assert position.concerns(500 - OVERLAP)
    assert not position.concerns(500 - OVERLAP - 1)
    assert not position.knows("other", "b", 100)
    settled = position.settled()
    assert settled.knows("other", "b", 100)
    assert not settled.knows("other", "b", 500 - OVERLAP)
    assert settled.knows("t", "a", 500)


def test_what_was_not_wanted_until_now_begins_now():
    position = InboxPosition.begin(0).with_message("t", "a", 500, last=True).with_conversation(500)
    later = position.not_before(600)
    assert later.knows("other", "b", 599)
    assert not later.concerns(599)
    assert position.not_before(0) is position


@pytest.mark.parametrize("state", [b"", b"x", InboxPosition().dump() + b"x", b"\x09" + InboxPosition().dump()[1:]])
def test_states_of_nobody_are_refused(state):
    with pytest.raises(InvalidRequest):
        InboxPosition.load(state)


@given(st.lists(st.text(min_size=1), unique=True, max_size=150))
def test_the_last_messages_that_were_sent_are_remembered(messages):
    sent = ""
    for message in messages:
        sent = with_sent(sent, [message])
    assert len(sent) <= 480
    assert all(was_sent(sent, message) for message in messages[-MOST_SENT:])
    assert not any(was_sent(sent, message) for message in messages[:-MOST_SENT])
    assert with_sent(sent, messages[-1:]) == sent


@pytest.mark.parametrize("odd", ["", "no base 64", "ä", "AAAA"])
def test_an_odd_memory_is_an_empty_one(odd):
    assert not was_sent(odd, "m_1")
    assert was_sent(with_sent(odd, ["m_1"]), "m_1")


STORED_POSITION = bytes.fromhex(
    "01002d010180a0bd9a8489850680d0a54c0003315f3202808ece1c000196fab38b763c5aa3000001684f9758214d139201000000006553f2f4"
    "000000006553f344000000006553f3bc00000000000000004007640409490000006401c4266b932e640789be64000000c881b2c8ba56"
)
"""The position of an account that began 1,700,000,000 seconds after 1970, as version 0.1.0 wrote it."""


def test_a_position_is_written_as_it_always_was():
    position = Position.load(b"", since=1_700_000_000, messages_since=1_700_000_500)
    posts = position.posts.seen(at(100), "1001_1").seen(at(160), "1_2")
    inbox = position.inbox.with_message("t_1", "m_1", 1_700_000_600, last=False)
    inbox = inbox.with_message("t_2", "m_2", 1_700_000_700, last=True).with_conversation(1_700_000_700)
    assert position.with_posts(posts).with_inbox(inbox).dump() == STORED_POSITION


def test_a_position_is_read_as_it_always_was():
    position = Position.load(STORED_POSITION, since=1_700_000_000, messages_since=1_700_000_500)
    assert position.dump() == STORED_POSITION
    assert (at(160), "1_2") in position.posts
    assert position.inbox.knows("t_1", "m_1", 1_700_000_600)
    assert position.inbox.reaches("t_2", 1_700_000_700)
    assert not position.inbox.reaches("t_1", 1_700_000_600)


def test_what_was_sent_is_written_as_it_always_was():
    assert with_sent("", ["m_1", "1_2"]) == "6vIQRAY/NPrlUbhv"


def at(seconds):
    return datetime.fromtimestamp(1_700_000_000 + seconds, UTC)


PAGE_VALUES = {
    "page": "1001",
    "name": "The Bakery",
    "token": "canary",
    "since": 1,
    "messages_since": 2,
    "comments": True,
    "visitor_posts": False,
    "messages": True,
}
INSTAGRAM_VALUES = {
    "login": "facebook",
    "id": "1784",
    "own_id": "1785",
    "username": "bakery",
    "token": "canary",
    "token_at": 3,
    "since": 1,
    "messages_since": 2,
    "comments": True,
    "mentions": False,
    "messages": True,
}
LATER = {"privately": False, "sent": ""}
"""Values that both kinds of account may lack, with what they then are."""
ACCOUNTS = [
    (PageAccount, PAGE_VALUES, {**LATER, "per_post": False, "hidden_too": False}),
    (InstagramAccount, INSTAGRAM_VALUES, {**LATER, "page": ""}),
]


@pytest.mark.parametrize(("kind", "values", "later"), ACCOUNTS)
def test_an_accounts_values_are_read_and_written_as_they_always_were(kind, values, later):
    account = kind.of(Account("a", values))
    assert account.as_values() == {**values, **later}
    assert kind.of(Account("a", account.as_values())) == account


@pytest.mark.parametrize(("kind", "values"), [each[:2] for each in ACCOUNTS])
def test_an_account_without_one_of_its_values_is_refused_by_its_name(kind, values):
    for name in values:
        with pytest.raises(InvalidRequest, match=name):
            kind.of(Account("a", {other: value for other, value in values.items() if other != name}))
