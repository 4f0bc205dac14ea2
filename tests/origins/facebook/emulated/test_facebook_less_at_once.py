# SPDX-License-Identifier: Apache-2.0
"""What Meta cannot give at once, or at all, does not keep the rest back: on each list of a Page."""

from __future__ import annotations

import json

import pytest

from sealock_connector import AccountRevoked, OriginUnavailable
from sealock_origins.facebook.posts import COMMENT_FIELDS
from sealock_origins.meta.resources import ASIDE
from tests.devkit.meta.callers import PICTURE

URL = "https://lookaside.example/x"


def words(page):
    return [each.message for each in page.resources]


@pytest.fixture
def filled(meta):
    """Twelve of everything: visitors' posts, comments, conversations, messages of one."""
    post = meta.visitor_post("A post")
    written = ["A post"]
    for number in range(12):
        meta.store.clock.advance(1)
        meta.comment(post, f"Comment {number}")
        meta.message(f"First {number}", person=f"Person {number}")
        meta.message(f"Second {number}", person="Ann Example")
        written += [f"Comment {number}", f"First {number}", f"Second {number}"]
    meta.store.clock.advance(600)
    return sorted(written)


@pytest.mark.parametrize("most", [1, 2, 7, 60])
async def test_everything_comes_however_little_meta_gives_at_once(meta, connector, values, filled, most):
    meta.store.settings.conversation_calls_per_second = 0
    meta.store.faults.too_much_above = most
    page = await connector.pull_all(values, max_resources=100)
    assert sorted(words(page)) == filled


FIELD_LISTS = [["message"], ["attachments", "attachment"], ["*"], ["from", "message", "attachment", "attachments"]]


@pytest.mark.parametrize("fields", FIELD_LISTS)
async def test_a_comment_that_meta_cannot_give_comes_with_less_or_as_a_note_with_its_link(
    meta, connector, values, fields
):
    post = meta.page_post
    before = meta.comment(post, "Before")
    heavy = meta.comment(post, "Heavy")
    after = meta.comment(post, "After")
    meta.store.faults.heavy = {heavy.id: fields}
    page = await connector.pull({**values, "messages": False})
    if fields == ["*"]:
        # Not even its time can be had: the pulls end some times, and then go on without the post.
        assert isinstance(page.interruption, OriginUnavailable)
        return
    assert [each.external_id.rpartition("/")[2] for each in page.resources] == [before.id, heavy.id, after.id]
    found = page.resources[1]
    can_be_read = not set(fields) & {"message"}
    assert found.internal_note != can_be_read
    assert can_be_read or (
        found.message.startswith(ASIDE) and f"comment_id={heavy.id.rpartition('_')[2]}" in found.message
    )
    assert not can_be_read or found.message == "Heavy"
    assert (await connector.pull({**values, "messages": False}, page.state)).resources == ()


@pytest.mark.parametrize("fields", [["message"], ["attachments"], ["shares"]])
async def test_a_message_that_meta_cannot_give_does_not_keep_its_conversation_back(meta, connector, values, fields):
    for text in ("Before", "Heavy", "After"):
        meta.message(text)
        meta.store.clock.advance(60)
    heavy = next(each for each in meta.store.messages if each.text == "Heavy")
    meta.store.faults.heavy = {heavy.id: fields}
    found = (await connector.pull(values)).resources
    assert [found[0].message, found[2].message] == ["Before", "After"]
    assert found[1].internal_note == (fields == ["message"])
    assert found[1].thread_id == found[0].thread_id


async def test_a_post_that_meta_cannot_give_does_not_keep_the_comments_on_others_back(meta, connector, values):
    heavy = meta.visitor_post("Heavy")
    comment = meta.comment(meta.page_post, "Fine")
    meta.store.faults.heavy = {heavy.id: ["message"]}
    found = {each.external_id.rpartition("/")[2]: each for each in (await connector.pull(values)).resources}
    assert found[comment.id].message == "Fine"
    assert found[heavy.id].internal_note


@pytest.mark.parametrize("denied", ["picture", "permalink_url", "can_reply_privately", "attachments", "participants"])
async def test_a_field_that_needs_a_permission_is_done_without(meta, connector, values, denied):
    post = meta.visitor_post("A post")
    meta.comment(post, "A comment")
    meta.message("A message")
    meta.store.faults.denied_fields = [denied]
    assert sorted(words(await connector.pull(values))) == ["A comment", "A message", "A post"]


@pytest.mark.parametrize("error", ["scope", "permission", "gone", "parameter"])
async def test_a_single_post_or_conversation_that_may_not_be_read_is_passed_over(meta, connector, values, error):
    closed, fine = meta.visitor_post("Closed"), meta.visitor_post("Fine")
    meta.comment(closed, "Not seen")
    meta.comment(fine, "Seen")
    meta.message("Not read", person="Ann Example")
    meta.message("Read", person="Ben Sample")
    [secret, _] = list(meta.store.conversations)
    meta.store.faults.refused_reads = {closed.id: error, secret.id: error}
    page = await connector.pull(values)
    assert sorted(words(page)) == ["Closed", "Fine", "Read", "Seen"]
    assert isinstance(page.interruption, OriginUnavailable), "it is told"
    page = await connector.pull(values, page.state)
    assert (words(page), page.interruption) == ([], None), "once"
    meta.store.faults.refused_reads = {}
    assert sorted(words(await connector.pull(values, page.state))) == ["Not read", "Not seen"]


async def test_an_account_that_may_read_no_comments_says_which_permission_it_lost(meta, connector, values):
    meta.comment(meta.page_post, "Not seen")
    meta.without("pages_read_user_content")
    with pytest.raises(AccountRevoked) as refused:
        await connector.pull(values)
    assert "pages_read_user_content" in refused.value.message_for_agent


@pytest.mark.parametrize("edge", ["feed", "visitor_posts"])
async def test_posts_that_cannot_be_listed_do_not_keep_messages_back(meta, connector, values, edge):
    meta.message("A message")
    meta.store.faults.refused_reads = {edge: "service"}
    page = await connector.pull(values)
    assert words(page) == ["A message"]
    assert isinstance(page.interruption, OriginUnavailable)


async def test_comments_on_ads_come_where_the_token_may_read_them(meta, connector, values):
    ad = meta.site.emulator.page_posts.write_post(meta.page.id, meta.page.id, "Buy bread", ad=True)
    meta.comment(ad, "How much?")
    [found] = (await connector.pull(values)).resources
    assert (found.message, found.fields["subject"]) == ("How much?", f"Comment on {values['name']}: Buy bread")


async def test_without_the_right_to_read_ads_everything_else_comes(meta, connector, values):
    ad = meta.site.emulator.page_posts.write_post(meta.page.id, meta.page.id, "Buy bread", ad=True)
    meta.comment(ad, "Not seen")
    meta.comment(meta.page_post, "Seen")
    meta.without("pages_manage_ads")
    page = await connector.pull(values)
    assert (words(page), page.interruption) == (["Seen"], None)


@pytest.mark.parametrize("levels", [2, 3, 5])
async def test_comments_of_any_depth_stay_in_their_thread(meta, connector, values, levels):
    meta.store.settings.comment_levels = levels
    answered = top = meta.comment(meta.page_post, "Top")
    state = b""
    for depth in range(4):
        meta.store.clock.advance(60)
        page = await connector.pull(values, state)
        state = page.state
        answered = meta.comment(answered, f"Depth {depth}", person="Ben Sample")
        [found] = (await connector.pull(values, state)).resources
        assert found.message == f"Depth {depth}"
        assert found.thread_id.endswith(f"/{top.id}")


@pytest.mark.parametrize("closed", [["deep"], ["deep", "answer"], ["deep", "answer", "top"]])
async def test_an_answer_is_offered_where_any_place_of_its_thread_takes_one(meta, connector, values, closed):
    meta.store.settings.comment_levels = 3
    top = meta.comment(meta.page_post, "Top")
    answer = meta.comment(top, "Answer")
    deep = meta.comment(answer, "Deep")
    for name, comment in {"top": top, "answer": answer, "deep": deep}.items():
        comment.can_comment = name not in closed
    found = (await connector.pull(values)).resources[-1]
    assert found.message == "Deep"
    assert (found.allow_channelback is None) == ("top" not in closed)


@pytest.mark.parametrize(
    ("attachment", "said"),
    [
        ({"type": "sticker", "payload": {"url": URL, "sticker_id": 7}}, f"(a sticker: {URL})"),
        ({"type": "reel", "payload": {"url": URL, "title": "Bread"}}, f"(shared: Bread, {URL})"),
    ],
)
async def test_attachments_of_conversations_are_said(meta, connector, values, attachment, said):
    meta.do("attach", text=json.dumps(attachment))
    [found] = (await connector.pull(values)).resources
    assert found.message == said


async def test_a_cursor_that_is_no_good_any_more_begins_the_list_again(meta, connector, values):
    for number in range(70):
        meta.comment(meta.page_post, f"Comment {number}")
    meta.store.faults.expire_cursors = 1
    page = await connector.pull_all({**values, "messages": False}, max_resources=100)
    assert sorted(words(page)) == sorted(f"Comment {number}" for number in range(70))


async def test_what_is_dated_ahead_does_not_hide_what_follows(meta, connector, values):
    odd = meta.comment(meta.page_post, "From 2099")
    odd.created = meta.store.now() + 10**9
    said = meta.message("From 2099, too")
    said.created = meta.store.now() + 10**9
    meta.store.conversations[said.conversation_id].updated = said.created
    page = await connector.pull(values)
    assert sorted(words(page)) == ["From 2099", "From 2099, too"]
    meta.store.clock.advance(600)
    meta.comment(meta.page_post, "After")
    meta.message("After, too")
    found = words(await connector.pull(values, page.state))
    assert {"After", "After, too"} <= set(found)


def test_each_set_of_fields_is_smaller_than_the_one_before():
    assert [len(each) for each in COMMENT_FIELDS] == sorted((len(each) for each in COMMENT_FIELDS), reverse=True)


async def test_a_picture_is_still_said_where_it_has_no_words(meta, connector, values):
    meta.message("", picture=PICTURE)
    [found] = (await connector.pull(values)).resources
    assert (found.message, len(found.files)) == ("(a picture)", 1)
