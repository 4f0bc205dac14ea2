# SPDX-License-Identifier: Apache-2.0
"""The files of a reply: added to the site's media library, and taken away again if the reply is refused after all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from html import escape

from sealock_connector import Attachment, Cause, ConnectorError, MessageRejected, OriginUnavailable, Reply, Text
from sealock_origins.wordpress.ids import file_slug
from sealock_origins.wordpress.refusals import Refused
from sealock_origins.wordpress.replies.calls import Medium, ReplyCalls

NO_LIBRARY = Text("The site's REST API takes no files. Send the reply without them.")
_MOST_NAMES_CHARS = 150
_MOST_NAME_CHARS = 80
_NOT_THE_FILE = {401, 403}
"""Where the user may not, what is wrong is not with one file."""


@dataclass(frozen=True, slots=True)
class FileLink:
    """The link of a file in a reply."""

    address: str
    name: str

    @property
    def markup(self) -> str:
        """As a link."""
        return f'<a href="{escape(self.address)}">{escape(self.name)}</a>'

    @property
    def spelt_out(self) -> str:
        """As text that has the address in it."""
        return f"{escape(self.name)}: {escape(self.address)}"

    def is_in(self, markup: str) -> bool:
        """Whether its address is in there. It may be at another host: plug-ins change that."""
        return escape("/" + self.address.partition("?")[0].rpartition("/")[2]) in markup


class ReplyFiles:
    """The files of one reply. `check` is called before the first is uploaded, and raises what stands against it."""

    def __init__(self, calls: ReplyCalls, reply: Reply, check: Callable[[], Awaitable[None]]) -> None:
        self._calls = calls
        self._reply = reply
        self._check = check
        self._checked = False
        self._media: list[tuple[Medium, str]] = []

    async def links(self) -> Sequence[FileLink]:
        """Add the files to the library, unless an earlier try did; the link of each."""
        links: list[FileLink] = []
        if self._reply.files is None:
            return links
        async for file in self._reply.files:
            slug = file_slug(self._reply.account.id, self._reply.key, len(links))
            medium = await self._calls.medium(slug)
            if medium is None:
                if not self._checked:
                    await self._check()
                    self._checked = True
                medium = await self._added(file, slug)
            self._media.append((medium, file.name))
            if await self._calls.is_gone(medium):
                raise MessageRejected(removed_at_once(_short(file)))
            links.append(FileLink(medium.url, file.name))
        return links

    async def _added(self, file: Attachment, slug: str) -> Medium:
        """Add one file. Raises `MessageRejected` with its name where it is the file that the site does not take."""
        try:
            return await self._calls.upload(file, slug)
        except Refused as refused:
            if refused.code == "rest_no_route":
                raise MessageRejected(NO_LIBRARY, cause=Cause.ROUTE_MISSING) from None
            if refused.code == "rest_upload_no_data":
                raise MessageRejected(_empty(_short(file))) from None
            if refused.status in _NOT_THE_FILE or not refused.words:
                raise
            raise MessageRejected(_not_taken(_short(file), refused.words)) from None
        except OriginUnavailable as error:
            if error.cause is not Cause.FIREWALL or not await self._passes():
                raise
            told = _blocked(_short(file))
            raise MessageRejected(told, detail=str(error), cause=Cause.FIREWALL) from None

    async def _passes(self) -> bool:
        """Whether what stands before the site lets other calls pass that write."""
        try:
            await self._check()
        except (Refused, ConnectorError):
            return False
        return True

    async def take_back(self) -> Text | None:
        """Delete what was uploaded, as the reply is refused for good; a sentence if something of it stays."""
        stays = [name for medium, name in self._media if not await self._deleted(medium)]
        return _stays(", ".join(stays)[:_MOST_NAMES_CHARS]) if stays else None

    async def _deleted(self, medium: Medium) -> bool:
        try:
            await self._calls.delete_medium(medium.id)
        except Refused as refused:
            return refused.status in {404, 410}
        except ConnectorError:
            return False
        return True


def removed_at_once(name: str) -> Text:
    """What an agent reads of a file that the site removed at once."""
    return Text(
        "The site took the file {name}, but something there removed it at once. Send the reply without it.", name=name
    )


def _empty(name: str) -> Text:
    return Text("WordPress takes no empty files, and {name} is empty. Send the reply without it.", name=name)


def _not_taken(name: str, words: str) -> Text:
    return Text(
        "WordPress does not take the file {name}. It says: {words} Send the reply without it.", name=name, words=words
    )


def _blocked(name: str) -> Text:
    return Text(
        "The site's firewall does not let the file {name} through: other calls pass. Send the reply without it, or ask "
        "whoever runs the site.",
        name=name,
    )


def _stays(names: str) -> Text:
    return Text(
        "What was uploaded for it is still in the site's media library, where it has to be deleted: {names}.",
        names=names,
    )


def _short(file: Attachment) -> str:
    return file.name.strip()[:_MOST_NAME_CHARS]


def with_addition(error: ConnectorError, addition: Text | None) -> ConnectorError:
    """The error with one more sentence for the agent."""
    if addition:
        error.message_for_agent = Text.joined(error.message_for_agent, addition)
    return error
