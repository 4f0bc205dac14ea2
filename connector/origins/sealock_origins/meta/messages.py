# SPDX-License-Identifier: Apache-2.0
"""Conversations and their messages, as the Graph API and its webhooks give them: two shapes of the same thing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

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
_ENDINGS = {"image": "jpg", "video": "mp4", "audio": "m4a", "file": "bin"}
_KINDS = {"image": "image/jpeg", "video": "video/mp4", "audio": "audio/mp4"}
_MENTION = "mentioned you in a story"
_WORDS = {"image": "a picture", "video": "a video", "audio": "a voice message", "file": "a file"}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MessageFile:
    """A file of a message."""

    kind: str
    """`image`, `video`, `audio` or `file`."""
    name: str = ""
    content_type: str = ""
    url: str = field(default="", repr=False)
    """A link that works for a short time."""

    def file_name(self, number: int) -> str:
        """A name with an ending; `number` counts the message's files from 0."""
        if "." in self.name:
            return self.name[-127:]
        return f"{self.name or self.kind}-{number + 1}.{_ENDINGS[self.kind]}"[-127:]

    @property
    def type_or_guess(self) -> str:
        """The content type."""
        return self.content_type or _KINDS.get(self.kind, "application/octet-stream")


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
    notes: Sequence[str] = ()
    """What else there is: a shared link, a sticker, a story, each in a few words."""
    app_id: str = ""
    """The app that sent it, where that is said."""
    deleted: bool = False

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
            files=tuple(_files(raw.get("attachments"))),
            notes=tuple(_notes(raw)),
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
            files=tuple(_event_files(attached)),
            notes=(*_event_notes(attached), *_notes(raw)),
            app_id=str(raw.get("app_id") or ""),
            deleted=raw.get("is_deleted") is True,
        )

    @property
    def words(self) -> str:
        """The text, or what there is instead of one: Zendesk refuses an empty message."""
        instead = [*self.notes, *(_WORDS[file.kind] for file in self.files)]
        if self.text:
            return "\n".join([self.text, *(f"({note})" for note in self.notes)])
        return "\n".join(f"({note})" for note in instead) or "(a message without text)"


def _id(raw: Any, name: str) -> str:
    if not isinstance(raw, str) or not raw:
        raise Unreadable(name)
    return raw


def _person(raw: Any, name: str) -> str:
    if not (found := digits(raw)):
        raise Unreadable(name)
    return found


def _files(raw: Any) -> Iterator[MessageFile]:
    for item in elements(raw):
        kind, url = "file", text(item.get("file_url"))
        for name, each in (("image_data", "image"), ("video_data", "video")):
            if data := mapping(item.get(name)):
                kind, url = each, text(data.get("url")) or text(data.get("src"))
        content_type = text(item.get("mime_type"))
        if kind == "file" and content_type.partition("/")[0] in _WORDS:
            kind = content_type.partition("/")[0]
        if url:
            yield MessageFile(kind, text(item.get("name")), content_type, url)


def _notes(raw: Mapping[str, Any]) -> Iterator[str]:
    for item in elements(raw.get("shares")):
        yield _shared(text(item.get("link")) or text(item.get("url")))
    if raw.get("sticker"):
        yield "a sticker"
    story, replied = mapping(raw.get("story")), mapping(raw.get("reply_to"))
    if story.get("mention"):
        yield _MENTION
    if story.get("reply_to") or replied.get("story"):
        yield "an answer to your story"
    if raw.get("is_unsupported") is True:
        yield "something that cannot be shown here"


def _event_files(attached: Sequence[Mapping[str, Any]]) -> Iterator[MessageFile]:
    for each in attached:
        kind, url = text(each.get("type")), text(mapping(each.get("payload")).get("url"))
        if kind in _WORDS and url:
            yield MessageFile(kind, url=url)


def _event_notes(attached: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for each in attached:
        kind, url = text(each.get("type")), text(mapping(each.get("payload")).get("url"))
        if kind == "story_mention":
            yield _MENTION
        elif kind not in _WORDS:
            yield _shared(url)


def _shared(link: str) -> str:
    return f"shared: {link}" if link else "something shared"


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
