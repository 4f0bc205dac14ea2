# SPDX-License-Identifier: Apache-2.0
"""An Instagram account in the demo and the system tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sealock_devkit.emulators.meta.seed import PLACES
from sealock_devkit.emulators.meta.stage import MetaScene
from sealock_devkit.stack.scene import Post

ACCOUNT = PLACES[0][1]


class OriginScene(MetaScene):
    """A `Scene`: an account whose posts people comment on. Its owner signs in with Instagram."""

    name = "instagram"
    title = "Instagram"
    connector_module = "sealock_origins.instagram"

    def __init__(self) -> None:
        super().__init__()
        self._account = ""
        self._media = ""

    async def start(self, folder: Path) -> None:
        """Start the emulator, and choose one of the account's posts to comment on."""
        await self._stage.start(folder)
        world = await self._stage.world()
        self._account = next(each["id"] for each in world["instagrams"] if each["username"] == ACCOUNT)
        self._media = next(each["id"] for each in world["media"] if each["owner_id"] == self._account)

    @property
    def connector_options(self) -> Sequence[str]:
        """The two apps, and where Facebook and Instagram are."""
        return (
            *super().connector_options,
            *("--instagram-app-id", self._stage.instagram_app_id),
            *("--instagram-app-secret-file", str(self._stage.instagram_secret_file)),
            *("--instagram-graph-url", self._stage.host("graph.instagram.com")),
            *("--instagram-dialog-url", self._stage.host("www.instagram.com")),
            *("--instagram-token-url", self._stage.host("api.instagram.com")),
        )

    @property
    def account_answers(self) -> Sequence[Mapping[str, str]]:
        """Which sign-in, the sign-in, the consent, and the connector's own form."""
        return ({"login": "instagram"}, {"Account": ACCOUNT}, {}, {"start": "7"})

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
        return await self._posts("media_comments", words="text", owners="instagrams", name="username")
