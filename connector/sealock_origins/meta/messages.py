# SPDX-License-Identifier: Apache-2.0
"""Messages as the Graph API and its webhooks tell of them: two shapes of the same thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sealock_origins.meta.fields import Fields
from sealock_origins.meta.webhooks import instant

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
_WORDS = {"image": "a picture", "video": "a video", "audio": "a voice message", "file": "a file"}


class Unreadable(ValueError):
    """Meta told of something that lacks what it must have; the text names the field."""


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
        sender = told.get("from")
        if not isinstance(sender, dict) or not sender.get("id"):
            raise Unreadable("from")
        receivers = list(_items(told.get("to")))
        return cls(
            id=_id(told.get("id"), "id"),
            at=_at(told.get("created_time")),
            sender=str(sender["id"]),
            sender_name=str(sender.get("name") or sender.get("username") or ""),
            receiver=str(receivers[0].get("id") or "") if receivers else "",
            text=_text(told.get("message")),
            files=tuple(_files(told.get("attachments"))),
            notes=tuple(_notes(told)),
        )

    @classmethod
    def of_event(cls, event: Mapping[str, Any]) -> Message | None:
        """From a webhook; None for events that are not new messages (edits, reactions, receipts)."""
        told = event.get("message")
        if not isinstance(told, dict):
            return None
        sender, receiver = event.get("sender"), event.get("recipient")
        if not isinstance(sender, dict) or not isinstance(receiver, dict):
            raise Unreadable("sender")
        attached = [each for each in told.get("attachments") or () if isinstance(each, dict)]
        return cls(
            id=_id(told.get("mid"), "mid"),
            at=_at(event.get("timestamp")),
            sender=_id(sender.get("id"), "sender"),
            receiver=_id(receiver.get("id"), "recipient"),
            text=_text(told.get("text")),
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


def _at(told: Any) -> datetime:
    at = instant(told)
    if at.year == 1970:
        raise Unreadable("created_time")
    return at


def _text(told: Any) -> str:
    return told.strip() if isinstance(told, str) else ""


def _items(told: Any) -> Iterator[Mapping[str, Any]]:
    """The elements of `{"data": [...]}`."""
    for item in (told.get("data") if isinstance(told, dict) else None) or ():
        if isinstance(item, dict):
            yield item


def _files(told: Any) -> Iterator[MessageFile]:
    for item in _items(told):
        kind, url = "file", item.get("file_url")
        for name, each in (("image_data", "image"), ("video_data", "video")):
            data = item.get(name)
            if isinstance(data, dict):
                kind, url = each, data.get("url") or data.get("src")
        content_type = str(item.get("mime_type") or "")
        if kind == "file" and content_type.partition("/")[0] in _WORDS:
            kind = content_type.partition("/")[0]
        if isinstance(url, str) and url:
            yield MessageFile(kind, str(item.get("name") or ""), content_type, url)


def _notes(told: Mapping[str, Any]) -> Iterator[str]:
    for item in _items(told.get("shares")):
        link = item.get("link") or item.get("url")
        yield f"shared: {link}" if isinstance(link, str) and link else "something shared"
    if told.get("sticker"):
        yield "a sticker"
    yield from _story_notes(told.get("story"), told.get("reply_to"))
    if told.get("is_unsupported") is True:
        yield "something that cannot be shown here"


def _story_notes(story: Any, reply_to: Any) -> Iterator[str]:
    if isinstance(story, dict) and isinstance(story.get("mention"), dict):
        yield "mentioned you in a story"
    replied = story.get("reply_to") if isinstance(story, dict) else None
    if replied or (isinstance(reply_to, dict) and isinstance(reply_to.get("story"), dict)):
        yield "an answer to your story"


def _event_files(attached: Sequence[Mapping[str, Any]]) -> Iterator[MessageFile]:
    for each in attached:
        payload, kind = each.get("payload"), each.get("type")
        url = payload.get("url") if isinstance(payload, dict) else None
        if kind in _WORDS and isinstance(url, str):
            yield MessageFile(str(kind), url=url)


def _event_notes(attached: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for each in attached:
        payload, kind = each.get("payload"), each.get("type")
        url = payload.get("url") if isinstance(payload, dict) else None
        if kind == "story_mention":
            yield "mentioned you in a story"
        elif kind not in _WORDS:
            yield f"shared: {url}" if isinstance(url, str) and url else "something shared"
