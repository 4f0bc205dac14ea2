# SPDX-License-Identifier: Apache-2.0
"""A Facebook Page in the demo and the system tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sealock_devkit.origins.meta.seed import OWNER, PLACES
from sealock_devkit.origins.meta.stage import MetaStage
from sealock_devkit.stack.scene import Post

PAGE = PLACES[0][0]


class OriginScene:
    """A `Scene`: a Page whose posts people comment on. Its owner signs in with Facebook."""

    name = "facebook"
    title = "Facebook"
    connector_module = "sealock_origins.facebook"

    def __init__(self) -> None:
        self._stage = MetaStage()
        self._page = ""
        self._post = ""

    def missing(self) -> str:
        """Nothing: it comes with the devkit."""
        return ""

    async def start(self, folder: Path) -> None:
        """Start the emulator, and choose the Page's newest post to comment on."""
        await self._stage.start(folder)
        world = await self._stage.world()
        self._page = next(page["id"] for page in world["pages"] if page["name"] == PAGE)
        self._post = [post["id"] for post in world["posts"] if post["page_id"] == self._page][-1]

    async def stop(self) -> None:
        """Stop the emulator."""
        await self._stage.stop()

    @property
    def url(self) -> str:
        """The customers' page."""
        return self._stage.url

    @property
    def connector_options(self) -> Sequence[str]:
        """The app, and where Facebook is."""
        return (
            *("--app-id", self._stage.app_id),
            *("--app-secret-file", str(self._stage.secret_file)),
            *("--graph-url", self._stage.host("graph.facebook.com")),
            *("--dialog-url", self._stage.host("www.facebook.com")),
            "--human-agent",
            *("--allow-network", "127.0.0.0/8"),
            *("--clickthrough-host", "127.0.0.1"),
        )

    @property
    def account_answers(self) -> Sequence[Mapping[str, str]]:
        """The sign-in, the consent, and the connector's own form."""
        return ({"Person": OWNER}, {}, {"page": PAGE, "start": "7"})

    @property
    def secrets(self) -> Sequence[str]:
        """The app's."""
        return self._stage.secrets

    @property
    def hints(self) -> Sequence[str]:
        """What people can try."""
        return (
            f"Be one of several people, and write to two Pages: {self.url}",
            "Comment on a post, post on the wall, send a message with a picture.",
            f"{PAGE} is connected. Other Pages and the sign-in: add an account in the administrator's pages.",
        )

    async def write_comment(self, author: str, text: str, *, answer_to: str = "") -> str:
        """Comment on the Page's newest post, or reply to a comment."""
        return await self._stage.write(self._page, author, target=answer_to or self._post, text=text)

    async def posts(self) -> list[Post]:
        """All comments that are there."""
        world = await self._stage.world()
        names = {each["id"]: each["name"] for each in (*world["people"], *world["pages"])}
        pages = {page["id"] for page in world["pages"]}
        return [
            Post(
                id=comment["id"],
                author=names[comment["author_id"]],
                text=comment["message"],
                answer_to=comment["parent_id"],
                by_agent=comment["author_id"] in pages,
            )
            for comment in world["comments"]
            if not comment["deleted"]
        ]

    async def lose_answers(self, count: int) -> None:
        """Set the emulator's switch."""
        await self._stage.set_faults(lose_answers=count)
