# SPDX-License-Identifier: Apache-2.0
"""What Meta's refusals mean, and which of them end a pull and which only one post."""

from __future__ import annotations

from datetime import timedelta

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
from sealock_origins.meta.failures import (
    MEANINGS,
    OF_THE_ACCOUNT,
    Meaning,
    Refused,
    explain,
    explain_to_pull,
    meaning_of,
    refusal,
)
from sealock_origins.meta.pull import MOST_POSTS, TRIES, UnreadablePosts

CODES = [
    *((190, sub, AccountRevoked) for sub in (0, 458, 459, 460, 463, 464, 467)),
    (102, 0, AccountRevoked),
    *((code, 0, AccountRevoked) for code in (3, 10, 200, 229, 231, 299)),
    *((code, 0, OriginThrottled) for code in (4, 17, 32, 341, 613, 80001, 80002, 80006)),
    (80001, 2446079, OriginThrottled),
    (1, 0, OriginUnavailable),
    (2, 0, OriginUnavailable),
    (100, 33, NotFound),
    (100, 0, MessageRejected),
    (100, 2018218, NotFound),
    (100, 2018001, NotFound),
    (230, 0, NotFound),
    (368, 0, MessageRejected),
    (506, 0, MessageRejected),
    (10, 2018278, MessageRejected),
    (10, 2534022, MessageRejected),
    (551, 1545041, MessageRejected),
    (551, 0, MessageRejected),
    (10900, 0, MessageRejected),
    (10903, 0, MessageRejected),
    (10, 1893063, MessageRejected),
    (104, 0, ConnectorError),
    (2635, 0, ConnectorError),
    (987654, 0, MessageRejected),
]
EXPLAINED = {
    Meaning.TOKEN_DEAD: AccountRevoked,
    Meaning.NOT_PERMITTED: AccountRevoked,
    Meaning.THROTTLED: OriginThrottled,
    Meaning.TRANSIENT: OriginUnavailable,
    Meaning.GONE: NotFound,
    Meaning.NOT_VISIBLE: NotFound,
    Meaning.MISCONFIGURED: ConnectorError,
}


def refused(code, subcode=0, *, status=400, **more):
    return refusal(status, {"code": code, "error_subcode": subcode, "message": "canary", **more})


@pytest.mark.parametrize(("code", "subcode", "expected"), CODES)
def test_every_documented_code_has_its_error(code, subcode, expected):
    error = explain(refused(code, subcode), "Facebook")
    assert type(error) is expected
    assert error.message_for_agent or expected not in {AccountRevoked, MessageRejected, NotFound}
    assert "canary" not in f"{error} {error.message_for_agent}"


def test_every_meaning_has_an_error_and_each_is_used():
    for meaning in Meaning:
        [row] = [key for key, each in MEANINGS.items() if each is meaning][:1]
        error = explain(refused(row[0], row[1] or 0), "Facebook")
        assert type(error) is EXPLAINED.get(meaning, MessageRejected)


@given(st.integers(-10, 100_000), st.integers(0, 3_000_000), st.integers(400, 599), st.booleans())
def test_numbers_that_nobody_documented_have_a_meaning_too(code, subcode, status, transient):
    meaning = meaning_of(code, subcode, status=status, transient=transient)
    lasting = {Meaning.THROTTLED, Meaning.TOKEN_DEAD, Meaning.MISCONFIGURED}
    assert isinstance(meaning, Meaning)
    assert not (transient or status >= 500) or meaning is Meaning.TRANSIENT or meaning in lasting


@pytest.mark.parametrize(("code", "subcode", "expected"), CODES)
def test_a_pull_is_never_told_that_a_message_is_refused(code, subcode, expected):
    error = explain_to_pull(refused(code, subcode), "Facebook")
    assert type(error) is (OriginUnavailable if expected in {MessageRejected, NotFound} else expected)


@pytest.mark.parametrize(("subcode", "why"), [(458, "the app was removed"), (460, "the password was changed")])
def test_a_dead_token_says_why_where_meta_does(subcode, why):
    assert why in explain(refused(190, subcode, status=401), "Instagram").message_for_agent


def test_what_meta_says_to_people_is_passed_on_and_cut():
    assert explain(refused(100, error_user_msg="Too spicy."), "Facebook").message_for_agent.endswith("Too spicy.")
    assert len(explain(refused(100, error_user_msg="x" * 9_000), "Facebook").message_for_agent) < 511


@pytest.mark.parametrize("odd", [{}, {"code": "190"}, {"code": True}, {"code": None, "error_subcode": []}])
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
