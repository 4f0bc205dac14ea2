# SPDX-License-Identifier: Apache-2.0
"""An Instagram account in the demo and the system tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sealock_devkit.origins.meta.seed import PLACES
from sealock_devkit.origins.meta.stage import MetaStage
from sealock_devkit.stack.scene import Post

ACCOUNT = PLACES[0][1]


class OriginScene:
    """A `Scene`: an account whose posts people comment on. Its owner signs in with Instagram."""

    name = "instagram"
    title = "Instagram"
    connector_module = "sealock_origins.instagram"

    def __init__(self) -> None:
        self._stage = MetaStage()
        self._account = ""
        self._media = ""

    def missing(self) -> str:
        """Nothing: it comes with the devkit."""
        return ""

    async def start(self, folder: Path) -> None:
        """Start the emulator, and choose one of the account's posts to comment on."""
        await self._stage.start(folder)
        world = await self._stage.world()
        self._account = next(each["id"] for each in world["instagrams"] if each["username"] == ACCOUNT)
        self._media = next(each["id"] for each in world["media"] if each["owner_id"] == self._account)

    async def stop(self) -> None:
        """Stop the emulator."""
        await self._stage.stop()

    @property
    def url(self) -> str:
        """The customers' page."""
        return self._stage.url

    @property
    def connector_options(self) -> Sequence[str]:
        """The two apps, and where Facebook and Instagram are."""
        return (
            *("--app-id", self._stage.app_id),
            *("--app-secret-file", str(self._stage.secret_file)),
            *("--instagram-app-id", self._stage.instagram_app_id),
            *("--instagram-app-secret-file", str(self._stage.instagram_secret_file)),
            *("--graph-url", self._stage.host("graph.facebook.com")),
            *("--dialog-url", self._stage.host("www.facebook.com")),
            *("--instagram-graph-url", self._stage.host("graph.instagram.com")),
            *("--instagram-dialog-url", self._stage.host("www.instagram.com")),
            *("--instagram-token-url", self._stage.host("api.instagram.com")),
            "--human-agent",
            *("--allow-network", "127.0.0.0/8"),
            *("--clickthrough-host", "127.0.0.1"),
        )

    @property
    def account_answers(self) -> Sequence[Mapping[str, str]]:
        """Which sign-in, the sign-in, the consent, and the connector's own form."""
        return ({"login": "instagram"}, {"Account": ACCOUNT}, {}, {"start": "7"})

    @property
    def secrets(self) -> Sequence[str]:
        """The apps'."""
        return self._stage.secrets

    @property
    def hints(self) -> Sequence[str]:
        """What people can try."""
        return (
            f"Be one of several people, and write to two Instagram accounts: {self.url}",
            "Comment on a post, send a message, reply to a story.",
        )

    async def write_comment(self, author: str, text: str, *, answer_to: str = "") -> str:
        """Comment on one of the account's posts, or reply to a comment."""
        return await self._stage.write(self._account, author, target=answer_to or self._media, text=text)

    async def posts(self) -> list[Post]:
        """All comments that are there."""
        world = await self._stage.world()
        names = {each["id"]: each["username"] for each in (*world["people"], *world["instagrams"])}
        accounts = {account["id"] for account in world["instagrams"]}
        return [
            Post(
                id=comment["id"],
                author=names[comment["author_id"]],
                text=comment["text"],
                answer_to=comment["parent_id"],
                by_agent=comment["author_id"] in accounts,
            )
            for comment in world["media_comments"]
            if not comment["deleted"]
        ]

    async def lose_answers(self, count: int) -> None:
        """Set the emulator's switch."""
        await self._stage.set_faults(lose_answers=count)
