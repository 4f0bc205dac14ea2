# SPDX-License-Identifier: Apache-2.0
"""Comments of a real WordPress become resources, each exactly once."""

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
