# SPDX-License-Identifier: Apache-2.0
"""Whether an account is dead is asked of Meta, with either login; and whether what was posted can be seen."""

from __future__ import annotations

import asyncio

import pytest

from sealock_connector import AccountRevoked, Cause, MessageRejected, OriginUnavailable
from sealock_devkit.emulators.meta.records import MediaComment
from tests.origins.instagram.conftest import account
from tests.origins.meta.standings import (
    FATES,
    OF_PAGES,
    REFUSED_MESSAGES,
    Fate,
    fate_is_told,
    personal,
    refused_message_is_told,
)

OF_ACCOUNTS = {"the account became a personal one": Fate(personal, Cause.SUSPENDED, "no longer shows it")}


async def target(meta, connector, values, kind):
    meta.message(account=meta.instagram) if kind == "message" else meta.media_comment(meta.media)
    [found] = (await connector.pull(values)).resources
    return found.external_id


@pytest.mark.parametrize("kind", ["comment", "message"])
@pytest.mark.parametrize("fate", {**FATES, **OF_ACCOUNTS})
async def test_what_became_of_the_account_is_told_to_who_can_help(meta, connector, values, fate, kind):
    where = await target(meta, connector, values, kind)
    await fate_is_told(meta, connector, values, {**FATES, **OF_ACCOUNTS}[fate], where)


async def test_a_role_on_the_page_that_was_lost_is_told(meta, connector):
    values = account(meta, "facebook")
    where = await target(meta, connector, values, "comment")
    await fate_is_told(meta, connector, values, OF_PAGES["the role was lost"], where)


@pytest.mark.parametrize("name", REFUSED_MESSAGES)
async def test_a_refused_message_leaves_the_account_alone(meta, connector, values, name):
    where = await target(meta, connector, values, "message")
    await refused_message_is_told(meta, connector, values, name, where)


@pytest.mark.parametrize("what", ["manage_comments", "manage_messages"])
async def test_a_permission_that_was_taken_back_is_named(meta, connector, values, what):
    where = await target(meta, connector, values, "message" if what == "manage_messages" else "comment")
    meta.without(f"instagram_{what}", f"instagram_business_{what}")
    with pytest.raises(AccountRevoked) as refused:
        await connector.channelback(values, "Hello", parent_id=where)
    assert what in refused.value.message_for_agent
    assert refused.value.cause is Cause.RIGHT_MISSING


async def test_messages_that_the_owner_switched_off_are_the_owners(meta, connector, values):
    where = await target(meta, connector, values, "message")
    meta.instagram.allows_messages = False
    with pytest.raises(MessageRejected) as replied:
        await connector.channelback(values, "Hello", parent_id=where)
    assert "switched off messages for apps" in replied.value.message_for_agent
    assert replied.value.cause is Cause.OWNER_NEEDED


def ours(meta):
    return [each for each in meta.store.media_comments if each.author_id == meta.instagram.id]


async def repeated(connector, *arguments, **more):
    async with asyncio.timeout(30):
        while True:
            try:
                return await connector.channelback(*arguments, **more)
            except OriginUnavailable:
                await asyncio.sleep(0.1)


@pytest.mark.parametrize("lost", [False, True])
async def test_a_reply_with_a_hidden_word_is_told_to_the_agent_and_not_posted_again(meta, connector, values, lost):
    where = await target(meta, connector, values, "comment")
    meta.instagram.hides = ["refund"]
    meta.store.faults.lose_answers = int(lost)
    for _ in range(2):
        with pytest.raises(MessageRejected) as refused:
            await repeated(connector, values, "We refund it.", key="k", parent_id=where)
        assert "hides it" in refused.value.message_for_agent
    assert [each.hidden for each in ours(meta)] == [True]


async def test_a_reply_that_is_removed_at_once_is_told_to_the_agent(meta, connector, values):
    where = await target(meta, connector, values, "comment")
    meta.store.faults.removed_at_once = 1
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(values, "Hello", parent_id=where)
    assert "does not show it" in refused.value.message_for_agent


async def test_whether_a_reply_is_taken_is_asked_of_the_comment_at_the_top(meta, connector, values):
    top = meta.media_comment(meta.media)
    answer = meta.media_comment(top, "I wonder, too")
    found = (await connector.pull(values)).resources[1]
    answer.hidden = True
    await connector.channelback(values, "Hello", key="a", parent_id=found.external_id)
    assert [each.parent_id for each in ours(meta)] == [top.id]
    top.hidden = True
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(values, "Hello", key="b", parent_id=found.external_id)
    assert "hidden comment" in refused.value.message_for_agent


async def test_a_post_whose_comments_are_off_is_known_before_it_is_tried(meta, connector, values):
    where = await target(meta, connector, values, "comment")
    meta.media.comments_enabled = False
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(values, "Hello", parent_id=where)
    assert "switched off on this post" in refused.value.message_for_agent


@pytest.mark.parametrize(("text", "words"), [("#a " * 31, "30 hashtags"), ("x" * 2_201, "2,200")])
async def test_a_comment_that_is_too_much_is_refused_before_it_is_tried(meta, connector, values, text, words):
    where = await target(meta, connector, values, "comment")
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(values, text, parent_id=where)
    assert words in refused.value.message_for_agent
    assert not any(isinstance(each, MediaComment) for each in ours(meta))
