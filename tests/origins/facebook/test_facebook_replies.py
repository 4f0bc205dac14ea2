# SPDX-License-Identifier: Apache-2.0
"""Agents' replies appear on a Page once: as comments, as private replies, as messages."""

from __future__ import annotations

import asyncio

import pytest

from sealock_connector import (
    AccountRevoked,
    MessageRejected,
    NotFound,
    OriginThrottled,
    OriginUnavailable,
    OutcomeUnknown,
)
from sealock_connector.testing import File
from tests.origins.facebook.conftest import account
from tests.origins.meta.fake_graph import PAGE, TOKEN, error

DAY = 86_400
PICTURE = File("a.png", "image/png", b"\x89PNG")


def comment_id(post, comment):
    return f"facebook:{PAGE}/comment/{post}/{comment}"


def message_id(message, person="7007"):
    return f"facebook:{PAGE}/message/{person}/{message}"


MESSAGES = f"facebook:{PAGE}/messages/7007"


@pytest.fixture
def connector(hurried):
    """Lost answers are frequent here."""
    return hurried


def ours(graph):
    return [each for each in [*graph.comments.values(), *graph.messages.values()] if each.who == PAGE]


async def repeated(connector, *arguments, **more):
    """Send a reply as Zendesk does: again with the same key, until there is an answer."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await connector.channelback(*arguments, **more)
            except OriginUnavailable as error:
                await asyncio.sleep(error.retry_after.total_seconds() if error.retry_after else 0.1)


async def test_a_reply_appears_below_the_comment_it_answers(graph, connector):
    post = graph.post()
    comment = graph.comment(post)
    page = await connector.pull(account())
    posted = await connector.channelback(account(), "We are.", parent_id=page.ids[0], thread_id=page.ids[0])
    [reply] = ours(graph)[:1]
    assert (reply.parent, reply.text) == (comment, "We are.")
    assert posted.external_id == comment_id(post, reply.id)
    assert (await connector.pull(account(), page.state)).resources == ()


async def test_a_reply_to_an_answer_goes_below_the_comment_at_the_top(graph, connector):
    post = graph.post()
    top = graph.comment(post)
    answer = graph.comment(post, "7008", parent=top)
    await connector.channelback(account(), "Yes.", parent_id=comment_id(post, answer), thread_id=comment_id(post, top))
    assert ours(graph)[0].parent == top


async def test_a_reply_to_a_visitors_post_is_a_comment_on_it(graph, connector):
    post = graph.post("7007")
    posted = await connector.channelback(account(), "Thank you.", thread_id=f"facebook:{PAGE}/post/{post}")
    [reply] = ours(graph)
    assert (reply.parent, posted.external_id) == (post, comment_id(post, reply.id))


async def test_a_comment_takes_one_picture(graph, connector):
    post = graph.post()
    comment = comment_id(post, graph.comment(post))
    await connector.channelback(account(), "Look:", parent_id=comment, files=[PICTURE])
    assert {"message": "Look:", "source": PICTURE.data} in graph.bodies
    for files in ([PICTURE, PICTURE], [File("a.pdf", "application/pdf", b"%PDF")]):
        with pytest.raises(MessageRejected) as refused:
            await connector.channelback(account(), "Look:", parent_id=comment, files=files)
        assert "one picture" in refused.value.message_for_agent
    assert len(ours(graph)) == 1


async def test_a_reply_is_a_message_inside_the_window(graph, connector):
    graph.message()
    graph.now += 100
    page = await connector.pull(account())
    posted = await connector.channelback(account(), "Yes, 10-4.", key="k", parent_id=page.ids[0])
    [reply] = ours(graph)
    assert posted.external_id == message_id(reply.id)
    body = graph.bodies[-1]
    assert body["recipient"] == {"id": "7007"}
    assert (body["messaging_type"], body["message"]["text"]) == ("RESPONSE", "Yes, 10-4.")
    assert body["message"]["metadata"].startswith("sealock:")


WINDOWS = [
    (DAY - 1, (), "RESPONSE"),
    (DAY + 1, (), None),
    (DAY + 1, ("--human-agent",), "HUMAN_AGENT"),
    (7 * DAY - 1, ("--human-agent",), "HUMAN_AGENT"),
    (7 * DAY + 1, ("--human-agent",), None),
]


@pytest.mark.parametrize(("seconds", "options", "expected"), WINDOWS)
async def test_the_window_decides_how_a_message_is_sent(graph, served, seconds, options, expected):
    graph.message()
    graph.now += seconds
    async with served(*options) as connector:
        if expected is None:
            with pytest.raises(MessageRejected) as refused:
                await connector.channelback(account(), "Late", thread_id=MESSAGES)
            assert "that time is over" in refused.value.message_for_agent
            assert ours(graph) == []
            return
        await connector.channelback(account(), "In time", thread_id=MESSAGES)
    body = graph.bodies[-1]
    assert body.get("tag", body["messaging_type"]) == expected


async def test_the_window_counts_from_what_the_person_wrote_not_from_what_the_page_did(graph, connector):
    graph.message()
    graph.now += DAY
    graph.message(PAGE, "Still there?", "7007")
    graph.now += 10
    with pytest.raises(MessageRejected):
        await connector.channelback(account(), "Hello?", thread_id=MESSAGES)


async def test_a_long_reply_becomes_several_messages_and_none_is_pulled_back(graph, connector):
    graph.message()
    page = await connector.pull(account())
    text = "\n\n".join(f"Paragraph {number}. " + "word " * 190 for number in range(6))
    posted = await connector.channelback(account(), text, thread_id=MESSAGES)
    sent = ours(graph)
    assert len(sent) == 3
    assert all(len(each.text) < 2_000 for each in sent)
    assert " ".join(each.text for each in sent).split() == text.split()
    assert posted.external_id == message_id(sent[0].id)
    assert (await connector.pull(connector.renewed, page.state)).resources == ()


async def test_text_and_files_are_messages_of_their_own(graph, connector):
    graph.message()
    files = [PICTURE, File("b.pdf", "application/pdf", b"%PDF")]
    await connector.channelback(account(), "Here:", key="k", thread_id=MESSAGES, files=files)
    sent = ours(graph)
    assert [bool(each.files) for each in sent] == [False, True, True]
    assert list(graph.uploads.values()) == [b"\x89PNG", b"%PDF"]
    marks = [each.metadata for each in sent]
    assert [mark.rpartition(":")[2] for mark in marks] == ["0", "1", "2"]
    assert len({mark.rpartition(":")[0] for mark in marks}) == 1


async def test_a_comment_can_be_answered_privately_once(graph, connector):
    post = graph.post()
    comment = comment_id(post, graph.comment(post))
    page = await connector.pull(account(privately=True))
    posted = await connector.channelback(account(privately=True), "Between us.", parent_id=comment)
    renewed = connector.renewed
    [reply] = ours(graph)
    assert posted.external_id == message_id(reply.id)
    graph.now += 120
    assert (await connector.pull(renewed, page.state)).resources == ()
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(account(privately=True), "Once more.", parent_id=comment)
    assert "only once" in refused.value.message_for_agent
    for text, files, words in (("x" * 2_000, (), "too long"), ("x", [PICTURE], "no files")):
        with pytest.raises(MessageRejected) as refused:
            await connector.channelback(account(privately=True), text, parent_id=comment, files=files)
        assert words in refused.value.message_for_agent


TARGETS = ["comment", "message", "private"]


def target(graph, kind):
    """Something to answer: the account, where the reply goes, and the calls that post it."""
    if kind == "message":
        graph.message()
        return account(), MESSAGES, f"POST /{PAGE}/messages"
    post = graph.post()
    comment = graph.comment(post)
    if kind == "private":
        return account(privately=True), comment_id(post, comment), f"POST /{PAGE}/messages"
    return account(), comment_id(post, comment), f"POST /{comment}/comments"


@pytest.mark.parametrize("kind", TARGETS)
async def test_a_reply_whose_answer_was_lost_is_found_and_not_sent_again(graph, connector, kind):
    values, where, call = target(graph, kind)
    graph.faults[call] = ["lose"]
    posted = await repeated(connector, values, "Only once", key="k", thread_id=where)
    [reply] = ours(graph)
    assert posted.external_id.endswith(reply.id)
    assert (await connector.channelback(values, "Only once", key="k", thread_id=where)) == posted
    assert len(ours(graph)) == 1


@pytest.mark.parametrize("kind", TARGETS)
async def test_a_reply_that_was_not_taken_is_sent_again(graph, connector, kind):
    values, where, call = target(graph, kind)
    graph.faults[call] = [error(2, status=500)]
    await repeated(connector, values, "In the end", key="k", thread_id=where)
    assert [each.text for each in ours(graph)] == ["In the end"]


@pytest.mark.parametrize("kind", TARGETS)
async def test_a_reply_survives_the_connector_that_sent_it(graph, served, tmp_path, kind):
    values, where, call = target(graph, kind)
    store = f"sqlite:{tmp_path / 'outbox.db'}"
    graph.faults[call] = ["lose"]
    async with served(store=store) as connector:
        with pytest.raises(OriginUnavailable):
            await connector.channelback(values, "Only once", key="k", thread_id=where)
    async with served(store=store) as connector:
        await repeated(connector, values, "Only once", key="k", thread_id=where)
    assert len(ours(graph)) == 1


@pytest.mark.parametrize("lost", range(4))
async def test_a_half_sent_reply_goes_on_where_it_ended(graph, connector, lost):
    graph.message()
    text = "word " * 600
    graph.faults[f"POST /{PAGE}/messages"] = [None] * lost + ["lose"]
    files = [PICTURE, File("b.png", "image/png", b"2")]
    posted = await repeated(connector, account(), text, key="k", thread_id=MESSAGES, files=files)
    sent = ours(graph)
    assert [bool(each.files) for each in sent] == [False, False, True, True]
    assert " ".join(each.text for each in sent).split() == text.split()
    assert posted.external_id == message_id(sent[0].id)


HALVES = [
    (error(80006), OriginUnavailable, ""),
    (error(190, 460, status=401), AccountRevoked, "password was changed"),
    (error(10, 2018278, status=403), MessageRejected, "A part of the reply was sent"),
    (error(100, 33), OutcomeUnknown, "A part of the reply was sent"),
]


@pytest.mark.parametrize(("answer", "expected", "words"), HALVES)
async def test_what_ends_a_reply_half_way_does_not_let_the_first_half_be_sent_again(
    graph, connector, answer, expected, words
):
    graph.message()
    graph.faults[f"POST /{PAGE}/messages"] = [None, answer]
    graph.grants["valid_in_debug"] = expected is not AccountRevoked
    text = "word " * 600
    with pytest.raises(expected) as refused:
        await connector.channelback(account(), text, key="k", thread_id=MESSAGES)
    assert words in refused.value.message_for_agent
    await repeated(connector, account(), text, key="k", thread_id=MESSAGES)
    assert len(ours(graph)) == 2


async def test_the_same_words_twice_are_two_replies(graph, connector):
    graph.message()
    for key in "ab":
        await connector.channelback(account(), "Thanks", key=key, thread_id=MESSAGES)
    assert len(ours(graph)) == 2


@pytest.mark.parametrize("kind", ["comment", "message"])
async def test_an_earlier_reply_with_the_same_words_is_not_taken_for_a_lost_one(graph, connector, kind):
    values, where, call = target(graph, kind)
    first = await connector.channelback(values, "Thanks", key="a", thread_id=where)
    graph.faults[call] = [error(2, status=500)]
    second = await repeated(connector, connector.renewed, "Thanks", key="b", thread_id=where)
    assert second != first
    assert len(ours(graph)) == 2


REFUSALS = [
    (error(506), MessageRejected, "the same reply already"),
    (error(368), MessageRejected, "blocked this as abusive"),
    (error(100, words="Comment is too spicy."), MessageRejected, "Comment is too spicy."),
    (error(200, status=403), MessageRejected, "The sign-in is in order"),
    (error(100, 33), NotFound, "no longer on Facebook"),
    (error(190, 458, status=401), AccountRevoked, "the app was removed"),
    (error(32), OriginThrottled, ""),
    (error(2, status=500), OriginUnavailable, ""),
]


@pytest.mark.parametrize(("answer", "expected", "words"), REFUSALS)
async def test_a_refused_comment_tells_the_agent_why(graph, connector, answer, expected, words):
    values, where, call = target(graph, "comment")
    graph.faults[call] = [answer]
    graph.grants["valid_in_debug"] = expected is not AccountRevoked
    with pytest.raises(expected) as refused:
        await connector.channelback(values, "Hello", thread_id=where)
    assert words in refused.value.message_for_agent
    assert ours(graph) == []


MESSAGE_REFUSALS = [
    (error(10, 2018278, status=403), "the time to answer is over"),
    (error(551, 1545041), "cannot deliver"),
    (error(10, 1893063), "restricted"),
    (error(10903), "private reply to this is not possible"),
]


@pytest.mark.parametrize(("answer", "words"), MESSAGE_REFUSALS)
async def test_a_refused_message_tells_the_agent_why(graph, connector, answer, words):
    values, where, call = target(graph, "message")
    graph.faults[call] = [answer]
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(values, "Hello", thread_id=where)
    assert words in refused.value.message_for_agent


async def test_a_refusal_is_told_in_the_account_s_language(graph, connector):
    values, where, call = target(graph, "message")
    graph.faults[call] = [error(551, 1545041)]
    connector.locale = "fr-CA"
    with pytest.raises(MessageRejected, match="Facebook ne peut pas remettre de messages"):
        await connector.channelback(values, "Hello", thread_id=where)


async def test_a_duplicate_is_the_reply_itself_if_it_was_just_posted(graph, connector):
    values, where, call = target(graph, "comment")
    first = await connector.channelback(values, "Hello", key="a", thread_id=where)
    graph.faults[call] = [error(506)]
    assert await connector.channelback(values, "Hello", key="b", thread_id=where) == first
    graph.now += 3_600
    graph.faults[call] = [error(506)]
    with pytest.raises(MessageRejected):
        await connector.channelback(values, "Hello", key="c", thread_id=where)


async def test_a_comment_that_takes_no_replies_is_refused_with_a_sentence(graph, connector):
    post = graph.post()
    comment = graph.comment(post, more={"can_comment": False})
    [found] = (await connector.pull(account())).resources
    assert found.allow_channelback is False
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(account(), "Hello", thread_id=comment_id(post, comment))
    assert "takes no replies" in refused.value.message_for_agent


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("", MessageRejected),
        ("facebook:1002/messages/7007", NotFound),
        ("instagram:1/comment/2", NotFound),
        (f"facebook:{PAGE}/comment/{PAGE}_1/1_2", NotFound),
    ],
)
async def test_a_reply_to_what_is_not_there_is_refused(graph, connector, where, expected):
    with pytest.raises(expected) as refused:
        await connector.channelback(account(), "Hello", thread_id=where)
    assert refused.value.message_for_agent


async def test_what_somebody_wrote_in_the_pages_inbox_is_brought_a_minute_later(graph, connector):
    graph.message()
    theirs = graph.message(PAGE, "From the inbox", "7007")
    page = await connector.pull(account())
    assert len(page.ids) == 1
    graph.now += 90
    [found] = (await connector.pull(account(), page.state)).resources
    assert (found.external_id, found.author.name) == (message_id(theirs), "The Bakery")
    assert found.thread_id == MESSAGES


def test_the_token_is_in_no_repr():
    from sealock_connector import Account
    from sealock_origins.facebook.account import PageAccount

    assert TOKEN not in repr(PageAccount.of(Account("a", account())))
