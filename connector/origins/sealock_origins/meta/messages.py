# SPDX-License-Identifier: Apache-2.0
"""Messages as the Graph API and its webhooks tell of them: two shapes of the same thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sealock_origins.meta.fields import Fields
from sealock_origins.meta.told import Unreadable, elements, mapping, objects, required_instant, text

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
_ENDINGS = {"image": "jpg", "video": "mp4", "audio": "m4a", "file": "bin"}
_KINDS = {"image": "image/jpeg", "video": "video/mp4", "audio": "audio/mp4"}
_MENTION = "mentioned you in a story"
_WORDS = {"image": "a picture", "video": "a video", "audio": "a voice message", "file": "a file"}


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
    def read(cls, told: Mapping[str, Any]) -> Message:
        """From the Graph API's JSON. Raises `Unreadable`."""
        sender = mapping(told.get("from"))
        receivers = list(elements(told.get("to")))
        return cls(
            id=_id(told.get("id"), "id"),
            at=required_instant(told.get("created_time"), "created_time"),
            sender=_id(sender.get("id"), "from"),
            sender_name=text(sender.get("name")) or text(sender.get("username")),
            receiver=text(receivers[0].get("id")) if receivers else "",
            text=text(told.get("message")),
            files=tuple(_files(told.get("attachments"))),
            notes=tuple(_notes(told)),
        )

    @classmethod
    def of_event(cls, event: Mapping[str, Any]) -> Message | None:
        """From a webhook; None for events that are not new messages (edits, reactions, receipts)."""
        told = event.get("message")
        if not isinstance(told, dict):
            return None
        attached = list(objects(told.get("attachments")))
        return cls(
            id=_id(told.get("mid"), "mid"),
            at=required_instant(event.get("timestamp"), "timestamp"),
            sender=_id(mapping(event.get("sender")).get("id"), "sender"),
            receiver=_id(mapping(event.get("recipient")).get("id"), "recipient"),
            text=text(told.get("text")),
            files=tuple(_event_files(attached)),
            notes=(*_event_notes(attached), *_notes(told)),
            app_id=str(told.get("app_id") or ""),
            deleted=told.get("is_deleted") is True,
        )

    @property
    def words(self) -> str:
        """The text, or what there is instead of one: Zendesk refuses an empty message."""
        instead = [*self.notes, *(_WORDS[file.kind] for file in self.files)]
        if self.text:
            return "\n".join([self.text, *(f"({note})" for note in self.notes)])
        return "\n".join(f"({note})" for note in instead) or "(a message without text)"


def _id(told: Any, name: str) -> str:
    if not isinstance(told, str) or not told:
        raise Unreadable(name)
    return told


def _files(told: Any) -> Iterator[MessageFile]:
    for item in elements(told):
        kind, url = "file", text(item.get("file_url"))
        for name, each in (("image_data", "image"), ("video_data", "video")):
            if data := mapping(item.get(name)):
                kind, url = each, text(data.get("url")) or text(data.get("src"))
        content_type = text(item.get("mime_type"))
        if kind == "file" and content_type.partition("/")[0] in _WORDS:
            kind = content_type.partition("/")[0]
        if url:
            yield MessageFile(kind, text(item.get("name")), content_type, url)


def _notes(told: Mapping[str, Any]) -> Iterator[str]:
    for item in elements(told.get("shares")):
        yield _shared(text(item.get("link")) or text(item.get("url")))
    if told.get("sticker"):
        yield "a sticker"
    story, replied = mapping(told.get("story")), mapping(told.get("reply_to"))
    if story.get("mention"):
        yield _MENTION
    if story.get("reply_to") or replied.get("story"):
        yield "an answer to your story"
    if told.get("is_unsupported") is True:
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
