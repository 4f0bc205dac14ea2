# SPDX-License-Identifier: Apache-2.0
"""Two blogs whose comments have the same numbers, each behind a proxy that can lose answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sealock_devkit.emulators.wordpress.demo import DemoWordPress
from sealock_devkit.emulators.wordpress.proxy import FaultyProxy
from sealock_devkit.emulators.wordpress.site import NewComment, Site, StoredComment
from sealock_devkit.emulators.wordpress.wordpress import WordPress

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
        for name, pretty, zone in (("blog", True, "UTC"), ("shop", False, "+05:30")):
            site = await self.wordpress.add_site(name, pretty_permalinks=pretty, time_zone=zone)
            self.posts_of[name] = [await site.add_post(f"Post {number}") for number in range(3)]
            self.proxies[name] = FaultyProxy(site.url)
            await self.proxies[name].start()

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
