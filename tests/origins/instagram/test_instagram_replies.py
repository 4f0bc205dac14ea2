# SPDX-License-Identifier: Apache-2.0
"""Agents' replies appear at Instagram once, as comments, private replies and messages, or are refused for a reason."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from sealock_connector import AccountRevoked, MessageRejected, NotFound, OriginUnavailable, SqliteOutbox
from sealock_connector.testing import File
from sealock_devkit.emulators.meta.settings import DAY
from sealock_origins.instagram.media import MessageId
from tests.devkit.meta.callers import PICTURE
from tests.origins.instagram.conftest import account
from tests.origins.meta.killing import Breaks, a_process, each_part_comes_once, reply_through_a_kill
from tests.origins.meta.refusing import ANSWERS, WINDOWS, pull_is_refused, reply_is_refused, window_is_kept

PNG = File("a.png", "image/png", PICTURE.data)
PDF = File("b.pdf", "application/pdf", b"%PDF-1.4")


def ours(meta):
    comments = [each for each in meta.store.media_comments if each.author_id == meta.instagram.id]
    return comments + [each for each in meta.store.messages if not each.by_person]


async def repeated(connector, *arguments, **more):
    """Send a reply as Zendesk does: again with the same key, until there is an answer."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await connector.channelback(*arguments, **more)
            except OriginUnavailable:
                await asyncio.sleep(0.1)


async def target(meta, connector, values, kind):
    """Something to answer, by its external id."""
    if kind == "message":
        meta.message("Hello", account=meta.instagram)
    else:
        meta.media_comment(meta.media)
    [found] = (await connector.pull(values)).resources
    return found.external_id


async def test_a_reply_goes_below_the_comment_at_the_top(meta, connector, values):
    top = meta.media_comment(meta.media)
    meta.media_comment(top, "I wonder, too")
    page = await connector.pull(values)
    posted = await connector.channelback(values, "Five.", parent_id=page.ids[1], thread_id=page.ids[0])
    [reply] = ours(meta)
    assert (reply.parent_id, reply.text) == (top.id, "Five.")
    media = meta.media
    assert posted.external_id == f"instagram:{meta.instagram.id}/comment/{media.id}/{reply.id}/{media.shortcode}"
    assert (await connector.pull(values, page.state)).resources == ()


async def test_a_long_message_is_split_by_its_bytes(meta, connector, values):
    where = await target(meta, connector, values, "message")
    state = (await connector.pull(values)).state
    text = "Grüße aus der Küche. " * 120
    posted = await connector.channelback(values, text, parent_id=where)
    sent = ours(meta)
    assert len(sent) == 3
    assert all(len(each.text.encode()) <= 1_000 for each in sent)
    assert " ".join(each.text for each in sent).split() == text.split()
    assert posted.external_id.endswith(sent[0].id)
    meta.store.clock.advance(120)
    assert (await connector.pull(connector.renewed, state)).resources == ()


async def test_files_go_as_messages(meta, connector, values):
    where = await target(meta, connector, values, "message")
    await connector.channelback(values, "Here:", parent_id=where, files=[PNG, PDF])
    assert [len(each.attachments) for each in ours(meta)] == [0, 1, 1]


@pytest.mark.parametrize("kind", ["comment", "message", "private"])
async def test_a_reply_whose_answer_was_lost_is_found_and_not_sent_again(meta, connector, values, kind):
    values = {**values, "privately": kind == "private"}
    where = await target(meta, connector, values, kind)
    meta.store.faults.lose_answers = 1
    posted = await repeated(connector, values, "Only once", key="k", parent_id=where)
    [reply] = ours(meta)
    assert reply.id in posted.external_id
    assert meta.store.faults.lose_answers == 0


@pytest.mark.parametrize("kind", ["comment", "message"])
async def test_a_reply_survives_the_connector_that_sent_it(meta, served, tmp_path, values, kind):
    async with served(SqliteOutbox(tmp_path / "outbox.db")) as connector:
        where = await target(meta, connector, values, kind)
        meta.store.faults.lose_answers = 1
        with pytest.raises(OriginUnavailable):
            await connector.channelback(values, "Only once", key="k", parent_id=where)
    async with served(SqliteOutbox(tmp_path / "outbox.db")) as connector:
        await repeated(connector, values, "Only once", key="k", parent_id=where)
    assert len(ours(meta)) == 1


@pytest.mark.parametrize(("days", "taken"), [(0.99, True), (6.99, True), (7.01, False)])
async def test_messages_go_out_while_the_window_is_open(meta, connector, values, days, taken):
    where = await target(meta, connector, values, "message")
    meta.store.clock.advance(days * DAY)
    if not taken:
        with pytest.raises(MessageRejected) as refused:
            await connector.channelback(values, "Here we are", parent_id=where)
        assert "that time is over" in refused.value.message_for_agent
    else:
        await connector.channelback(values, "Here we are", parent_id=where)
    assert len(ours(meta)) == int(taken)


async def test_a_private_reply_is_possible_once(meta, connector, values):
    values = {**values, "privately": True}
    where = await target(meta, connector, values, "comment")
    posted = await connector.channelback(values, "Between us.", parent_id=where)
    assert posted.external_id.startswith(f"instagram:{meta.instagram.id}/message/")
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(values, "Once more.", parent_id=where)
    assert "only once" in refused.value.message_for_agent


REFUSED = [
    ("x" * 2_201, (), "at most 2,200"),
    ("Look", (PNG,), "no files with a comment"),
]


@pytest.mark.parametrize(("text", "files", "words"), REFUSED)
async def test_what_a_comment_does_not_take_is_refused_with_a_sentence(meta, connector, values, text, files, words):
    where = await target(meta, connector, values, "comment")
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(values, text, parent_id=where, files=files)
    assert words in refused.value.message_for_agent
    assert ours(meta) == []


async def test_a_hidden_comment_and_one_that_is_gone_are_not_answered(meta, connector, values):
    where = await target(meta, connector, values, "comment")
    [comment] = [each for each in meta.store.media_comments if not each.deleted]
    meta.site.emulator.instagram_posts.hide(comment, hidden=True)
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(values, "Hello?", parent_id=where)
    assert "hidden" in refused.value.message_for_agent
    meta.do("delete", target=comment.id)
    with pytest.raises(NotFound):
        await connector.channelback(values, "Hello?", parent_id=where)


async def test_somebody_who_blocked_the_account_cannot_be_written_to(meta, connector, values):
    where = await target(meta, connector, values, "message")
    person = meta.person("Ann Example")
    person.blocked = [meta.instagram.id]
    meta.store.people.put(person)
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(values, "Hello?", parent_id=where)
    assert "blocked" in refused.value.message_for_agent


async def test_a_mention_is_answered_where_it_stands(meta, connector):
    values = account(meta, "facebook")
    media = meta.do("publish", text=f"With @{meta.instagram.username}", picture=PICTURE)
    where = f"instagram:{meta.instagram.id}/post/{media}/code"
    meta.store.faults.lose_answers = 1
    posted = await repeated(connector, values, "Thank you!", key="k", parent_id=where)
    [reply] = ours(meta)
    assert (reply.media_id, reply.text) == (media, "Thank you!")
    assert posted.external_id == f"instagram:{meta.instagram.id}/mention/{media}/{reply.id}/code"
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(account(meta, "instagram"), "Thank you!", parent_id=where)
    assert "mentions it" in refused.value.message_for_agent


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("", MessageRejected),
        ("instagram:1/messages/7007", NotFound),
        ("facebook:1/messages/7007", NotFound),
    ],
)
async def test_a_reply_to_what_is_not_there_is_refused(connector, values, where, expected):
    with pytest.raises(expected) as refused:
        await connector.channelback(values, "Hello", thread_id=where)
    assert refused.value.message_for_agent


@pytest.mark.parametrize("minutes", [9, 11])
async def test_a_duplicate_is_the_reply_itself_if_it_was_just_posted(meta, connector, values, minutes):
    where = await target(meta, connector, values, "comment")
    [answered] = meta.store.media_comments
    by_hand = meta.site.emulator.instagram_posts.comment(meta.media, meta.instagram.id, "Hello", parent=answered)
    meta.store.clock.advance(minutes * 60)
    meta.store.faults.errors = ["", "duplicate"]  # the comment is looked at, the answer is refused
    if minutes < 10:
        posted = await connector.channelback(values, "Hello", parent_id=where)
        assert by_hand.id in posted.external_id
    else:
        with pytest.raises(MessageRejected) as refused:
            await connector.channelback(values, "Hello", parent_id=where)
        assert "the same reply already" in refused.value.message_for_agent
    assert [each.id for each in ours(meta)] == [by_hand.id]


async def test_a_dead_token_is_said_to_the_agent(meta, connector, values):
    where = await target(meta, connector, values, "comment")
    meta.tokens.end(meta.owner.id, "removed")
    with pytest.raises(AccountRevoked) as refused:
        await connector.channelback(values, "Hello", parent_id=where)
    assert "the app was removed" in refused.value.message_for_agent


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_refused_reply_has_its_documented_answer(meta, connector, values, name):
    meta.media_comment(meta.media)
    await reply_is_refused(meta, connector, values, name)
    done = name == "sent_and_refused"
    assert any(each.author_id == meta.instagram.id for each in meta.store.media_comments) is done


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_refused_pull_has_its_documented_answer(meta, connector, values, name):
    meta.media_comment(meta.media)
    await pull_is_refused(meta, connector, values, name)


@pytest.mark.parametrize(("seconds", "sent_as"), WINDOWS)
@pytest.mark.parametrize("feature", [True, False])
async def test_the_window_is_kept_to_the_second(meta, connector, values, seconds, sent_as, feature):
    meta.store.clock.freeze()
    meta.message(account=meta.instagram)
    await window_is_kept(meta, connector, values, seconds, sent_as, feature)


def posted(meta, kind):
    if kind == "comment":
        return [each.text for each in meta.store.media_comments if each.author_id == meta.instagram.id]
    return [each.text for each in meta.store.messages if not each.by_person]


def item(meta, message):
    person = meta.store.conversations[message.conversation_id].person_id
    scoped = meta.scoped(meta.store.people[person].name, meta.instagram)
    return str(MessageId(meta.instagram.id, scoped, message.id))


@pytest.mark.timeout(150)
@pytest.mark.parametrize("kind", ["comment", "message", "private reply"])
async def test_a_reply_is_not_sent_again_after_its_process_was_killed(meta, values, arguments, tmp_path, kind):
    values = {**values, "privately": kind == "private reply"}
    meta.message(account=meta.instagram) if kind == "message" else meta.media_comment(meta.media)
    options = [each for each in arguments if not each.startswith("--listen=")]
    start = partial(a_process, "instagram", options, tmp_path)
    assert await reply_through_a_kill(meta, start, values, partial(posted, meta, kind))
    assert posted(meta, kind) == ["Once"]


@pytest.mark.timeout(150)
@pytest.mark.parametrize(("kills", "with_file"), [(True, True), (True, False), (False, True)])
async def test_no_part_of_a_reply_is_sent_again_or_left_out(meta, arguments, tmp_path, monkeypatch, kills, with_file):
    values = account(meta, "facebook" if with_file else "instagram")
    written = [meta.message(person=f"Person {number}", account=meta.instagram) for number in range(3 + with_file)]
    options = [each for each in arguments if not each.startswith("--listen=")]
    start = partial(a_process, "instagram", options, tmp_path)
    breaks, parts = Breaks(monkeypatch, kills=kills), {"words": 150, "with_file": with_file}
    await each_part_comes_once(meta, start, values, breaks, written, partial(item, meta), **parts)
