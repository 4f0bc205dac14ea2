# SPDX-License-Identifier: Apache-2.0
"""WordPress in the demo and the system tests: one site behind a proxy that can lose answers."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from sealock_devkit.emulators.wordpress.installed import missing
from sealock_devkit.emulators.wordpress.proxy import FaultyProxy
from sealock_devkit.emulators.wordpress.site import Site
from sealock_devkit.emulators.wordpress.wordpress import WordPress
from sealock_devkit.stack.demo_origin import Post

_TAG = re.compile(r"<[^<>]*>")


class DemoWordPress:
    """A `DemoOrigin`: a blog with one post that visitors comment on."""

    name = origin = "wordpress"
    title = "WordPress"
    connector_options: Sequence[str] = ("--allow-network", "127.0.0.0/8", "--clickthrough-host", "127.0.0.1")

    def __init__(self) -> None:
        self._wordpress: WordPress | None = None
        self._proxy: FaultyProxy | None = None
        self._post = 0

    def missing(self) -> str:
        """What to install, and how, or nothing."""
        return missing()

    async def start(self, folder: Path) -> None:
        """Start WordPress with a fresh post, and the proxy in front of it."""
        self._wordpress = WordPress(folder)
        await self._wordpress.start()
        site = await self._wordpress.add_site("blog", title="The Lock Keeper's Blog", pretty_permalinks=True)
        self._post = await site.add_post(
            "Opening hours of the lock",
            content="The lock is open from sunrise to sunset. Ask us anything in the comments.",
        )
        self._proxy = FaultyProxy(site.url)
        await self._proxy.start()

    async def stop(self) -> None:
        """Stop both."""
        if self._proxy:
            await self._proxy.stop()
        if self._wordpress:
            await self._wordpress.stop()
        self._proxy = self._wordpress = None

    @property
    def url(self) -> str:
        """The post's page."""
        return f"{self._started.url}/?p={self._post}"

    @property
    def account_answers(self) -> Sequence[Mapping[str, str]]:
        """The editor's application password, all comments there are."""
        agent = self._site.users["agent"]
        return [
            {
                "site": self._started.url,
                "user": agent.login,
                "password": agent.password,
                "start": "everything",
                "moderation": "approved",
            }
        ]

    @property
    def secrets(self) -> Sequence[str]:
        """The application password."""
        return [self._site.users["agent"].password]

    @property
    def hints(self) -> Sequence[str]:
        """What visitors can do."""
        agent = self._site.users["agent"]
        dashboard = f"{self._started.url}/wp-admin/edit-comments.php"
        return [
            f"Write a comment below the post: {self.url}",
            "Answer a comment there: it becomes a comment of the same ticket.",
            f"Moderate: {dashboard} (user {agent.login}, password {agent.sign_in_password})",
        ]

    async def write_comment(self, author: str, text: str, *, answer_to: str = "") -> str:
        """Write below the post, as a guest."""
        email = f"{re.sub(r'[^a-z0-9]+', '.', author.lower()).strip('.') or 'guest'}@example.test"
        comment = await self._site.write_comment(self._post, text, name=author, email=email, parent=int(answer_to or 0))
        return str(comment)

    async def posts(self) -> list[Post]:
        """All comments but those in the trash or spam folder."""
        agent = self._site.users["agent"].id
        return [
            Post(
                id=str(comment.id),
                author=comment.author_name,
                text=html.unescape(_TAG.sub("", comment.content)),
                answer_to=str(comment.parent or ""),
                by_agent=comment.user_id == agent,
            )
            for comment in await self._site.comments()
            if comment.status in {"approved", "hold"}
        ]

    async def lose_answers(self, count: int) -> None:
        """Let the proxy drop the answers of the next replies."""
        self._started.lose_next = count

    @property
    def _started(self) -> FaultyProxy:
        if self._proxy is None:
            raise RuntimeError("it has not been started")
        return self._proxy

    @property
    def _site(self) -> Site:
        if self._wordpress is None:
            raise RuntimeError("it has not been started")
        return self._wordpress.sites["blog"]


DEMO_ORIGINS = (DemoWordPress,)
