# SPDX-License-Identifier: Apache-2.0
"""Posts whose comments cannot be read for long: the others go on, and in the end everything came once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sealock_connector import InvalidRequest, OriginUnavailable
from sealock_connector.cursor import Cursor
from sealock_origins.meta.position import MOST_UNREAD_POSTS, InboxPosition, Position
from sealock_origins.meta.pull import UnreadPosts

HOUR, DAY = 3_600, 86_400


def at(second):
    return datetime.fromtimestamp(1_700_000_000 + second, UTC)


def words(page):
    return [each.message for each in page.resources]


@pytest.mark.parametrize("error", ["scope", "gone", "parameter"])
async def test_comments_of_a_post_that_cannot_be_read_for_days_come_in_the_end(meta, connector, values, error):
    closed, fine = meta.visitor_post("Closed"), meta.visitor_post("Fine")
    meta.comment(closed, "Before")
    page = await connector.pull(values)
    assert sorted(words(page)) == ["Before", "Closed", "Fine"]
    meta.store.clock.advance(HOUR)
    meta.store.faults.refused_reads = {closed.id: error}
    meta.comment(closed, "Not seen")
    meta.comment(fine, "Seen")
    page = await connector.pull(values, page.state)
    assert words(page) == ["Seen"]
    if error != "gone":
        assert (type(page.interruption), page.interruption.cause is None) == (OriginUnavailable, False)
    for number in range(5):
        meta.store.clock.advance(DAY)
        meta.comment(fine, f"Day {number}")
        page = await connector.pull(values, page.state)
        assert (words(page), page.interruption) == ([f"Day {number}"], None)
    meta.comment(closed, "Newest")
    meta.store.faults.refused_reads = {}
    found = []
    for _ in range(4):
        page = await connector.pull(values, page.state, max_resources=1)
        found += words(page)
    assert found == ["Not seen", "Newest"]


def test_posts_that_were_not_read_are_kept_and_read_back():
    unread = UnreadPosts()
    unread.begin(Cursor.load(b"", start=at(100)))
    for number in range(MOST_UNREAD_POSTS):
        for comment in range(5):
            unread.went_on(str(number), at(200), f"c_{comment}")
        assert unread.remember(str(number), at(300), passing=False)
    assert not unread.remember("one more", at(300), passing=False)
    position = Position(Cursor.load(b"", start=at(0), most_bytes=1_800), InboxPosition.begin(0), unread.kept())
    state = position.dump()
    assert Position.load(state, since=0, messages_since=0) == position
    read = UnreadPosts(Position.load(state, since=0, messages_since=0).unread)
    assert read.is_news("3", at(201), "c_9")
    assert read.is_news("3", at(200), "c_9")
    assert not read.is_news("3", at(200), "c_4")
    assert not read.is_news("3", at(199), "c_9")
    for cut in range(1, 280, 7):
        with pytest.raises(InvalidRequest):
            Position.load(state[: len(state) - cut], since=0, messages_since=0)


def test_a_post_that_is_read_again_is_forgotten():
    unread = UnreadPosts()
    unread.begin(Cursor.load(b"", start=at(100)))
    unread.remember("post", at(100), passing=True)
    assert unread.since("post", at(5_000)) == at(100)
    unread.was_read("post")
    assert (unread.kept(), unread.since("post", at(5_000))) == ({}, at(5_000))


def test_a_post_that_is_listed_no_more_is_forgotten_after_a_while():
    unread, now, gone = UnreadPosts(), 100, 0
    unread.begin(Cursor.load(b"", start=at(now)))
    unread.remember("post", at(now), passing=False)
    while not gone:
        now += DAY
        gone = unread.without_unlisted(["other"], at(now))
    assert now > 15 * DAY
    assert unread.kept() == {}
