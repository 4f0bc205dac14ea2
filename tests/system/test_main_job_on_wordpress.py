# SPDX-License-Identifier: Apache-2.0
"""The main job on two real WordPress sites: comments become tickets, replies appear there once."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sealock_devkit.emulators.wordpress.demo import DemoWordPress
from sealock_devkit.emulators.wordpress.proxy import FaultyProxy
from sealock_devkit.emulators.wordpress.site import NewComment, Site, StoredComment
from sealock_devkit.emulators.wordpress.wordpress import WordPress, missing

BEGAN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
OVERSIZED = "Fish & chips & " * 4_000
"""As long as WordPress can keep; as HTML it is longer than Zendesk takes."""
TEXTS = (
    "Is the lock open on Sundays?",
    "Ὦ ξεῖν’, 水門は開いていますか 🛶 – naïve façade",  # noqa: RUF001
    "<b>Bold</b> and <a href='https://example.com/?a=1&b=2'>a link</a> & an ampersand",
    "<script>alert('no')</script>One line\n\nand another",
    "It's &quot;quoted&quot; \\ back\\slashed",
)


class TwoBlogs(DemoWordPress):
    """A demo with the sites `blog` (pretty permalinks, UTC) and `shop` (plain ones, half past)."""

    def __init__(self) -> None:
        super().__init__()
        self.proxies: dict[str, FaultyProxy] = {}
        self.posts_of: dict[str, list[int]] = {}

    async def start(self, folder: Path) -> None:
        """Start both, three posts each."""
        self.wordpress = WordPress(folder)
        await self.wordpress.start()
        blog = self.wordpress.add_site("blog", pretty_permalinks=True, time_zone="UTC")
        shop = self.wordpress.add_site("shop", pretty_permalinks=False, time_zone="+05:30")
        for site in await asyncio.gather(blog, shop):
            self.posts_of[site.name] = [await site.add_post(f"Post {number}") for number in range(3)]
            self.proxies[site.name] = FaultyProxy(site.url)
            await self.proxies[site.name].start()

    async def stop(self) -> None:
        """Stop everything."""
        for proxy in self.proxies.values():
            await proxy.stop()
        await self.wordpress.stop()

    def site(self, name: str) -> Site:
        """One of the two."""
        return self.wordpress.sites[name]

    def answers(self, name: str) -> Sequence[Mapping[str, str]]:
        """What the administrator types for one of them."""
        agent = self.site(name).users["agent"]
        url = self.proxies[name].url
        typed = {"user": agent.login, "password": agent.password, "start": "everything", "moderation": "approved"}
        return [{"site": url, **typed}]

    @property
    def secrets(self) -> Sequence[str]:
        """Both application passwords."""
        return [self.site(name).users["agent"].password for name in self.proxies]

    def external_id(self, name: str, comment: StoredComment) -> str:
        """The id that the comment has in Zendesk."""
        return f"{self.proxies[name].url}/?p={comment.post}#comment-{comment.id}"


def many_comments(count: int, posts: Sequence[int]) -> list[NewComment]:
    """Comments of which 150 share one second and ten each other, a third of them answers to earlier ones."""
    comments = []
    for number in range(count):
        seconds = 100 if 100 <= number < 250 else number // 10
        answers = number % 3 == 2
        parent = (number // 2 // 3 * 3 + number % 2) if answers else None
        post = posts[number % len(posts)] if parent is None else comments[parent].post
        text = OVERSIZED if number == 7 else f"{TEXTS[number % len(TEXTS)]} ({number})"
        comments.append(
            NewComment(
                post=post,
                content=text,
                date_gmt=BEGAN + timedelta(seconds=seconds),
                parent_index=parent,
                author_name=f"Visitor {number % 40}",
                author_email=f"visitor{number % 40}@example.test",
            )
        )
    return comments


def root_of(comment: StoredComment, by_id: Mapping[int, StoredComment]) -> StoredComment:
    """The comment that began the thread."""
    while comment.parent:
        comment = by_id[comment.parent]
    return comment


PAGE = 200


async def imported(stack, account: int) -> dict[str, dict]:
    """Every comment that came from the origin to this account's tickets, by external id."""
    found: dict[str, dict] = {}
    for ticket in await stack.zendesk.tickets(account):
        for comment in await stack.zendesk.comments(ticket):
            if comment["external_id"]:
                assert comment["external_id"] not in found
                found[comment["external_id"]] = {**comment, "ticket": ticket}
    return found


async def pull_until_quiet(stack, account: int, most: int) -> int:
    """Pull until two pulls in a row bring nothing; how many pulls that took."""
    before = -1
    for pulls in range(1, most + 1):
        await stack.zendesk.pull(account)
        count = (await stack.zendesk._get("/api/status"))["comments"]
        if count == before:
            return pulls
        before = count
    pytest.fail(f"{most} pulls were not enough")


@pytest.mark.wordpress
@pytest.mark.skipif(bool(missing()), reason=missing())
async def test_a_thousand_comments_each_become_one_comment_on_the_right_ticket(run):
    origin = TwoBlogs()
    async with run(origin) as stack:
        integration = await stack.zendesk.install(stack.manifest_url())
        for name, count in (("blog", 1000), ("shop", 240)):
            await origin.site(name).add_comments(many_comments(count, origin.posts_of[name]))
        accounts = {
            name: await stack.zendesk.add_account(integration, origin.answers(name)) for name in ("blog", "shop")
        }

        for name, count in (("blog", 1000), ("shop", 240)):
            pulls = await pull_until_quiet(stack, accounts[name], most=count // PAGE + 4)
            assert pulls <= count // PAGE + 3

            stored = {comment.id: comment for comment in await origin.site(name).comments()}
            found = await imported(stack, accounts[name])
            expected = {origin.external_id(name, comment): comment for comment in stored.values()}
            assert len(expected) == count
            assert found.keys() == expected.keys()
            tickets: dict[int, set[int]] = {}
            for external_id, comment in expected.items():
                root = root_of(comment, stored).id
                tickets.setdefault(root, set()).add(found[external_id]["ticket"])
            assert all(len(each) == 1 for each in tickets.values())
            assert len(set.union(*tickets.values())) == len(tickets)

            oversized = next(comment for comment in stored.values() if comment.content == OVERSIZED)
            told = found[origin.external_id(name, oversized)]
            assert told["body"] == OVERSIZED.strip()
            assert told["html_body"] == ""
            assert not any("alert(" in (comment["html_body"] or "") for comment in found.values())


@pytest.mark.wordpress
@pytest.mark.skipif(bool(missing()), reason=missing())
async def test_fifty_replies_stand_there_once_though_every_second_answer_is_lost(run):
    origin = TwoBlogs()
    async with run(origin) as stack:
        zendesk = stack.zendesk
        await zendesk.change_settings(
            channelback_backoff_seconds=0.3, channelback_longest_wait_seconds=0.5, channelback_retries=60
        )
        integration = await zendesk.install(stack.manifest_url())
        await origin.site("blog").add_comments(many_comments(90, origin.posts_of["blog"]))
        account = await zendesk.add_account(integration, origin.answers("blog"))
        await pull_until_quiet(stack, account, most=5)
        tickets = (await zendesk.tickets())[:50]
        assert len(tickets) == 50

        proxy = origin.proxies["blog"]
        proxy.lose_every = 2
        limit = asyncio.Semaphore(8)

        async def reply(ticket: int) -> dict:
            async with limit:
                return await zendesk.reply(ticket, f"Answer to ticket {ticket}: yes, on Sundays too.")

        replies = await asyncio.gather(*(reply(ticket) for ticket in tickets))
        proxy.lose_every = 0

        assert [each["status"] for each in replies] == ["delivered"] * 50
        assert proxy.lost >= 20
        stored = await origin.site("blog").comments()
        posted = Counter(comment.content for comment in stored if comment.content.startswith("Answer to ticket"))
        assert len(posted) == 50
        assert set(posted.values()) == {1}
        agent = origin.site("blog").users["agent"].id
        answers = [comment for comment in stored if comment.content in posted]
        assert all(comment.user_id == agent and comment.parent for comment in answers)
        assert len({each["external_id"] for each in replies}) == 50

        before = await imported(stack, account)
        for _ in range(3):
            await zendesk.pull(account)
        assert await imported(stack, account) == before
        assert len(await zendesk.tickets()) == len({each["ticket"] for each in before.values()})


@pytest.mark.wordpress
@pytest.mark.skipif(bool(missing()), reason=missing())
async def test_the_link_opens_the_comments_page_and_an_undeclared_host_is_named_first(run):
    origin = TwoBlogs()
    async with run(origin) as stack:
        integration = await stack.zendesk.install(stack.manifest_url())
        await origin.site("blog").write_comment(origin.posts_of["blog"][0], "Where is the lock?")
        account = await stack.zendesk.add_account(integration, origin.answers("blog"))
        await stack.zendesk.pull(account)
        (found,) = (await imported(stack, account)).values()
        page = await stack.zendesk.open_link(found["id"])
        assert page["status"] == 200
        assert page["location"].startswith(origin.proxies["blog"].url)
        assert "Where is the lock?" in page["text"]


@pytest.mark.wordpress
@pytest.mark.skipif(bool(missing()), reason=missing())
async def test_what_zendesk_keeps_is_unreadable_without_the_keys(run):
    origin = TwoBlogs()
    async with run(origin) as stack:
        integration = await stack.zendesk.install(stack.manifest_url())
        account = await stack.zendesk.add_account(integration, origin.answers("blog"))
        await stack.zendesk.pull(account)
        kept = json.dumps(await stack.zendesk.account(account))
        assert all(secret not in kept for secret in origin.secrets)
        for file in (stack.folder / "zendesk").rglob("*.sqlite*"):
            dump = file.read_bytes()
            assert all(secret.encode() not in dump for secret in origin.secrets)
