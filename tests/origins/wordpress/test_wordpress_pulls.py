# SPDX-License-Identifier: Apache-2.0
"""Comments of a real WordPress become resources, each once, whatever moderators and databases do to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sealock_devkit.emulators.wordpress import NewComment

pytestmark = pytest.mark.wordpress
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


async def test_a_visitors_comment_becomes_a_resource(site, connector, account_at):
    account, state = await account_at(site)
    post = await site.add_post("Opening hours & more")
    await site.write_comment(
        post, "Are you open on <b>Sunday</b>?\n\nThanks, Zoë 🦆", name="Zoë", email="zoe@example.test"
    )
    page = await connector.pull(account, state)
    [stored] = await site.comments()
    [resource] = page.resources
    assert resource.external_id == f"{site.url}/?p={post}#comment-{stored.id}"
    assert resource.thread_id == resource.external_id
    assert resource.message == "Are you open on Sunday?\n\nThanks, Zoë 🦆"
    assert resource.html_message == "<p>Are you open on <b>Sunday</b>?</p>\n<p>Thanks, Zoë 🦆</p>"
    assert resource.created_at == stored.date_gmt
    assert resource.author.name == "Zoë"
    assert resource.author.external_id.startswith(f"{site.url}/#guest-")
    assert "zoe@" not in resource.author.external_id
    assert resource.author.image_url.startswith("https://")
    assert resource.fields["subject"] == "Re: Opening hours & more"
    assert resource.allow_channelback is None


async def test_a_thousand_comments_at_once_come_once_each(site, connector, account_at):
    post, other = await site.add_post("Busy"), await site.add_post("Also busy")
    comments = [
        NewComment(
            post=other if number % 3 == 0 else post,
            content=f"Comment {number} — ünïcödé 🦆 <i>{number}</i>",
            date_gmt=NOON + timedelta(seconds=number // 150),
            parent_index=number - 3 if number % 30 > 2 else None,
        )
        for number in range(1000)
    ]
    ids = await site.add_comments(comments)
    account, state = await account_at(site)
    got, pages = [], 0
    while True:
        page = await connector.pull(account, state, max_resources=[200, 37, 111][pages % 3])
        got += page.resources
        state, pages = page.state, pages + 1
        if not page.more:
            break
    assert [each.external_id for each in got] == [
        f"{site.url}/?p={comment.post}#comment-{number}" for number, comment in zip(ids, comments, strict=True)
    ]
    roots = {}
    for number, (own, comment) in enumerate(zip(ids, comments, strict=True)):
        roots[number] = roots[comment.parent_index] if comment.parent_index is not None else own
        assert got[number].thread_id.endswith(f"#comment-{roots[number]}")
    assert (await connector.pull(account, state)).resources == ()


def named(page):
    """The comments' numbers, as the external ids have them."""
    return [int(each.external_id.rpartition("-")[2]) for each in page.resources]


def comments(post, count, **differences):
    return [NewComment(post, f"Comment {number}", NOON, **differences) for number in range(count)]


async def test_a_comment_that_waits_comes_once_it_is_approved_though_its_date_is_old(site, connector, account_at):
    account, state = await account_at(site)
    post = await site.add_post("Moderated")
    await site.set_moderation(on=True)
    waiting = await site.write_comment(post, "May I?")
    page = await connector.pull(account, state)
    assert page.resources == ()
    later = await site.add_comments(comments(post, 130))
    page = await connector.pull(account, page.state)
    assert named(page) == later
    await site.set_status(waiting, "approve")
    page = await connector.pull(account, page.state)
    assert named(page) == [waiting]
    assert named(await connector.pull(account, page.state)) == []


async def test_a_comment_that_waits_comes_at_once_and_only_once_where_the_account_wants_it(site, connector, account_at):
    account, state = await account_at(site, moderation="waiting")
    post = await site.add_post("Moderated")
    await site.set_moderation(on=True)
    waiting = await site.write_comment(post, "May I?")
    page = await connector.pull(account, state)
    assert named(page) == [waiting]
    assert page.resources[0].fields["tags"] == ["wordpress", "wordpress_waiting"]
    await site.set_status(waiting, "approve")
    assert named(await connector.pull(account, page.state)) == []


async def test_a_recent_comment_that_comes_out_of_the_spam_folder_is_pulled(plain, connector, account_at):
    account, state = await account_at(plain)
    post = await plain.add_post("Spammed")
    first, spam, *later = await plain.add_comments(
        [*comments(post, 1), *comments(post, 1, status="spam"), *comments(post, 40)]
    )
    page = await connector.pull(account, state)
    assert named(page) == [first, *later]
    await plain.set_status(spam, "approve")
    page = await connector.pull(account, page.state)
    assert named(page) == [spam]
    assert named(await connector.pull(account, page.state)) == []


@pytest.mark.parametrize("removed", [slice(0, 150), slice(60, 61), slice(149, 250)], ids=["all", "one", "ahead"])
async def test_deletions_between_pages_lose_nothing(plain, connector, account_at, removed):
    account, state = await account_at(plain)
    post = await plain.add_post("Cleaned up")
    ids = await plain.add_comments(comments(post, 400))
    page = await connector.pull(account, state, max_resources=150)
    assert named(page) == ids[:150]
    await plain.delete(*ids[removed])
    rest = await connector.pull_all(account, page.state)
    assert named(rest) == [each for each in ids[150:] if each not in ids[removed]]


async def test_only_comments_are_pulled_not_pingbacks_or_notes(plain, connector, account_at):
    account, state = await account_at(plain)
    post = await plain.add_post("Linked to")
    one, *_ = await plain.add_comments(
        [*comments(post, 1), *comments(post, 1, type="pingback"), *comments(post, 1, type="note")]
    )
    assert named(await connector.pull(account, state)) == [one]


async def test_an_answer_to_a_comment_that_was_removed_stays_in_its_thread(site, connector, account_at):
    post = await site.add_post("Removed")
    root, trashed, spammed = await site.add_comments(
        [*comments(post, 1), NewComment(post, "b", NOON, parent_index=0), NewComment(post, "c", NOON, parent_index=1)]
    )
    await site.set_status(trashed, "trash")
    await site.set_status(spammed, "spam")
    account, _ = await account_at(site)
    state = (await connector.pull(account)).state
    [answer] = await site.add_comments([NewComment(post, "d", NOON, parent=spammed)])
    page = await connector.pull(account, state)
    assert named(page) == [answer]
    assert page.resources[0].thread_id.endswith(f"#comment-{root}")


async def test_an_answer_to_a_comment_that_never_was_goes_by_its_number(plain, connector, account_at):
    account, state = await account_at(plain)
    post = await plain.add_post("Orphans")
    await plain.add_comments([NewComment(post, text, NOON, parent=999_999) for text in "ab"])
    page = await connector.pull(account, state)
    assert {each.thread_id for each in page.resources} == {f"{plain.url}/?p={post}#comment-999999"}


async def test_comments_that_answer_each_other_in_a_circle_are_one_thread(plain, connector, account_at):
    account, state = await account_at(plain)
    post = await plain.add_post("Circle")
    tail, first, second = await plain.add_comments(comments(post, 3))
    await plain.set_parent(tail, second)
    await plain.set_parent(first, second)
    await plain.set_parent(second, first)
    page = await connector.pull(account, state)
    assert named(page) == [tail, first, second]
    assert {each.thread_id for each in page.resources} == {f"{plain.url}/?p={post}#comment-{first}"}


async def test_a_thread_much_deeper_than_wordpress_shows_is_still_one(plain, connector, account_at):
    account, state = await account_at(plain)
    post = await plain.add_post("Deep")
    chain = [NewComment(post, "deeper", NOON, parent_index=number - 1 if number else None) for number in range(500)]
    ids = await plain.add_comments(chain)
    state = (await connector.pull_all(account, state)).state
    [last] = await plain.add_comments([NewComment(post, "deepest", NOON, parent=ids[-1])])
    page = await connector.pull(account, state)
    assert named(page) == [last]
    assert page.resources[0].thread_id.endswith(f"#comment-{ids[0]}")


async def test_a_comment_of_the_hour_that_autumn_repeats_is_not_lost(plain, connector, account_at):
    await plain.set_time_zone("Europe/Berlin")
    try:
        account, state = await account_at(plain)
        post = await plain.add_post("Autumn")
        before = datetime(2026, 10, 25, 0, 59, tzinfo=UTC)
        first = await plain.add_comments([NewComment(post, "02:59, summer time", before)])
        page = await connector.pull(account, state)
        second = await plain.add_comments([NewComment(post, "02:01, winter time", before + timedelta(minutes=2))])
        assert named(page) == first
        assert named(await connector.pull(account, page.state)) == second
    finally:
        await plain.set_time_zone("UTC")


async def test_oversized_comments_and_their_neighbours_come_through(plain, connector, account_at):
    account, state = await account_at(plain)
    post = await plain.add_post("Long")
    long, quoting = "Wörter & mehr 🦆\n\n" * 3_000, "<blockquote>So said they, and they said: <br>" * 1_400
    ids = await plain.add_comments(
        [*comments(post, 1), NewComment(post, long, NOON), NewComment(post, quoting, NOON), *comments(post, 1)]
    )
    page = await connector.pull(account, state)
    assert named(page) == ids
    assert page.resources[1].message == long.strip()
    assert len(page.resources[1].message) > 45_000
    assert page.resources[1].html_message == "", "longer than Zendesk takes"
    assert page.resources[2].html_message.count("<blockquote>") <= 32, "as deep as is shown"
    assert 60_000 < len(page.resources[2].message) < 500_000


STARTS = [
    ("everything", [0, 1, 2, 3]),
    ("30", [1, 2, 3]),
    ("7", [2, 3]),
    ("now", [3]),
]


@pytest.mark.parametrize(("start", "expected"), STARTS)
async def test_the_administrator_chooses_where_to_start(site, connector, account_at, start, expected):
    post = await site.add_post("History")
    now = datetime.now(UTC)
    days = [40, 20, 2]
    ids = await site.add_comments([NewComment(post, f"{age} days", now - timedelta(days=age)) for age in days])
    account, state = await account_at(site, start=start)
    ids.append(await site.write_comment(post, "New"))
    assert named(await connector.pull(account, state)) == [ids[number] for number in expected]


async def test_old_comments_that_are_imported_later_do_not_become_tickets(plain, connector, account_at):
    account, state = await account_at(plain, start="now")
    post = await plain.add_post("Moved here")
    await plain.add_comments(comments(post, 5))
    assert named(await connector.pull(account, state)) == []


@pytest.mark.parametrize("kind", ["post", "page"])
async def test_the_link_of_a_comment_leads_to_it(site, connector, account_at, kind):
    account, state = await account_at(site)
    post = await site.add_post("Somewhere", type=kind)
    comment = await site.write_comment(post, "Here I am")
    [resource] = (await connector.pull(account, state)).resources
    assert resource.fields["subject"] == "Re: Somewhere"
    link = await connector.clickthrough(resource.external_id)
    assert link == resource.external_id
    assert f'id="comment-{comment}"' in await site.page(link)
