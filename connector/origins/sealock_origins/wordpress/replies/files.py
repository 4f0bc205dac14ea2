# SPDX-License-Identifier: Apache-2.0
"""The files of a reply: added to the site's media library, and taken away again if the reply is refused after all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from html import escape

from sealock_connector import ConnectorError, Reply
from sealock_origins.wordpress.ids import file_slug
from sealock_origins.wordpress.refusals import Refused
from sealock_origins.wordpress.replies.calls import Medium, ReplyCalls

STAYS = "What was uploaded for it is still in the site's media library, where it has to be deleted: {names}."
_MOST_NAMES_CHARS = 150


class ReplyFiles:
    """The files of one reply. `check` is called before the first is uploaded, and raises what stands against it."""

    def __init__(self, calls: ReplyCalls, reply: Reply, check: Callable[[], Awaitable[None]]) -> None:
        self._calls = calls
        self._reply = reply
        self._check = check
        self._checked = False
        self._media: list[tuple[Medium, str]] = []

    async def links(self) -> str:
        """Add the files to the library, unless an earlier try did; a line of markup for each."""
        if self._reply.files is None:
            return ""
        links: list[str] = []
        async for file in self._reply.files:
            slug = file_slug(self._reply.account.id, self._reply.key, len(links))
            medium = await self._calls.medium(slug)
            if medium is None:
                if not self._checked:
                    await self._check()
                    self._checked = True
                medium = await self._calls.upload(file, slug)
            self._media.append((medium, file.name))
            links.append(f'<a href="{escape(medium.url)}">{escape(file.name)}</a>')
        return "\n".join(links)

    @property
    def addresses(self) -> list[str]:
        """Where the files are."""
        return [medium.url for medium, _ in self._media]

    async def take_back(self) -> str:
        """Delete what was uploaded, as the reply is refused for good; a sentence if something of it stays."""
        stays = [name for medium, name in self._media if not await self._deleted(medium)]
        if not stays:
            return ""
        return STAYS.format(names=", ".join(stays)[:_MOST_NAMES_CHARS])

    async def _deleted(self, medium: Medium) -> bool:
        try:
            await self._calls.delete_medium(medium.id)
        except Refused as refused:
            return refused.status in {404, 410}
        except ConnectorError:
            return False
        return True


def with_addition(error: ConnectorError, addition: str) -> ConnectorError:
    """The error with one more sentence for the agent."""
    if addition:
        error.message_for_agent = f"{error.message_for_agent} {addition}".strip()
    return error
