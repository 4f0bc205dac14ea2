# SPDX-License-Identifier: Apache-2.0
"""Messages as the Graph API and its webhooks give them: two shapes of the same thing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sealock_connector import Text
from sealock_connector.localisation import Words, as_written
from sealock_origins.meta.graph import (
    Unreadable,
    digits,
    elements,
    mapping,
    objects,
    required_instant,
    text,
)
from sealock_origins.meta.lists import Fields
from sealock_origins.meta.messages.attachments import (
    FILE_WORDS,
    NOT_SHOWN,
    MessageFile,
    Note,
    event_files,
    event_notes,
    told_files,
    told_notes,
)

_ATTACHED: Fields = ("id", "mime_type", "name", "size", "image_data", "file_url", "video_data")
_LITTLE: Fields = ("id", "created_time", "from", "to")
MESSAGE_FIELDS: Sequence[Fields] = (
    (*_LITTLE, "message", ("attachments", _ATTACHED), "shares", "sticker", "is_unsupported"),
    (*_LITTLE, "message", "attachments", "shares"),
    (*_LITTLE, "message"),
    _LITTLE,
)
"""What is asked of a message: all of it, what is known of all versions, its words, and that it is there."""
INSTAGRAM_MESSAGE_FIELDS: Sequence[Fields] = (
    (*_LITTLE, "message", "attachments", "shares", "story", "reply_to", "is_unsupported"),
    (*_LITTLE, "message", "attachments", "shares", "story"),
    (*_LITTLE, "message"),
    _LITTLE,
)
FILE_FIELDS: Fields = ("id", "created_time", "from", "to", ("attachments", _ATTACHED))
"""What is asked of a message whose file is wanted."""
_WORDS_ONLY = 2
"""From this set of fields on what goes with the words is not told."""
_NOTHING = Note(Text("a message without text"))


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
    bare: bool = False
    """Nothing of it can be had but that it is there."""

    @classmethod
    def read(cls, raw: Mapping[str, Any], step: int = 0) -> Message:
        """From the Graph API's JSON, with the set of `MESSAGE_FIELDS` of this number. Raises `Unreadable`."""
        sender = mapping(raw.get("from"))
        receivers = [each for each in map(_person_of, elements(raw.get("to"))) if each]
        if not _person_of(sender) and not receivers:
            raise Unreadable("from")
        words, notes = text(raw.get("message")), dict.fromkeys(told_notes(raw))
        if step >= _WORDS_ONLY and not words:
            notes[NOT_SHOWN] = None
        return cls(
            id=_id(raw.get("id"), "id"),
            at=required_instant(raw.get("created_time"), "created_time"),
            sender=_person_of(sender),
            sender_name=text(sender.get("name")) or text(sender.get("username")),
            receiver=receivers[0] if receivers else "",
            text=words,
            files=tuple(told_files(raw)),
            notes=tuple(notes),
            echo=raw.get("is_echo") is True,
            bare=step == len(MESSAGE_FIELDS) - 1,
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
        unnamed = not self.sender and self.receiver not in own
        return self.echo or self.sender in own or unnamed

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


def _person_of(raw: Mapping[str, Any]) -> str:
    return digits(raw.get("id"))


def _person(raw: Any, name: str) -> str:
    if not (found := digits(raw)):
        raise Unreadable(name)
    return found
