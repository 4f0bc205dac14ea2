# SPDX-License-Identifier: Apache-2.0
"""What people write to an Instagram account is pulled: once, in order, as tickets that belong together."""

from __future__ import annotations

import re

import pytest

from sealock_connector import AccountRevoked, OriginThrottled, OriginUnavailable
from sealock_devkit.emulators.meta.settings import DAY, HOUR
from tests.devkit.meta.callers import PICTURE
from tests.origins.instagram.conftest import account


def by_number(page):
    """Resources by the last number of their ids."""
    return {each.external_id.split("/")[3]: each for each in page.resources}


async def test_a_comment_becomes_a_resource(meta, connector, values):
    comment = meta.media_comment(meta.media, "How much?")
    page = await connector.pull(values)
    [found] = page.resources
    media, ig = meta.media, meta.instagram
    assert found.external_id == f"instagram:{ig.id}/comment/{media.id}/{comment.id}/{media.shortcode}"
    assert (found.message, found.thread_id) == ("How much?", found.external_id)
    assert found.author.external_id == f"instagram:{ig.id}/person/{meta.scoped(account=ig)}"
    assert found.author.name == meta.person("Ann Example").username
    assert found.fields["subject"] == f"Comment on {ig.username}: {media.caption}"
    assert page.origin_account_key == ig.id
    assert (await connector.pull(values, page.state)).resources == ()


async def test_answers_belong_to_the_comment_at_the_top(meta, connector, values):
    top = meta.media_comment(meta.media)
    answer = meta.media_comment(top, "I wonder, too", person="Ben Sample")
    deeper = meta.media_comment(answer, "And I")
    page = await connector.pull_all(values, max_resources=1)
    found = by_number(page)
    assert list(found) == [top.id, answer.id, deeper.id]
    assert {each.thread_id for each in page.resources} == {found[top.id].external_id}


async def test_what_the_account_writes_itself_is_passed_over(meta, connector, values):
    top = meta.media_comment(meta.media)
    meta.do("page_comment", target=top.id, text="Ask us!")
    assert list(by_number(await connector.pull(values))) == [top.id]


async def test_a_flood_of_comments_comes_in_their_order(meta, connector, values):
    written = [meta.media_comment(meta.media, f"Number {number}").id for number in range(130)]
    answered = meta.store.media_comments[written[0]]
    written += [meta.media_comment(answered, f"Answer {number}").id for number in range(60)]
    page = await connector.pull_all(values, max_resources=40)
    assert sorted(by_number(page)) == sorted(written)
    assert len(page.resources) == len(written)
    times = [each.created_at for each in page.resources]
    assert times == sorted(times)


async def test_messages_of_a_person_are_one_ticket(meta, connector, values):
    hello = meta.message("Hello", account=meta.instagram)
    meta.message("", picture=PICTURE, account=meta.instagram)
    page = await connector.pull(values)
    assert [each.message for each in page.resources] == ["Hello", "(a picture)"]
    person = meta.scoped(account=meta.instagram)
    assert {each.thread_id for each in page.resources} == {f"instagram:{meta.instagram.id}/messages/{person}"}
    assert page.ids[0] == f"instagram:{meta.instagram.id}/message/{person}/{hello.id}"
    opened = await connector.open_file(values, page.resources[1].files[0].reference)
    assert (opened.content_type, opened.data) == ("image/png", PICTURE.data)
    assert (await connector.pull(values, page.state)).resources == ()


async def test_story_mentions_and_answers_to_stories_are_messages(meta, connector, values):
    meta.do("story_reply", target=meta.story.id, text="Yum!", account=meta.instagram)
    meta.do("story_mention", picture=PICTURE, account=meta.instagram)
    meta.do("unsupported", account=meta.instagram)
    words = [each.message for each in (await connector.pull(values)).resources]
    assert re.fullmatch(r"Yum!\n\(an answer to your story: http://\S+\)", words[0])
    assert re.match(r"\(mentioned you in a story: http://\S+\)", words[1])
    assert words[2] == "(something that cannot be shown here)"


async def test_only_the_newest_messages_can_be_read_and_none_comes_twice(meta, connector, values):
    page = await connector.pull(values)
    state, brought = page.state, []
    for number in range(30):
        meta.message(f"Number {number}", account=meta.instagram)
        if number % 10 == 9:
            page = await connector.pull(values, state)
            state = page.state
            brought += [each.message for each in page.resources]
    assert brought == [f"Number {number}" for number in range(30)]


async def test_what_was_sent_from_instagram_itself_joins_the_ticket(meta, connector, values):
    meta.message("Hello", account=meta.instagram)
    meta.do("page_message", text="From the app", account=meta.instagram)
    meta.store.clock.advance(120)
    page = await connector.pull(values)
    assert [each.message for each in page.resources] == ["Hello", "From the app"]
    assert page.resources[1].author.name == meta.instagram.username


async def test_a_post_that_tags_the_account_is_a_mention(meta, connector):
    values = account(meta, "facebook")
    media = meta.do("publish", text=f"Look at @{meta.instagram.username}!", picture=PICTURE)
    tagged = meta.store.media[media]
    tagged.tagged = [meta.instagram.id]
    meta.store.media.put(tagged)
    [found] = (await connector.pull(values)).resources
    assert found.external_id == f"instagram:{meta.instagram.id}/post/{media}/{tagged.shortcode}"
    assert found.fields["tags"] == ["instagram", "instagram_mention"]


async def test_hidden_comments_come_once_they_are_shown(meta, connector, values):
    comment = meta.media_comment(meta.media)
    meta.site.emulator.instagram_posts.hide(comment, hidden=True)
    page = await connector.pull(values)
    assert page.resources == ()
    meta.site.emulator.instagram_posts.hide(comment, hidden=False)
    assert list(by_number(await connector.pull(values, page.state))) == [comment.id]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("unknown", OriginUnavailable), ("instagram_limit", OriginThrottled), ("expired", AccountRevoked)],
)
async def test_trouble_ends_the_pull_by_its_name(meta, connector, values, fault, expected):
    meta.store.faults.errors = [fault] * 30
    with pytest.raises(expected):
        await connector.pull(values)


async def test_where_meta_fails_with_many_posts_fewer_are_asked_for(meta, connector, values):
    comment = meta.media_comment(meta.media)
    page = await connector.pull(values)  # by now the subscription is known
    meta.store.faults.errors = ["unknown"]
    page = await connector.pull({**values, "messages": False, "mentions": False})
    assert list(by_number(page)) == [comment.id]


async def test_a_permission_that_was_taken_away_is_named(meta, connector):
    meta.without("instagram_manage_comments")
    with pytest.raises(AccountRevoked) as refused:
        await connector.pull(account(meta, "facebook"))
    assert "instagram_manage_comments" in refused.value.message_for_agent


@pytest.mark.parametrize(
    ("age", "refreshed"), [(23 * HOUR, False), (7 * DAY - 60, False), (7 * DAY + 60, True), (59 * DAY, True)]
)
async def test_a_token_of_instagram_login_is_refreshed_in_time(meta, connector, age, refreshed):
    values = account(meta, "instagram")
    meta.store.clock.advance(age - 60)
    page = await connector.pull(values)
    assert (page.account is not None) is refreshed
    if refreshed:
        assert page.account["token"] != values["token"]
        assert page.account["token_at"] == pytest.approx(meta.store.now(), abs=5)
        assert (await connector.pull(page.account, page.state)).account is None


async def test_a_refresh_that_fails_is_tried_again(meta, connector):
    values = account(meta, "instagram")
    meta.store.clock.advance(8 * DAY)
    values["token_at"] -= 1
    meta.store.settings.refresh_after_seconds = 30 * DAY
    comment = meta.media_comment(meta.media)
    page = await connector.pull(values)
    assert (list(by_number(page)), page.account) == ([comment.id], None)
    meta.store.settings.refresh_after_seconds = DAY
    assert (await connector.pull(values, page.state)).account


async def test_a_token_that_nobody_refreshed_for_sixty_days_is_dead(meta, connector):
    values = account(meta, "instagram")
    meta.store.clock.advance(61 * DAY)
    with pytest.raises(AccountRevoked) as refused:
        await connector.pull(values)
    assert "the sign-in expired" in refused.value.message_for_agent
