# SPDX-License-Identifier: Apache-2.0
"""What people write on a Page is pulled: once, in order, as tickets that belong together."""

from __future__ import annotations

import pytest

from sealock_connector import AccountRevoked, OriginThrottled, OriginUnavailable
from sealock_origins.meta.pull import TRIES
from tests.origins.facebook.conftest import account
from tests.origins.meta.fake_graph import PAGE, error


def comment_id(post, comment):
    return f"facebook:{PAGE}/comment/{post}/{comment}"


async def test_a_comment_becomes_a_resource(graph, connector):
    post = graph.post(text="Fresh rolls\non Sunday")
    graph.now += 10
    comment = graph.comment(post, "7007", "Are you open on Sunday?")
    page = await connector.pull(account())
    [found] = page.resources
    assert found.external_id == comment_id(post, comment)
    assert (found.message, found.thread_id) == ("Are you open on Sunday?", comment_id(post, comment))
    assert (found.author.external_id, found.author.name) == (f"facebook:{PAGE}/person/7007", "Ann Example")
    assert found.created_at.timestamp() == graph.now
    assert found.fields["subject"] == "Comment on The Bakery: Fresh rolls on Sunday"
    assert found.fields["tags"] == ["facebook", "facebook_comment"]
    assert page.origin_account_key == PAGE
    again = await connector.pull(account(), page.state)
    assert again.resources == ()


async def test_answers_belong_to_the_thread_of_the_comment_at_the_top(graph, connector):
    post = graph.post()
    top = graph.comment(post)
    answer = graph.comment(post, "7008", "Yes, until ten", parent=top)
    page = await connector.pull(account())
    assert page.ids == [comment_id(post, top), comment_id(post, answer)]
    assert {each.thread_id for each in page.resources} == {comment_id(post, top)}


async def test_an_account_can_have_one_ticket_for_each_post(graph, connector):
    post = graph.post()
    graph.comment(post)
    graph.comment(post, "7008")
    page = await connector.pull(account(per_post=True))
    assert {each.thread_id for each in page.resources} == {f"facebook:{PAGE}/post/{post}"}
    assert page.origin_account_key == PAGE


async def test_a_visitors_post_and_the_comments_on_it_are_one_ticket(graph, connector):
    post = graph.post("7007", "Where are you?")
    comment = graph.comment(post, "7008", "At the corner")
    page = await connector.pull(account())
    thread = f"facebook:{PAGE}/post/{post}"
    assert page.ids == [thread, comment_id(post, comment)]
    assert {each.thread_id for each in page.resources} == {thread}
    assert page.resources[0].fields["subject"] == "Post on The Bakery: Where are you?"


async def test_what_the_page_writes_itself_is_passed_over(graph, connector):
    post = graph.post()
    top = graph.comment(post)
    graph.comment(post, PAGE, "We are", parent=top)
    graph.comment(post, PAGE, "Order here")
    assert (await connector.pull(account())).ids == [comment_id(post, top)]


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [
        ({"visitor_posts": False, "messages": False}, ["comment"]),
        ({"comments": False, "messages": False}, ["post", "comment-on-visitors"]),
        ({"comments": False, "visitor_posts": False}, ["message"]),
    ],
)
async def test_only_what_was_chosen_is_brought(graph, connector, wanted, kinds):
    ours, theirs = graph.post(), graph.post("7007")
    names = {
        f"facebook:{PAGE}/post/{theirs}": "post",
        comment_id(ours, graph.comment(ours)): "comment",
        comment_id(theirs, graph.comment(theirs)): "comment-on-visitors",
        f"facebook:{PAGE}/message/7007/{graph.message()}": "message",
    }
    assert [names[each] for each in (await connector.pull(account(**wanted))).ids] == kinds


async def test_somebody_who_is_not_visible_is_a_facebook_user(graph, connector):
    post = graph.post()
    comment = graph.comment(post, "")
    [found] = (await connector.pull(account())).resources
    assert (found.author.name, found.author.external_id) == (
        "Facebook user",
        f"facebook:{PAGE}/author-of/{comment}",
    )


async def test_hidden_posts_of_visitors_come_where_they_are_wanted(graph, connector):
    graph.post("7007", "Lovely", hidden=True)
    assert (await connector.pull(account())).ids == []
    [found] = (await connector.pull(account(hidden_too=True))).resources
    assert found.fields["tags"] == ["facebook", "facebook_post", "facebook_hidden"]


async def test_hidden_comments_come_when_they_are_shown_or_wanted(graph, connector):
    post = graph.post()
    hidden = graph.comment(post, hidden=True)
    graph.now += 60
    shown = graph.comment(post)
    page = await connector.pull(account())
    assert page.ids == [comment_id(post, shown)]
    all_of_it = await connector.pull(account(hidden_too=True))
    assert all_of_it.resources[0].fields["tags"] == ["facebook", "facebook_comment", "facebook_hidden"]
    graph.comments[hidden].hidden = False
    assert (await connector.pull(account(), page.state)).ids == [comment_id(post, hidden)]


async def test_what_is_older_than_the_account_is_not_brought(graph, connector):
    graph.now -= 100
    post = graph.post()
    graph.comment(post)
    graph.message()
    graph.now += 100
    comment = graph.comment(post)
    values = account(since=graph.now, messages_since=graph.now)
    assert (await connector.pull(values)).ids == [comment_id(post, comment)]


async def test_a_post_that_vanishes_does_not_stop_the_others(graph, connector):
    gone, fine = graph.post(), graph.post()
    graph.comment(gone)
    comment = graph.comment(fine)
    graph.faults[f"GET /{gone}/comments"] = [error(100, 33)]
    assert (await connector.pull(account())).ids == [comment_id(fine, comment)]


async def test_a_pull_leaves_no_comment_behind_that_meta_fails_to_tell(graph, connector):
    failing, fine = graph.post(), graph.post()
    late = graph.comment(failing)
    graph.now += 60
    comment = graph.comment(fine)
    graph.faults[f"GET /{failing}/comments"] = [error(1, status=500)] * 99
    page = await connector.pull(account())
    assert page.ids == []
    assert isinstance(page.interruption, OriginUnavailable)
    graph.faults.clear()
    assert (await connector.pull(account(), page.state)).ids == [comment_id(failing, late), comment_id(fine, comment)]


async def test_a_post_that_meta_never_tells_of_stops_the_others_for_some_pulls_only(graph, connector):
    failing, fine = graph.post(), graph.post()
    late = graph.comment(failing)
    graph.now += 60
    comment = graph.comment(fine)
    graph.faults[f"GET /{failing}/comments"] = [error(1, status=500)] * 999
    for _ in range(TRIES):
        page = await connector.pull(account())
        assert isinstance(page.interruption, OriginUnavailable)
    page = await connector.pull(account(), page.state)
    assert page.ids == [comment_id(fine, comment)]
    graph.faults.clear()
    assert (await connector.pull(account(), page.state)).ids == [comment_id(failing, late)]


async def test_where_meta_fails_with_many_comments_fewer_are_asked_for(graph, connector):
    post = graph.post()
    comment = graph.comment(post)
    graph.faults[f"GET /{PAGE}/feed"] = [error(1, status=500)]
    graph.faults[f"GET /{post}/comments"] = [error(1, status=500)]
    assert (await connector.pull(account())).ids == [comment_id(post, comment)]


async def test_a_backlog_of_many_conversations_comes_once_in_several_pulls(graph, connector):
    for number in range(300):
        graph.now += 1
        graph.message(str(7_000 + number), f"Number {number}")
    page = await connector.pull_all(account(), max_resources=37)
    assert [each.message for each in page.resources] == [f"Number {number}" for number in range(300)]
    assert len(page.state) <= 3_700
    assert (await connector.pull(account(), page.state)).resources == ()


async def test_a_conversation_that_cannot_be_read_now_does_not_stop_the_others(graph, connector):
    graph.message("7007", "Late")
    graph.now += 5
    graph.message("7008", "In time")
    graph.faults["GET /t_7007/messages"] = [error(100)] * 99
    page = await connector.pull(account())
    assert [each.message for each in page.resources] == ["In time"]
    graph.faults.clear()
    assert [each.message for each in (await connector.pull(account(), page.state)).resources] == ["Late"]


async def test_a_comment_without_text_says_what_there_is(graph, connector):
    post = graph.post()
    graph.comment(post, text="", picture="https://scontent.example/p.jpg")
    graph.comment(post, text="", more={"attachment": {"type": "share", "url": "https://example.test/a"}})
    graph.comment(post, text="")
    found = (await connector.pull(account())).resources
    assert [each.message for each in found] == ["(a picture)", "(shared: https://example.test/a)", "(nothing written)"]
    assert [(file.name, file.url) for file in found[0].files] == [("picture-1.jpg", "https://scontent.example/p.jpg")]


async def test_an_unreadable_comment_is_passed_over(graph, connector):
    post = graph.post()
    graph.comment(post, more={"created_time": "never"})
    comment = graph.comment(post)
    assert (await connector.pull(account())).ids == [comment_id(post, comment)]


REFUSALS = [
    (error(190, 460, status=401), AccountRevoked),
    (error(102), AccountRevoked),
    (error(80001), OriginThrottled),
    (error(100, status=500), OriginUnavailable),
    ((502, b"<html>bad gateway", {}), OriginUnavailable),
    ((429, b"", {}), OriginThrottled),
    (error(100), OriginUnavailable),
]


@pytest.mark.parametrize(("answer", "expected"), REFUSALS)
async def test_what_concerns_the_account_ends_the_pull(graph, connector, answer, expected):
    graph.faults = {f"GET /{PAGE}/{edge}": [answer] * 99 for edge in ("feed", "visitor_posts", "conversations")}
    graph.grants["valid"] = expected is not AccountRevoked
    with pytest.raises(expected):
        await connector.pull(account())


async def test_a_permission_that_was_taken_away_revokes_the_account_by_name(graph, connector):
    graph.faults[f"GET /{PAGE}/feed"] = [error(200, status=403)] * 9
    graph.grants["scopes"].remove("pages_read_user_content")
    with pytest.raises(AccountRevoked) as refused:
        await connector.pull(account())
    assert "pages_read_user_content" in refused.value.message_for_agent


async def test_what_was_read_before_a_failure_is_answered(graph, connector):
    post = graph.post()
    comment = graph.comment(post)
    graph.message()
    graph.faults[f"GET /{PAGE}/conversations"] = [error(80006)]
    page = await connector.pull(account())
    assert page.ids == [comment_id(post, comment)]
    assert isinstance(page.interruption, OriginThrottled)
    assert (await connector.pull(account(), page.state)).ids == [f"facebook:{PAGE}/message/7007/m_2003"]


async def test_a_used_up_budget_is_not_spent_any_further(graph, connector):
    usage = '{"77":[{"type":"pages","call_count":100,"estimated_time_to_regain_access":7}]}'
    graph.headers["X-Business-Use-Case-Usage"] = usage
    with pytest.raises(OriginThrottled):
        await connector.pull(account())
    asked = len(graph.calls)
    with pytest.raises(OriginThrottled) as refused:
        await connector.pull(account())
    assert 6 * 60 < refused.value.retry_after.total_seconds() <= 7 * 60
    assert len(graph.calls) == asked


async def test_a_subscription_that_meta_ended_is_made_again(graph, connector):
    await connector.pull(account())
    assert graph.subscribed[PAGE] == ["feed", "messages", "message_echoes", "message_edits"]
    await connector.pull(account())
    assert graph.calls.count(f"GET /{PAGE}/subscribed_apps") == 1
