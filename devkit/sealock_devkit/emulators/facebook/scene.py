# SPDX-License-Identifier: Apache-2.0
"""A Facebook Page in the demo and the system tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sealock_devkit.emulators.meta.seed import OWNER, PLACES
from sealock_devkit.emulators.meta.stage import MetaScene
from sealock_devkit.stack.scene import Post

PAGE = PLACES[0][0]


class OriginScene(MetaScene):
    """A `Scene`: a Page whose posts people comment on. Its owner signs in with Facebook."""

    name = "facebook"
    title = "Facebook"
    connector_module = "sealock_origins.facebook"

    def __init__(self) -> None:
        super().__init__()
        self._page = ""
        self._post = ""

    async def start(self, folder: Path) -> None:
        """Start the emulator, and choose the Page's newest post to comment on."""
        await self._stage.start(folder)
        world = await self._stage.world()
        self._page = next(page["id"] for page in world["pages"] if page["name"] == PAGE)
        self._post = [post["id"] for post in world["posts"] if post["page_id"] == self._page][-1]

    @property
    def account_answers(self) -> Sequence[Mapping[str, str]]:
        """The sign-in, the consent, and the connector's own form."""
        return ({"Person": OWNER}, {}, {"page": PAGE, "start": "7"})

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
        return await self._posts("comments", words="message", owners="pages", name="name")
