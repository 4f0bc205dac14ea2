# SPDX-License-Identifier: Apache-2.0
"""Conversations and their messages, as the Graph API and its webhooks give them: two shapes of the same thing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sealock_connector import Text
from sealock_connector.localisation import Words, as_written
from sealock_origins.meta.attachments import (
    FILE_WORDS,
    MessageFile,
    Note,
    event_files,
    event_notes,
    told_files,
    told_notes,
)
from sealock_origins.meta.budget import Budgets
from sealock_origins.meta.graph import (
    Fields,
    Graph,
    Item,
    Unreadable,
    digits,
    elements,
    instant,
    mapping,
    objects,
    required_instant,
    text,
)

ATTACHMENT_FIELDS: Fields = ("id", "mime_type", "name", "size", "image_data", "file_url", "video_data")
MESSAGE_FIELDS: Fields = (
    "id",
    "created_time",
    "from",
    "to",
    "message",
    ("attachments", ATTACHMENT_FIELDS),
    "shares",
    "sticker",
    "is_unsupported",
)
INSTAGRAM_MESSAGE_FIELDS: Fields = (
    "id",
    "created_time",
    "from",
    "to",
    "message",
    "attachments",
    "shares",
    "story",
    "reply_to",
    "is_unsupported",
)
CALLS_A_SECOND = 2
"""Meta's limit for conversations of one account."""
_LIST_FIELDS: Fields = ("id", "updated_time")
_NOTHING = Note(Text("a message without text"))

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a conversation."""

    id: str
    at: datetime
    sender: str
    sender_name: str = ""
    receiver: str = ""
    text: str = ""
    files: Sequence[MessageFile] = ()
    notes: Sequence[Note] = ()
    """What else there is: a shared link, a sticker, a story, each in a few words."""
    app_id: str = ""
    """The app that sent it, where that is said."""
    deleted: bool = False
    echo: bool = False
    """Meta says that the account sent it, whatever the sender's id is."""

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Message:
        """From the Graph API's JSON. Raises `Unreadable`."""
        sender = mapping(raw.get("from"))
        receivers = list(elements(raw.get("to")))
        return cls(
            id=_id(raw.get("id"), "id"),
            at=required_instant(raw.get("created_time"), "created_time"),
            sender=_person(sender.get("id"), "from"),
            sender_name=text(sender.get("name")) or text(sender.get("username")),
            receiver=digits(receivers[0].get("id")) if receivers else "",
            text=text(raw.get("message")),
            files=tuple(told_files(raw)),
            notes=tuple(dict.fromkeys(told_notes(raw))),
            echo=raw.get("is_echo") is True,
        )

    @classmethod
    def of_event(cls, event: Mapping[str, Any]) -> Message | None:
        """From a webhook; None for events that are not new messages (edits, reactions, receipts)."""
        raw = event.get("message")
        if not isinstance(raw, dict):
            return None
        attached = list(objects(raw.get("attachments")))
        return cls(
            id=_id(raw.get("mid"), "mid"),
            at=required_instant(event.get("timestamp"), "timestamp"),
            sender=_person(mapping(event.get("sender")).get("id"), "sender"),
            receiver=_person(mapping(event.get("recipient")).get("id"), "recipient"),
            text=text(raw.get("text")),
            files=tuple(event_files(attached)),
            notes=tuple(dict.fromkeys(event_notes(raw))),
            app_id=str(raw.get("app_id") or ""),
            deleted=raw.get("is_deleted") is True,
            echo=raw.get("is_echo") is True,
        )

    def is_from(self, own: Collection[str]) -> bool:
        """Whether the account sent it, whose ids are `own`."""
        return self.echo or self.sender in own

    def person(self, own: Collection[str]) -> str:
        """Whom the account, whose ids are `own`, exchanged it with; empty where it does not say."""
        both = (self.receiver, self.sender) if self.is_from(own) else (self.sender, self.receiver)
        return next((each for each in both if each and each not in own), "")

    def said(self, words: Words = as_written) -> str:
        """The text and what else there is, in the language of `words`; never empty, which Zendesk refuses."""
        if self.text:
            return "\n".join([self.text, *(note.said(words) for note in self.notes)])
        instead = [*self.notes, *(Note(FILE_WORDS[file.kind]) for file in self.files)]
        return "\n".join(note.said(words) for note in instead or [_NOTHING])


def _id(raw: Any, name: str) -> str:
    if not isinstance(raw, str) or not raw:
        raise Unreadable(name)
    return raw


def _person(raw: Any, name: str) -> str:
    if not (found := digits(raw)):
        raise Unreadable(name)
    return found


@dataclass(frozen=True, slots=True)
class Conversations:
    """The messages of one account, of one platform."""

    graph: Graph
    budgets: Budgets
    path: str
    """Where its conversations are: `1001/conversations`."""
    platform: str
    fields: Fields
    newest_only: int = 0
    """So many messages of a conversation can be read, no more; 0: all."""

    async def changed(self, concerns: Callable[[int], bool]) -> list[tuple[int, str]]:
        """
        Those whose last change, in seconds since 1970, `concerns` the caller: that change and the id, oldest first.

        Meta lists the newest first. So the list is read until a part of it holds none of them.
        """
        found: list[tuple[int, str]] = []
        async for portion in self.graph.portions(self.path, _LIST_FIELDS, platform=self.platform):
            await self._turn()
            read = [(int(instant(item.get("updated_time")).timestamp()), str(item.get("id") or "")) for item in portion]
            news = [each for each in read if each[1] and concerns(each[0])]
            found += news
            if read and not news:
                break
        return sorted(dict.fromkeys(found))

    async def messages(self, conversation: str, wanted: Callable[[Message], bool]) -> list[Message]:
        """
        A conversation's messages, oldest first, back to the first one that is not wanted.

        Those that cannot be read are passed over with a line in the log.
        """
        found: list[Message] = []
        limit = self.newest_only or 100
        await self._turn()
        async for portion in self.graph.portions(f"{conversation}/messages", self.fields, limit=limit):
            read = [message for message in map(_readable, portion) if message]
            new = [message for message in read if wanted(message)]
            found += new
            if self.newest_only or len(new) < len(read):
                break
            await self._turn()
        found.reverse()  # what shares a second stays in its order
        return sorted(found, key=lambda message: message.at)

    async def with_person(self, person: str, *, since: datetime | None = None) -> list[Message]:
        """The messages exchanged with a person, oldest first; a hundred of the newest without `since`."""
        await self._turn()
        answer = await self.graph.get(self.path, _LIST_FIELDS, platform=self.platform, user_id=person, limit="1")
        for item in elements(answer):
            if item.get("id"):
                return await self.messages(str(item["id"]), _Newest(since))
        return []

    async def _turn(self) -> None:
        await self.budgets.pace(f"{self.graph.account} conversations", per_second=CALLS_A_SECOND)


class _Newest:
    """Wants messages since an instant, or a hundred of them."""

    def __init__(self, since: datetime | None) -> None:
        self._since = since
        self._seen = 0

    def __call__(self, message: Message) -> bool:
        self._seen += 1
        return message.at >= self._since if self._since else self._seen <= 100


def last_written_by(person: str, messages: Sequence[Message]) -> datetime | None:
    """When the person wrote last; None if nothing of theirs is there."""
    return max((message.at for message in messages if message.sender == person), default=None)


def _readable(item: Item) -> Message | None:
    try:
        return Message.read(item)
    except Unreadable as problem:
        _log.warning("a message passed over, it cannot be read: %s", problem)
        return None
