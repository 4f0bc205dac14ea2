# SPDX-License-Identifier: Apache-2.0
"""Conversations, and the messages in them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sealock_connector import Text
from sealock_connector.localisation import Words, as_written
from sealock_origins.meta.graph import (
    Graph,
    Unreadable,
    digits,
    elements,
    flag,
    identifier,
    instant,
    mapping,
    read_items,
    required_instant,
    text,
)
from sealock_origins.meta.lists import MOST_AT_ONCE, Fields, Item
from sealock_origins.meta.messages.attachments import (
    FILE_WORDS,
    NOT_SHOWN,
    MessageFile,
    Note,
    told_files,
    told_notes,
)

CALLS_A_SECOND = 1.9
"""Meta takes two of one account's conversations. Calls that are late on their way must not make it more."""
LIST_FIELDS: Sequence[Fields] = (("id", "updated_time", "participants"), ("id", "updated_time"))
NOT_TOLD = 2**40
"""When a conversation changed that does not say it: later than anything, so that it is looked at."""
_OLD_ENOUGH = 25
"""After so many conversations in a row without news no older one has any: Meta's order is nearly that of time."""
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
    echo: bool = False
    """Meta says that the account sent it, whatever the sender's id is."""
    bare: bool = False
    """Nothing of it can be had but that it is there."""

    @classmethod
    def read(cls, raw: Mapping[str, Any], step: int = 0) -> Message:
        """
        From the Graph API's JSON, with the set of `MESSAGE_FIELDS` of this number. Raises `Unreadable`.

        Neither sender nor receiver may be told, as of people who left: then its conversation says with whom it is.
        """
        sender = mapping(raw.get("from"))
        receivers = [each for each in map(_person_of, elements(raw.get("to"))) if each]
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
            echo=flag(raw.get("is_echo")),
            bare=step == len(MESSAGE_FIELDS) - 1,
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
    if not (found := identifier(raw)):
        raise Unreadable(name)
    return found


def _person_of(raw: Mapping[str, Any]) -> str:
    return digits(raw.get("id"))


def nameless(conversation: str) -> str:
    """
    A number in the place of a person's, for messages of a conversation that does not say with whom it is.

    It begins with 0, as no person's does. Nobody can be written to by it.
    """
    return f"0{int.from_bytes(hashlib.sha256(conversation.encode()).digest()[:8])}"


def is_nameless(person: str) -> bool:
    """Whether a number is none of a person's."""
    return person.startswith("0")


class Conversation(NamedTuple):
    """A conversation of an account with a person."""

    changed: int
    """Its last change, in seconds since 1970."""
    id: str
    person: str = ""
    """With whom it is, if that is told."""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Conversations:
    """The messages of one account, of one platform."""

    graph: Graph
    """Paced: Meta takes so many calls a second of an account's conversations."""
    path: str
    """Where its conversations are: `1001/conversations`."""
    platform: str
    fields: Sequence[Fields]
    own: Collection[str] = ()
    """The ids and the user name that the account itself takes part with."""
    newest_only: int = 0
    """So many messages of a conversation can be read, no more; 0: all."""

    async def changed(self, concerns: Callable[[int], bool]) -> list[Conversation]:
        """
        Those whose last change, in seconds since 1970, `concerns` the caller, the one that changed first at first.

        Meta lists the newest first. So the list is read until many of it in a row concern nobody.
        """
        found: dict[str, Conversation] = {}
        old = 0
        portions = self.graph.portions(self.path, *LIST_FIELDS, platform=self.platform)
        async with aclosing(portions):
            async for portion in portions:
                for each in self._read(portion.items):
                    old = 0 if concerns(each.changed) else old + 1
                    if not old:
                        found[each.id] = max(each, found.get(each.id, each))
                if old >= _OLD_ENOUGH:
                    break
        return sorted(found.values())

    def _read(self, items: Sequence[Item]) -> Iterator[Conversation]:
        for item in items:
            if found := identifier(item.get("id")):
                others = [each for each in elements(item.get("participants")) if not self._is_own(each)]
                other = others[0] if len(others) == 1 else {}
                changed = int(instant(item.get("updated_time")).timestamp()) or NOT_TOLD
                name = text(other.get("name")) or text(other.get("username"))
                yield Conversation(changed, found, digits(other.get("id")), name)

    def _is_own(self, participant: Item) -> bool:
        return digits(participant.get("id")) in self.own or text(participant.get("username")) in self.own

    async def messages(self, conversation: str, wanted: Callable[[Message], bool]) -> list[Message]:
        """
        A conversation's messages, oldest first, back to the first one that is not wanted.

        Those that cannot be read are passed over, counted, and in the log.
        """
        found: list[Message] = []
        seen = 0
        limit = self.newest_only or MOST_AT_ONCE
        portions = self.graph.portions(f"{conversation}/messages", *self.fields, limit=limit)
        async with aclosing(portions):
            async for portion in portions:
                read = list(read_items(Message.read, portion.items, portion.step, "message"))
                new = [message for message in read if wanted(message)]
                found += new
                seen += len(portion.items)
                if len(new) < len(read) or 0 < self.newest_only <= seen:
                    break
        found.reverse()  # what shares a second stays in its order
        return sorted(found, key=lambda message: message.at)

    async def with_person(self, person: str, *, since: datetime | None = None) -> list[Message]:
        """The messages exchanged with a person, oldest first; a hundred of the newest without `since`."""
        answer = await self.graph.get(self.path, LIST_FIELDS[-1], platform=self.platform, user_id=person, limit="1")
        for item in elements(answer):
            if item.get("id"):
                return await self.messages(str(item["id"]), _Newest(since))
        return []


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
