# SPDX-License-Identifier: Apache-2.0
"""Replies where Meta answers half of what is asked, in another shape, or with its own idea of the time to answer."""

from __future__ import annotations

import asyncio

import pytest

from sealock_connector import ConnectorError, MessageRejected, OriginUnavailable
from sealock_connector.testing import File
from sealock_devkit.emulators.meta.settings import DAY
from sealock_origins.facebook.resources import CommentId

PNG = File("a.png", "image/png", b"\x89PNG\r\n\x1a\n")


def sent(meta):
    return [each.text for each in meta.store.messages if not each.by_person]


async def message_of(meta, connector, values):
    meta.message()
    [found] = (await connector.pull(values)).resources
    return found.external_id


async def repeated(connector, *arguments, **more):
    async with asyncio.timeout(30):
        while True:
            try:
                return await connector.channelback(*arguments, **more)
            except OriginUnavailable:
                await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    "name",
    [
        "late",
        "too_much",
        "too_much_now",
        "service",
        "parameter",
        "gone",
        "no_profile",
        "no_match",
        "fault",
        "syntax",
        "permission",
    ],
)
async def test_a_conversation_that_cannot_be_looked_up_keeps_no_first_reply_back(meta, connector, values, name):
    where = await message_of(meta, connector, values)
    meta.store.faults.refused_reads = {"conversations": name}
    await connector.channelback(values, "We are.", key="k", parent_id=where)
    assert sent(meta) == ["We are."]


async def test_a_conversation_whose_messages_cannot_be_read_keeps_no_first_reply_back(meta, connector, values):
    where = await message_of(meta, connector, values)
    meta.store.faults.refused_reads = {"messages": "late"}
    await connector.channelback(values, "We are.", key="k", parent_id=where)
    assert sent(meta) == ["We are."]


async def test_a_reply_that_may_have_been_sent_is_not_sent_again_while_nobody_can_look(meta, connector, values):
    where = await message_of(meta, connector, values)
    meta.store.faults.lose_answers = 1
    meta.store.faults.refused_reads = {"conversations": "late"}
    for _ in range(3):
        with pytest.raises(ConnectorError) as failed:
            await connector.channelback(values, "Once", key="k", parent_id=where)
        assert not failed.value.nothing_sent
        await asyncio.sleep(0.3)
    meta.store.faults.refused_reads = {}
    await repeated(connector, values, "Once", key="k", parent_id=where)
    assert sent(meta) == ["Once"]


async def test_a_window_that_a_comment_opened_again_is_open(meta, connector, values):
    where = await message_of(meta, connector, values)
    meta.store.clock.advance(20 * DAY)
    meta.comment(meta.page_post, "And now?")
    await connector.channelback(values, "Now we are.", parent_id=where)
    assert sent(meta) == ["Now we are."]


async def test_a_window_that_is_closed_is_said_to_be(meta, connector, values):
    where = await message_of(meta, connector, values)
    meta.store.clock.advance(8 * DAY)
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(values, "Late", parent_id=where)
    assert "seven days" in refused.value.message_for_agent
    assert sent(meta) == []


async def test_a_window_of_which_nothing_is_known_is_tried_as_a_persons_answer_too(meta, connector, values):
    where = await message_of(meta, connector, values)
    meta.store.clock.advance(2 * DAY)
    meta.store.faults.refused_reads = {"conversations": "late"}
    await connector.channelback(values, "Two days late", parent_id=where)
    assert sent(meta) == ["Two days late"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.heic", "image/heic"),
        ("a.svg", "image/svg+xml"),
        ("a.tiff", "image/tiff"),
        ("a.mkv", "video/x-matroska"),
        ("a.txt", "text/plain"),
        ("a.docx", "application/octet-stream"),
    ],
)
async def test_a_picture_that_messenger_does_not_show_goes_as_a_file(meta, connector, values, name, kind):
    where = await message_of(meta, connector, values)
    await connector.channelback(values, "", parent_id=where, files=[File(name, kind, b"data")])
    [message] = [each for each in meta.store.messages if not each.by_person]
    assert len(message.attachments) == 1


@pytest.mark.parametrize(
    "oddity",
    [
        "numeric_ids",
        "text_numbers",
        "nobody",
        "no_participants",
        "seconds",
        "no_zone",
        "twice",
        "with_rubbish",
        "null_lists",
    ],
)
async def test_replies_go_once_with_odd_answers(meta, connector, values, oddity):
    top = meta.comment(meta.page_post)
    deep = meta.comment(top, "An answer", person="Ben Sample")
    message = await message_of_all(meta, connector, values)
    meta.store.faults.odd = [oddity]
    for kind, where in {"comment": comment_id(meta, deep), "message": message}.items():
        meta.store.faults.lose_answers = 1
        await repeated(connector, values, f"To a {kind}", key=kind, parent_id=where)
    await repeated(connector, values, "With a picture", key="picture", parent_id=message, files=[PNG])
    assert sent(meta) == ["To a message", "With a picture", ""]
    assert [each.message for each in meta.store.comments if each.author_id == meta.page.id] == ["To a comment"]


async def message_of_all(meta, connector, values):
    message = meta.message()
    found = (await connector.pull(values)).resources
    [where] = [each.external_id for each in found if message.id in each.external_id]
    return where


def comment_id(meta, comment):
    return str(CommentId(meta.page.id, comment.post_id, comment.id))
