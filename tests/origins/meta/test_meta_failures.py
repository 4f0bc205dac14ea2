# SPDX-License-Identifier: Apache-2.0
"""What Meta's refusals mean, and which of them end a pull and which only one post."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_connector import (
    AccountRevoked,
    MessageRejected,
    NotFound,
    OriginThrottled,
    OriginUnavailable,
)
from sealock_origins.meta.failures import (
    OF_THE_ACCOUNT,
    REFUSALS,
    Meaning,
    Refused,
    explain,
    explain_to_pull,
    meaning_of,
    refusal,
)
from sealock_origins.meta.pull import MOST_POSTS, TRIES, UnreadablePosts

EXPLAINED = {
    Meaning.TOKEN_DEAD: AccountRevoked,
    Meaning.NOT_PERMITTED: AccountRevoked,
    Meaning.MOVED: AccountRevoked,
    Meaning.THROTTLED: OriginThrottled,
    Meaning.TRANSIENT: OriginUnavailable,
    Meaning.GONE: NotFound,
    Meaning.NOT_VISIBLE: NotFound,
}
CODES = [
    *((each.code, each.subcode or 0, EXPLAINED.get(each.meaning, MessageRejected)) for each in REFUSALS),
    *((code, 0, AccountRevoked) for code in (200, 229, 231, 299)),
    (987654, 0, MessageRejected),
]


def refused(code, subcode=0, *, status=400, **more):
    return refusal(status, {"code": code, "error_subcode": subcode, "message": "canary", **more})


@pytest.mark.parametrize(("code", "subcode", "expected"), CODES)
def test_every_documented_code_has_its_error(code, subcode, expected):
    error = explain(refused(code, subcode), "Facebook")
    assert type(error) is expected
    assert error.message_for_agent or expected not in {AccountRevoked, MessageRejected, NotFound}
    assert "canary" not in f"{error} {error.message_for_agent}"


def test_every_meaning_is_that_of_a_row():
    assert {each.meaning for each in REFUSALS} == set(Meaning)


def test_no_row_stands_twice():
    numbers = [(each.code, each.subcode) for each in REFUSALS]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("subcode", [2018278, 2534022, 2018300, 2534037, 1545041, 2534041])
@pytest.mark.parametrize("code", [10, 100, 200, 551, 3])
def test_a_subcode_means_the_same_under_every_code(code, subcode):
    assert meaning_of(code, subcode) is next(each.meaning for each in REFUSALS if each.subcode == subcode)


LASTING = {meaning_of(code, transient=True) for code in (21, 101, 190, 613, 2635, 1609005)}


@given(st.integers(-10, 100_000), st.integers(0, 3_000_000), st.integers(400, 599), st.booleans())
def test_numbers_that_nobody_documented_have_a_meaning_too(code, subcode, status, transient):
    meaning = meaning_of(code, subcode, status=status, transient=transient)
    assert isinstance(meaning, Meaning)
    assert not (transient or status >= 500) or meaning in {Meaning.TRANSIENT, *LASTING}


@pytest.mark.parametrize(("code", "subcode", "expected"), CODES)
def test_a_pull_is_never_told_that_a_message_is_refused(code, subcode, expected):
    error = explain_to_pull(refused(code, subcode), "Facebook")
    assert type(error) is (OriginUnavailable if expected in {MessageRejected, NotFound} else expected)
    assert error.cause, "whoever looks at the dashboard sees why"


@pytest.mark.parametrize(("subcode", "why"), [(458, "the app was removed"), (460, "the password was changed")])
def test_a_dead_token_says_why_where_meta_does(subcode, why):
    assert why in explain(refused(190, subcode, status=401), "Instagram").message_for_agent


def test_what_meta_says_to_people_is_passed_on_and_cut():
    assert explain(refused(100, error_user_msg="Too spicy."), "Facebook").message_for_agent.endswith("Too spicy.")
    assert len(explain(refused(100, error_user_msg="x" * 9_000), "Facebook").message_for_agent) < 511


@pytest.mark.parametrize("code", ["190", 190])
def test_a_dead_token_is_seen_also_where_its_number_is_a_text(code):
    assert refusal(400, {"code": code, "error_subcode": "460"}).subcode == 460
    assert refusal(400, {"code": code}).meaning is Meaning.TOKEN_DEAD


@pytest.mark.parametrize(
    "odd", [{}, {"code": "xyz"}, {"code": "1" * 10_000}, {"code": True}, {"code": None, "error_subcode": []}]
)
def test_an_error_without_numbers_is_a_refusal_all_the_same(odd):
    assert refusal(400, odd).meaning is Meaning.BAD_REQUEST


def test_a_throttled_call_is_told_when_to_come_back():
    waiting = refusal(400, {"code": 80001}, timedelta(minutes=7))
    assert explain(waiting, "Facebook").retry_after == timedelta(minutes=7)
    assert explain(refused(613), "Facebook").retry_after == timedelta(minutes=1)


TRANSIENT = Refused(500, 1, 0, Meaning.TRANSIENT)


@pytest.mark.parametrize("meaning", sorted(OF_THE_ACCOUNT, key=lambda each: each.name))
def test_what_concerns_the_account_ends_every_pull(meaning):
    unreadable = UnreadablePosts()
    for _ in range(TRIES + 2):
        with pytest.raises(Refused):
            unreadable.pass_over("post", Refused(400, 1, 0, meaning))


@pytest.mark.parametrize("meaning", sorted(set(Meaning) - OF_THE_ACCOUNT - {Meaning.TRANSIENT}, key=lambda m: m.name))
def test_what_concerns_the_post_ends_no_pull(meaning, caplog):
    UnreadablePosts().pass_over("post", Refused(400, 1, 0, meaning))
    assert bool(caplog.records) == (meaning is not Meaning.GONE)


def fail(unreadable: UnreadablePosts, post: str, times: int) -> int:
    """How many pulls ended."""
    ended = 0
    for _ in range(times):
        try:
            unreadable.pass_over(post, TRANSIENT)
        except Refused:
            ended += 1
    return ended


def test_failures_end_some_pulls_in_a_row_and_each_post_has_its_own():
    unreadable = UnreadablePosts()
    assert fail(unreadable, "one", TRIES + 3) == TRIES
    assert fail(unreadable, "other", 1) == 1


def test_a_post_that_was_read_is_waited_for_anew():
    unreadable = UnreadablePosts()
    fail(unreadable, "post", TRIES + 1)
    unreadable.was_read("post")
    assert fail(unreadable, "post", TRIES + 1) == TRIES


def test_only_the_latest_failures_are_remembered():
    unreadable = UnreadablePosts()
    fail(unreadable, "post", TRIES)
    for number in range(MOST_POSTS):
        fail(unreadable, str(number), 1)
    assert fail(unreadable, "post", 1) == 1
