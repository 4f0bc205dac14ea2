# SPDX-License-Identifier: Apache-2.0
"""A reply goes where it is taken, and whether anybody can see it there is looked at."""

from __future__ import annotations

import asyncio

import pytest

from sealock_connector import MessageRejected, OriginUnavailable
from sealock_connector.testing import File
from sealock_origins.facebook.resources import CommentId, PostId

PNG = File("a.png", "image/png", b"\x89PNG\r\n\x1a\n")


def ours(meta):
    return [each for each in meta.store.comments if each.author_id == meta.page.id]


def comment_id(meta, comment):
    return str(CommentId(meta.page.id, comment.post_id, comment.id))


async def repeated(connector, *arguments, **more):
    async with asyncio.timeout(30):
        while True:
            try:
                return await connector.channelback(*arguments, **more)
            except OriginUnavailable:
                await asyncio.sleep(0.1)


@pytest.mark.parametrize("lost", [False, True])
async def test_a_reply_that_a_filter_hides_is_told_to_the_agent_and_not_posted_again(meta, connector, values, lost):
    where = comment_id(meta, meta.comment(meta.page_post))
    meta.page.hides = ["refund"]
    meta.store.faults.lose_answers = int(lost)
    for _ in range(2):
        with pytest.raises(MessageRejected) as refused:
            await repeated(connector, values, "We refund it.", key="k", parent_id=where)
        assert "hides it" in refused.value.message_for_agent
    assert [each.hidden for each in ours(meta)] == [True]
    await connector.channelback(values, "We pay it back.", key="other", parent_id=where)
    assert [each.hidden for each in ours(meta)] == [True, False]


async def test_a_reply_that_is_removed_at_once_is_told_to_the_agent(meta, connector, values):
    where = comment_id(meta, meta.comment(meta.page_post))
    meta.store.faults.removed_at_once = 1
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(values, "Hello", parent_id=where)
    assert "does not show it" in refused.value.message_for_agent


async def test_a_reply_that_cannot_be_read_back_is_taken_to_be_seen(meta, connector, values):
    where = comment_id(meta, meta.comment(meta.page_post))
    meta.store.faults.errors = ["", "", "service"]
    posted = await connector.channelback(values, "Hello", parent_id=where)
    assert posted.external_id.endswith(ours(meta)[0].id)


async def test_nobody_can_comment_is_asked_of_the_place_and_not_of_the_item(meta, connector, values):
    top = meta.comment(meta.page_post)
    answer = meta.comment(top, person="Ben Sample")
    answer.can_comment = False
    await connector.channelback(values, "Hello", key="a", parent_id=comment_id(meta, answer))
    assert [each.parent_id for each in ours(meta)] == [top.id]
    top.can_comment = False
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(values, "Hello", key="b", parent_id=comment_id(meta, answer))
    assert "takes no replies to this comment" in refused.value.message_for_agent


async def test_a_visitors_post_that_takes_no_comments_is_known_before_it_is_tried(meta, connector, values):
    post = meta.visitor_post("Lovely!")
    post.can_comment = False
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(values, "Thanks", parent_id=str(PostId(meta.page.id, post.id)))
    assert "takes no comments on this post" in refused.value.message_for_agent


REFUSED_COMMENTS = {
    "spam": "takes this for spam",
    "link": "Send it without links",
    "own_link": "Send it without links",
    "wall": "takes no comments there",
    "cannot_comment": "The sign-in is in order",
    "abusive": "with other words",
    "duplicate": "the same reply already",
    "permission": "The sign-in is in order",
}


@pytest.mark.parametrize("name", REFUSED_COMMENTS)
async def test_a_refused_comment_leaves_the_account_alone(meta, connector, values, name):
    where = comment_id(meta, meta.comment(meta.page_post))
    meta.store.faults.refusals = {"comments": name}
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(values, "Hello", key="a", parent_id=where)
    assert REFUSED_COMMENTS[name] in refused.value.message_for_agent
    meta.store.faults.refusals = {}
    await connector.channelback(values, "Hello", key="b", parent_id=where)
    assert len(ours(meta)) == 1


async def test_a_message_that_was_sent_though_an_error_says_otherwise_is_not_sent_again(meta, connector, values):
    meta.message()
    [found] = (await connector.pull(values)).resources
    meta.store.faults.refusals = {"messages": "sent_and_refused"}
    with pytest.raises(OriginUnavailable):
        await connector.channelback(values, "Once", key="k", parent_id=found.external_id)
    await repeated(connector, values, "Once", key="k", parent_id=found.external_id)
    assert [each.text for each in meta.store.messages if not each.by_person] == ["Once"]


@pytest.mark.parametrize("text", ["", " \n", "\u200b", "\u2060\ufeff\u200e"])
async def test_a_reply_that_shows_nothing_is_refused_before_anything_is_asked(meta, connector, values, text):
    meta.message()
    [found] = (await connector.pull(values)).resources
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(values, text or " ", parent_id=found.external_id)
    assert "nothing in this reply" in refused.value.message_for_agent


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (1, "(1 of 2 messages of its text)"),
        (2, "(its text)"),
        (3, "(its text and 1 of 2 files)"),
    ],
)
async def test_what_was_sent_of_a_reply_is_told_where_the_rest_is_refused(meta, connector, values, sent, words):
    meta.message()
    [found] = (await connector.pull(values)).resources
    # The conversation is looked at twice, and two files are uploaded, before anything is sent.
    meta.store.faults.errors = [*[""] * (4 + sent), "link_off"]
    text = "word " * 600
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(values, text, parent_id=found.external_id, files=[PNG, PNG])
    assert words in refused.value.message_for_agent
    assert len([each for each in meta.store.messages if not each.by_person]) == sent


@pytest.mark.parametrize("name", ["upload_failed", "file_too_large", "video_late"])
async def test_a_file_that_is_not_taken_is_found_out_before_the_text_is_sent(meta, connector, values, name):
    meta.message()
    [found] = (await connector.pull(values)).resources
    meta.store.faults.refusals = {"message_attachments": name}
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(values, "Here:", parent_id=found.external_id, files=[PNG])
    assert "does not take a file" in refused.value.message_for_agent
    assert [each for each in meta.store.messages if not each.by_person] == []
