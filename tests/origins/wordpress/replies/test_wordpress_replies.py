# SPDX-License-Identifier: Apache-2.0
"""Agents' replies appear at a real WordPress once, below the right comment, as they were written, with their files."""

from __future__ import annotations

import asyncio
import html
import re
from datetime import UTC, datetime
from uuid import uuid4

import httpx2
import pytest

from sealock_connector import (
    AccountRevoked,
    MessageRejected,
    NotFound,
    OriginThrottled,
    OriginUnavailable,
)
from sealock_connector.testing import File, running
from sealock_devkit.emulators.wordpress import FaultyProxy, NewComment
from sealock_origins.wordpress.connector import WordPress as Connector

pytestmark = pytest.mark.wordpress


@pytest.fixture
async def post(site):
    return await site.add_post("Questions")


def external_id(site, post, comment):
    return f"{site.url}/?p={post}#comment-{comment}"


async def test_a_reply_appears_once_below_the_comment_it_answers(site, post, connector, account_at):
    account, state = await account_at(site)
    root = await site.write_comment(post, "First")
    child = await site.write_comment(post, "Second", parent=root)
    page = await connector.pull(account, state)
    posted = await connector.channelback(
        account, "An answer", parent_id=external_id(site, post, child), thread_id=external_id(site, post, root)
    )
    reply = (await site.comments())[-1]
    assert posted.external_id == external_id(site, post, reply.id)
    assert (reply.parent, reply.post, reply.content) == (child, post, "An answer")
    assert (reply.user_id, reply.author_name) == (site.users["agent"].id, "Agent")
    assert (await connector.pull(account, page.state)).resources == ()


async def test_a_reply_without_a_parent_answers_the_first_comment_of_the_thread(site, post, connector, account_at):
    account, _ = await account_at(site)
    root = await site.write_comment(post, "First")
    await connector.channelback(account, "An answer", thread_id=external_id(site, post, root))
    assert (await site.comments())[-1].parent == root


async def test_a_reply_reads_as_it_was_written(plain, connector, account_at):
    post = await plain.add_post("Questions")
    root = await plain.write_comment(post, "First")
    account, _ = await account_at(plain)
    text = 'Use <b> & </b>, not &amp;!\nA line\n\nA paragraph \\ with "quotes" and 🦆 <script>alert(1)</script>'
    await connector.channelback(account, text, parent_id=external_id(plain, post, root))
    stored = (await plain.comments())[-1].content
    assert html.unescape(stored) == text
    assert not re.search(r"<(?!br|/?p)", stored)


async def test_what_an_agent_writes_in_wordpress_itself_is_pulled(plain, connector, account_at):
    account, state = await account_at(plain)
    post = await plain.add_post("Questions")
    [written] = await plain.add_comments(
        [NewComment(post, "From the dashboard", datetime.now(UTC), user_id=plain.users["agent"].id)]
    )
    page = await connector.pull(account, state)
    assert page.ids == [external_id(plain, post, written)]
    assert page.resources[0].author.external_id == f"{plain.url}/#user-{plain.users['agent'].id}"


async def test_replies_of_another_account_at_the_same_site_are_pulled(plain, connector, account_at):
    account, state = await account_at(plain)
    post = await plain.add_post("Questions")
    root = await plain.write_comment(post, "First")
    await connector.channelback(account, "Ours", parent_id=external_id(plain, post, root))
    async with running(Connector(), account_id="another") as other:
        theirs = await other.channelback(account, "Theirs", parent_id=external_id(plain, post, root))
    assert (await connector.pull(account, state)).ids == [external_id(plain, post, root), theirs.external_id]


async def test_every_second_answer_is_lost_and_still_each_reply_appears_once(site, post, connector, account_at):
    async with FaultyProxy(site.url, lose_every=2) as proxy:
        account, state = await account_at(site, url=proxy.url)
        root = await site.write_comment(post, "First")
        page = await connector.pull(account, state)
        posted = [
            await repeated(connector, account, f"Answer {number}", page.ids[0], key=f"key-{number}")
            for number in range(6)
        ]
        assert proxy.lost >= 3
        replies = [comment for comment in await site.comments() if comment.user_id]
        assert [reply.content for reply in replies] == [f"Answer {number}" for number in range(6)]
        assert {reply.parent for reply in replies} == {root}
        assert posted == [f"{proxy.url}/?p={post}#comment-{reply.id}" for reply in replies]
        assert (await connector.pull(account, page.state)).resources == ()


async def repeated(connector, account, message, parent_id, *, key):
    """Send a reply as Zendesk does: again with the same key, until there is an answer."""
    async with asyncio.timeout(30):
        while True:
            try:
                return (await connector.channelback(account, message, key=key, parent_id=parent_id)).external_id
            except OriginUnavailable as error:
                await asyncio.sleep(error.retry_after.total_seconds() if error.retry_after else 0.1)


async def test_the_same_words_a_second_time_are_refused_with_a_sentence(plain, connector, account_at):
    post = await plain.add_post("Questions")
    root = await plain.write_comment(post, "First")
    account, _ = await account_at(plain)
    await connector.channelback(account, "Thank you!", key="one", parent_id=external_id(plain, post, root))
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(account, "Thank you!", key="two", parent_id=external_id(plain, post, root))
    assert refused.value.message_for_agent == "WordPress has the same reply to this comment already."
    assert len(await plain.comments()) == 2


async def test_flood_protection_asks_to_wait(plain, connector, account_at):
    post = await plain.add_post("Questions")
    root = await plain.write_comment(post, "First")
    account, _ = await account_at(plain)
    await plain.set_options({"sealock_flood_for_all": 1})
    with pytest.raises(OriginThrottled) as refused:
        await connector.channelback(account, "An answer", parent_id=external_id(plain, post, root))
    assert refused.value.retry_after.total_seconds() == 15


REFUSED_PARENTS = [
    ("trash", MessageRejected, "trash or spam"),
    ("spam", MessageRejected, "trash or spam"),
    ("hold", MessageRejected, "Approve it in WordPress"),
    ("deleted", NotFound, "no longer on the site"),
]


@pytest.mark.parametrize(("fate", "error", "words"), REFUSED_PARENTS)
async def test_a_reply_to_a_comment_that_is_not_shown_is_refused(plain, connector, account_at, fate, error, words):
    post = await plain.add_post("Questions")
    root = await plain.write_comment(post, "First")
    account, _ = await account_at(plain)
    await (plain.delete(root) if fate == "deleted" else plain.set_status(root, fate))
    with pytest.raises(error) as refused:
        await connector.channelback(account, "An answer", parent_id=external_id(plain, post, root))
    assert words in refused.value.message_for_agent
    assert [comment for comment in await plain.comments() if comment.user_id] == []


async def test_a_reply_below_a_post_whose_comments_are_closed_is_refused(site, post, connector, account_at):
    root = await site.write_comment(post, "First")
    account, state = await account_at(site)
    await site.open_comments(post, open=False)
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(account, "An answer", parent_id=external_id(site, post, root))
    assert "closed" in refused.value.message_for_agent
    assert (await connector.pull(account, state)).resources[0].allow_channelback is False


async def test_a_reply_is_measured_in_the_bytes_it_takes_at_wordpress(plain, connector, account_at):
    post = await plain.add_post("Questions")
    root = await plain.write_comment(post, "First")
    account, _ = await account_at(plain)
    fits, too_long = "&" * (65_525 // 5), "é" * 32_763
    await connector.channelback(account, fits, parent_id=external_id(plain, post, root))
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(account, too_long, parent_id=external_id(plain, post, root))
    assert "65,525 bytes" in refused.value.message_for_agent
    assert [html.unescape(comment.content) for comment in (await plain.comments())[1:]] == [fits]


FOREIGN = [
    "https://elsewhere.example/?p=1#comment-1",
    "guestbook-1",
    "http://127.0.0.1:1/?p=1#comment-1'; DROP TABLE wp_comments",
]


@pytest.mark.parametrize("parent", FOREIGN)
async def test_a_reply_to_something_else_than_a_comment_of_the_site_is_refused(plain, connector, account_at, parent):
    account, _ = await account_at(plain)
    with pytest.raises(NotFound) as refused:
        await connector.channelback(account, "An answer", parent_id=parent)
    assert refused.value.message_for_agent == "What this replies to is not a comment of the account's site."


async def test_a_reply_to_nothing_is_refused(plain, connector, account_at):
    account, _ = await account_at(plain)
    with pytest.raises(MessageRejected):
        await connector.channelback(account, "An answer")


async def test_a_revoked_password_stops_replies_and_pulls(site, post, connector, account_at):
    root = await site.write_comment(post, "First")
    password = await site.new_password("agent")
    account, state = await account_at(site, password=password)
    await site.revoke_passwords("agent")
    try:
        with pytest.raises(AccountRevoked) as refused:
            await connector.channelback(account, "An answer", parent_id=external_id(site, post, root))
        assert "application password" in refused.value.message_for_agent
        with pytest.raises(AccountRevoked):
            await connector.pull(account, state)
    finally:
        await site.renew_password("agent")


async def test_a_user_who_lost_the_right_to_moderate_stops_replies_and_pulls(plain, connector, account_at):
    post = await plain.add_post("Questions")
    root = await plain.write_comment(post, "First")
    account, state = await account_at(plain)
    await plain.set_role("agent", "subscriber")
    try:
        with pytest.raises(AccountRevoked) as refused:
            await connector.channelback(account, "An answer", parent_id=external_id(plain, post, root))
        assert "moderate comments" in refused.value.message_for_agent
        with pytest.raises(AccountRevoked):
            await connector.pull(account, state)
    finally:
        await plain.set_role("agent", "editor")


async def test_a_site_that_is_down_is_not_reached_and_the_same_reply_can_be_sent_later(plain, connector, account_at):
    post = await plain.add_post("Questions")
    root = await plain.write_comment(post, "First")
    account, state = await account_at(plain)
    plain.stop()
    try:
        with pytest.raises(OriginUnavailable):
            await connector.pull(account, state)
        with pytest.raises(OriginUnavailable):
            await connector.channelback(account, "An answer", key="k", parent_id=external_id(plain, post, root))
    finally:
        plain.start()
    await connector.channelback(account, "An answer", key="k", parent_id=external_id(plain, post, root))
    assert [comment.content for comment in await plain.comments()] == ["First", "An answer"]


PDF = File("Öffnungs;zeiten.pdf", "application/pdf", b"%PDF-1.4\n" + bytes(300_000))
NOTE = File("note.txt", "text/plain", b"Open at nine.")


@pytest.fixture
async def thread(site):
    post = await site.add_post("Questions")
    return f"{site.url}/?p={post}#comment-{await site.write_comment(post, 'First')}"


async def test_files_are_linked_below_the_reply_and_whole(site, thread, connector, account_at):
    account, _ = await account_at(site)
    await connector.channelback(account, "See <here>", thread_id=thread, files=[PDF, NOTE])
    content = (await site.comments())[-1].content
    assert content.startswith("See &lt;here&gt;\n\n<a href=")
    assert "Öffnungs;zeiten.pdf</a>" in content
    async with httpx2.AsyncClient(trust_env=False) as browser:
        found = [(await browser.get(url)).content for url in re.findall(r'href="([^"]+)"', content)]
    assert found == [PDF.data, NOTE.data]


async def test_files_alone_are_a_reply(site, thread, connector, account_at):
    account, _ = await account_at(site)
    await connector.channelback(account, "", thread_id=thread, files=[NOTE])
    assert (await site.comments())[-1].content.endswith(">note.txt</a>")


@pytest.mark.parametrize(
    "file", [File("run.exe", "application/x-msdownload", b"MZ"), File("a.php", "text/plain", b"<?")]
)
async def test_a_type_that_the_site_does_not_take_is_told_in_its_words(site, thread, connector, account_at, file):
    account, _ = await account_at(site)
    with pytest.raises(MessageRejected) as rejected:
        await connector.channelback(account, "Look", thread_id=thread, files=[file])
    assert "file type" in rejected.value.message_for_agent
    assert len(await site.comments()) == 1


async def test_a_file_is_uploaded_once_however_often_answers_are_lost(site, connector, account_at):
    post = await site.add_post("Questions")
    name = f"{uuid4().hex}.txt"
    async with FaultyProxy(site.url, lose_every=2) as proxy:
        account, _ = await account_at(site, url=proxy.url)
        thread = f"{proxy.url}/?p={post}#comment-{await site.write_comment(post, 'First')}"
        for key in ("key-1", "key-2", "key-3"):
            await until_posted(connector, account, thread, key, File(name, "text/plain", key.encode()))
        assert proxy.lost >= 2
    query = {"rest_route": "/wp/v2/media", "search": name.removesuffix(".txt"), "per_page": "100"}
    async with httpx2.AsyncClient(trust_env=False, auth=("agent", site.users["agent"].password)) as browser:
        listed = (await browser.get(f"{site.url}/", params=query)).json()
    replies = [comment for comment in await site.comments() if comment.user_id]
    assert (len(replies), len(listed)) == (3, 3)


async def until_posted(connector, account, thread, key, file):
    for _ in range(8):
        try:
            return await connector.channelback(account, key, key=key, thread_id=thread, files=[file])
        except OriginUnavailable:
            continue
    raise AssertionError("the reply was not posted")
