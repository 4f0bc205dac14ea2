# SPDX-License-Identifier: Apache-2.0
"""Which refusals end a pull, and which only one post."""

from __future__ import annotations

import pytest

from sealock_origins.meta.failures import OF_THE_ACCOUNT, Meaning, Refused
from sealock_origins.meta.pull import MOST_POSTS, TRIES, UnreadablePosts

TRANSIENT = Refused(500, 1, 0, Meaning.TRANSIENT)


@pytest.mark.parametrize("meaning", sorted(OF_THE_ACCOUNT, key=lambda each: each.name))
def test_what_concerns_the_account_ends_every_pull(meaning):
    patience = UnreadablePosts()
    for _ in range(TRIES + 2):
        with pytest.raises(Refused):
            patience.pass_over("post", Refused(400, 1, 0, meaning))


@pytest.mark.parametrize("meaning", sorted(set(Meaning) - OF_THE_ACCOUNT - {Meaning.TRANSIENT}, key=lambda m: m.name))
def test_what_concerns_the_post_ends_no_pull(meaning, caplog):
    UnreadablePosts().pass_over("post", Refused(400, 1, 0, meaning))
    assert bool(caplog.records) == (meaning is not Meaning.GONE)


def fail(patience: UnreadablePosts, post: str, times: int) -> int:
    """How many pulls ended."""
    ended = 0
    for _ in range(times):
        try:
            patience.pass_over(post, TRANSIENT)
        except Refused:
            ended += 1
    return ended


def test_failures_end_some_pulls_in_a_row_and_each_post_has_its_own():
    patience = UnreadablePosts()
    assert fail(patience, "one", TRIES + 3) == TRIES
    assert fail(patience, "other", 1) == 1


def test_a_post_that_was_read_is_waited_for_anew():
    patience = UnreadablePosts()
    fail(patience, "post", TRIES + 1)
    patience.renew("post")
    assert fail(patience, "post", TRIES + 1) == TRIES


def test_only_the_latest_failures_are_remembered():
    patience = UnreadablePosts()
    fail(patience, "post", TRIES)
    for number in range(MOST_POSTS):
        fail(patience, str(number), 1)
    assert fail(patience, "post", 1) == 1
