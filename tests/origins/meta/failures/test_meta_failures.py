# SPDX-License-Identifier: Apache-2.0
"""What Meta's refusals mean, and which of them end a pull and which only one post."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_connector import (
    AccountRevoked,
    ConnectorError,
    MessageRejected,
    NotFound,
    OriginThrottled,
    OriginUnavailable,
)
from sealock_connector.egress import AnswerTooLarge
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
from sealock_origins.meta.pull import MOST_POSTS, TRIES, PullOfPosts, UnreadablePosts, not_ahead

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
NOT_PERMITTED = Refused(403, 200, 0, Meaning.NOT_PERMITTED)


def a_pull(unreadable: UnreadablePosts, means: ConnectorError | None = None) -> PullOfPosts:
    """One pull, to which refusals mean this for the account."""

    async def explain(refused: Refused) -> ConnectorError:
        return means or OriginUnavailable(refused.detail)

    return PullOfPosts(unreadable, explain)


@pytest.mark.parametrize("meaning", sorted(OF_THE_ACCOUNT - {Meaning.NOT_PERMITTED}, key=lambda each: each.name))
def test_what_concerns_the_account_ends_every_pull(meaning):
    unreadable = UnreadablePosts()
    for _ in range(TRIES + 2):
        with pytest.raises(Refused):
            a_pull(unreadable).pass_over("post", Refused(400, 1, 0, meaning))


@pytest.mark.parametrize("meaning", sorted(set(Meaning) - OF_THE_ACCOUNT - {Meaning.TRANSIENT}, key=lambda m: m.name))
def test_what_concerns_the_post_ends_no_pull(meaning, caplog):
    a_pull(UnreadablePosts()).pass_over("post", Refused(400, 1, 0, meaning))
    assert bool(caplog.records) == (meaning is not Meaning.GONE)


async def test_posts_that_may_not_be_read_end_a_pull_that_can_read_no_other():
    pull = a_pull(UnreadablePosts(), AccountRevoked("lost"))
    pull.pass_over("one", NOT_PERMITTED)
    with pytest.raises(AccountRevoked):
        await pull.begun()


async def test_a_post_that_may_not_be_read_does_not_stop_the_others():
    pull = a_pull(UnreadablePosts(), AccountRevoked("lost"))
    pull.pass_over("one", NOT_PERMITTED)
    pull.was_read("other")
    await pull.begun()


async def test_posts_that_may_never_be_read_end_some_pulls_only():
    unreadable, ended = UnreadablePosts(), 0
    for _ in range(TRIES + 3):
        pull = a_pull(unreadable)
        pull.pass_over("one", NOT_PERMITTED)
        try:
            await pull.begun()
        except OriginUnavailable:
            ended += 1
    assert ended == TRIES


def fail(unreadable: UnreadablePosts, post: str, times: int, error: Exception = TRANSIENT) -> int:
    """How many pulls ended."""
    ended = 0
    for _ in range(times):
        try:
            a_pull(unreadable).pass_over(post, error)
        except (Refused, OriginUnavailable):
            ended += 1
    return ended


@pytest.mark.parametrize("error", [TRANSIENT, AnswerTooLarge("large"), OriginUnavailable("a page instead")])
def test_failures_end_some_pulls_in_a_row_and_each_post_has_its_own(error):
    unreadable = UnreadablePosts()
    assert fail(unreadable, "one", TRIES + 3, error) == TRIES
    assert fail(unreadable, "other", 1, error) == 1


def test_a_post_that_was_read_is_waited_for_anew():
    unreadable = UnreadablePosts()
    fail(unreadable, "post", TRIES + 1)
    a_pull(unreadable).was_read("post")
    assert fail(unreadable, "post", TRIES + 1) == TRIES


def test_only_the_latest_failures_are_remembered():
    unreadable = UnreadablePosts()
    fail(unreadable, "post", TRIES)
    for number in range(MOST_POSTS):
        fail(unreadable, str(number), 1)
    assert fail(unreadable, "post", 1) == 1


@pytest.mark.parametrize("hours", [-9, 0, 10, 10**5])
def test_the_place_of_an_item_is_never_ahead_of_the_clock(hours):
    now = datetime(2026, 11, 30, tzinfo=UTC)
    written = now + timedelta(hours=hours)
    assert not_ahead(written, now) == min(written, now)
