# SPDX-License-Identifier: Apache-2.0
"""Replies where Instagram answers half of what is asked, and files of kinds that it does not take."""

from __future__ import annotations

import pytest

from sealock_connector import MessageRejected
from sealock_connector.testing import File
from sealock_devkit.emulators.meta.settings import DAY
from sealock_origins.instagram.media import Comment, Media


def sent(meta):
    return [each.text for each in meta.store.messages if not each.by_person]


async def message_of(meta, connector, values):
    meta.message("Hello", account=meta.instagram)
    [found] = (await connector.pull(values)).resources
    return found.external_id


@pytest.mark.parametrize("name", ["late", "too_much_now", "service", "thread_deleted", "no_profile", "user_not_found"])
async def test_a_conversation_that_cannot_be_looked_up_keeps_no_first_reply_back(meta, connector, values, name):
    where = await message_of(meta, connector, values)
    meta.store.clock.advance(2 * DAY)
    meta.store.faults.refused_reads = {"conversations": name}
    await connector.channelback(values, "We are.", key="k", parent_id=where)
    assert sent(meta) == ["We are."]


FILES = [
    ("a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("a.heic", "image/heic"),
    ("a.zip", "application/zip"),
    ("a.txt", "text/plain"),
    ("a.mkv", "video/x-matroska"),
    ("a", "application/octet-stream"),
]


@pytest.mark.parametrize(("name", "kind"), FILES)
async def test_a_file_of_a_kind_that_instagram_does_not_take_is_said_to_be_the_trouble(
    meta, connector, values, name, kind
):
    where = await message_of(meta, connector, values)
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(values, "Here:", parent_id=where, files=[File(name, kind, b"data")])
    assert "of a type that cannot be sent there" in refused.value.message_for_agent
    assert sent(meta) == []


def listed(number, **more):
    return {
        "data": [{"id": str(each), "timestamp": "2026-11-22T12:00:00+0000"} for each in range(1, number + 1)],
        **more,
    }


@pytest.mark.parametrize(
    ("comments", "more"),
    [
        (listed(50), True),
        (listed(50, paging={"cursors": {"after": "x"}}), True),
        (listed(49, paging={"cursors": {"after": "x"}}), False),
        (listed(3, paging={"next": "https://graph.facebook.com/x"}), True),
        (listed(0), False),
        ({}, False),
        (None, False),
    ],
)
def test_a_full_list_within_an_answer_may_go_on_although_no_next_place_is_given(comments, more):
    item = {"id": "17", "timestamp": "2026-11-22T12:00:00+0000"}
    assert Media.read({**item, "comments": comments}).more_comments is more
    assert Comment.read({**item, "text": "x", "replies": comments}).more_replies is more
