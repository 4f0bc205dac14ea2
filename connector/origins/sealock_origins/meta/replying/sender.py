# SPDX-License-Identifier: Apache-2.0
"""Sending an agent's reply as messages: in the right window, part after part, none of them twice."""

from __future__ import annotations

import enum
import json
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sealock_connector import (
    Attachment,
    Cause,
    ConnectorError,
    MessageRejected,
    OriginUnavailable,
    Reply,
    Text,
)
from sealock_origins.meta.failures import PARTLY, Meaning, Refused, after_a_part, is_of_one_item
from sealock_origins.meta.graph import Graph, Upload, digits, identifier
from sealock_origins.meta.lists import Item
from sealock_origins.meta.messages import Conversations, Message, last_written_by
from sealock_origins.meta.replying.parts import MessagePart, already_sent, metadata_of, split_text

STANDARD = timedelta(hours=24)
HUMAN_AGENT = timedelta(days=7)
CLOCKS_APART = timedelta(minutes=5)
"""How much Meta's clock may differ from ours."""
JUST_NOW = timedelta(minutes=10)
"""A duplicate that Meta refuses is the reply itself, if it is no older."""
MOST_FILES = 30
_KINDS = {"image", "video", "audio"}
_NOT_SHOWN = re.compile(r"image/(?!(?:jpeg|png|gif|webp)$)|video/(?!(?:mp4|mpeg|ogg|quicktime|webm|x-msvideo|3gpp)$)")
"""Pictures and videos that Messenger does not show: they go as files."""
_OF_THE_FILE = {Meaning.BAD_REQUEST, Meaning.FILE_REFUSED}
"""What a file is refused with that is not taken, or not as what it was said to be."""
_log = logging.getLogger(__name__)


class Window(enum.Enum):
    """As what a message may be taken now; the value is what the Send API wants to hear."""

    RESPONSE = "RESPONSE"
    HUMAN_AGENT = "HUMAN_AGENT"

    def as_body(self) -> dict[str, str]:
        """The fields of a message that name the window."""
        if self is Window.HUMAN_AGENT:
            return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        return {"messaging_type": "RESPONSE"}


def windows(last_written: datetime | None, now: datetime, *, human_agent: bool) -> Sequence[Window]:
    """
    As what a message to a person is tried who wrote last at that time, to the second; None where that is not known.

    Meta decides: other things than messages open its window, too. `human_agent` says that the app has the reviewed
    feature of that name.
    """
    if not human_agent:
        return (Window.RESPONSE,)
    of_an_agent = last_written is not None and STANDARD < now - last_written <= HUMAN_AGENT
    return (Window.HUMAN_AGENT, Window.RESPONSE) if of_an_agent else (Window.RESPONSE, Window.HUMAN_AGENT)


def closed_sentence(origin: str, *, human_agent: bool) -> Text:
    """Why a message cannot be sent, for the agent."""
    if human_agent:
        return Text(
            "{origin} takes messages to a person for seven days after the person wrote, and that time is over. It "
            "opens again when the person writes.",
            origin=origin,
        )
    return Text(
        "{origin} takes messages to a person for 24 hours after the person wrote, and that time is over. It opens "
        "again when the person writes.",
        origin=origin,
    )


def so_far(sent: int, texts: int, files: int) -> Text:
    """What of a reply was sent, of so many messages of text and files, for the agent."""
    if not sent:
        return PARTLY
    done = sent - texts
    if done < 0:
        what = Text("{sent} of {all} messages of its text", sent=sent, all=texts)
    elif not done:
        what = Text("its text")
    elif texts:
        what = Text("its text and {sent} of {all} files", sent=done, all=files)
    else:
        what = Text("{sent} of {all} files", sent=done, all=files)
    return Text("A part of the reply was sent ({what}), the rest was not.", what=what)


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends messages of one account."""

    graph: Graph
    conversations: Conversations
    path: str
    """Where messages are sent: `1001/messages`."""
    upload_path: str
    origin: str
    fits: Callable[[str], bool]
    """Whether a text is short enough for one message."""
    was_sent: Callable[[str], bool]
    """Whether a message is what an earlier reply became."""
    as_error: Callable[[Refused], Awaitable[ConnectorError]]
    human_agent: bool
    now: Callable[[], datetime]
    takes_metadata: bool = True
    """Whether messages take `metadata`."""
    upload_platform: str = ""

    async def send(self, reply: Reply, person: str) -> list[str]:
        """
        Send the reply to a person; the ids of all its messages. Those that an earlier attempt sent are not sent again.

        Raises the SDK's errors. None of them says that nothing was sent once something was, or may have been.
        """
        sent: list[str] = []
        parts: list[MessagePart] = []
        texts = split_text(reply.message, self.fits)
        nothing_sent = reply.first_tried_at is None
        done, late = 0, False
        try:
            exchanged = await self._exchanged(reply, person)
            sent += self._found(reply, texts, exchanged) if reply.first_tried_at else []
            nothing_sent = not sent
            last, now = last_written_by(person, exchanged), self.now()
            late = last is not None and now - last > (HUMAN_AGENT if self.human_agent else STANDARD)
            possible = windows(last, now, human_agent=self.human_agent)
            done = len(sent)
            parts = await self._parts(reply, texts, done)
            for part in parts:
                message, opened = await self._send_part(reply, part, len(sent), {"id": person}, possible)
                sent, possible, nothing_sent = [*sent, message], [opened], False
        except (Refused, ConnectorError) as refused:
            error = await self._as_error(refused, late=late) if isinstance(refused, Refused) else refused
            files = done + len(parts) - len(texts) if parts else 0
            raise (error if nothing_sent else after_a_part(error, so_far(len(sent), len(texts), files))) from None
        return sent

    async def find(self, reply: Reply, person: str) -> list[str]:
        """
        The reply's messages, if all of them are there; else none. With files it cannot be said without sending:
        then `send` goes on where the earlier attempt ended.
        """
        if reply.files is not None:
            return []
        texts = split_text(reply.message, self.fits)
        try:
            found = self._found(reply, texts, await self.conversations.with_person(person))
        except Refused as refused:
            raise await self.as_error(refused) from None
        return found if len(found) == len(texts) else []

    async def send_privately(self, reply: Reply, recipient: dict[str, str]) -> tuple[str, str]:
        """Answer a comment or post privately, once: the message's id, and who got it. Raises `Refused`."""
        if reply.files is not None:
            raise MessageRejected(Text("A private reply to a comment takes no files. Send the text alone."))
        if not self.fits(reply.message):
            raise MessageRejected(
                Text("A private reply to a comment is one message, and this one is too long for that.")
            )
        body = {"recipient": recipient, "message": self._message(reply, MessagePart(reply.message), 0)}
        answer = await self.graph.post(self.path, body)
        return _message_id(answer), digits(answer.get("recipient_id"))

    def _found(self, reply: Reply, texts: Sequence[str], exchanged: Sequence[Message]) -> list[str]:
        since = (reply.first_tried_at or self.now()) - CLOCKS_APART
        own = [message for message in exchanged if message.is_from(self.conversations.own)]
        ours = [message for message in own if message.at >= since and not self.was_sent(message.id)]
        return already_sent(texts, MOST_FILES if reply.files is not None else 0, ours)

    async def _exchanged(self, reply: Reply, person: str) -> Sequence[Message]:
        """
        What was exchanged with the person. A reply that was never tried needs it only to guess the window, so that it
        goes without.
        """
        try:
            return await self.conversations.with_person(person)
        except (Refused, OriginUnavailable) as error:
            if reply.first_tried_at is not None or not is_of_one_item(error):
                raise
            _log.warning("a conversation is answered that cannot be looked at: %s", error)
            return ()

    async def _as_error(self, refused: Refused, *, late: bool) -> ConnectorError:
        """What a refusal means; `late` says that the person wrote last before the time to answer began."""
        if late and refused.meaning is Meaning.WINDOW_CLOSED:
            return MessageRejected(closed_sentence(self.origin, human_agent=self.human_agent), detail=refused.detail)
        return await self.as_error(refused)

    async def _parts(self, reply: Reply, texts: Sequence[str], done: int) -> list[MessagePart]:
        """What is left to be sent. Files are uploaded before anything is sent: most refusals come there."""
        parts = [MessagePart(text) for text in texts[done:]]
        number = len(texts)
        if reply.files is not None:
            async for file in reply.files:
                if number >= done:
                    parts.append(await self._upload(file))
                number += 1
        return parts

    async def _upload(self, file: Attachment) -> MessagePart:
        kind = file.content_type.partition("/")[0]
        kind = "file" if kind not in _KINDS or (_NOT_SHOWN.match(file.content_type) and self._takes_any_file) else kind
        upload = Upload("filedata", file.name, file.content_type, b"".join([chunk async for chunk in file.chunks()]))
        last: Refused | None = None
        for each in dict.fromkeys((kind, "file") if self._takes_any_file else (kind,)):
            try:
                return await self._uploaded(upload, each)
            except Refused as refused:
                if refused.meaning not in _OF_THE_FILE:
                    raise
                last = refused
        assert last is not None  # there is a kind
        raise last.meaning_instead(Meaning.FILE_REFUSED)

    async def _uploaded(self, upload: Upload, kind: str) -> MessagePart:
        answer = await self.graph.post(
            self.upload_path,
            {"message": json.dumps({"attachment": {"type": kind, "payload": {"is_reusable": True}}})},
            upload=upload,
            **({"platform": self.upload_platform} if self.upload_platform else {}),
        )
        if not (attachment := identifier(answer.get("attachment_id"))):
            raise OriginUnavailable("Meta took a file without giving it an id", cause=Cause.UNREADABLE)
        return MessagePart(attachment=attachment, kind=kind)

    @property
    def _takes_any_file(self) -> bool:
        """Whether a file of any type can be sent: Instagram takes those that it shows, and PDF."""
        return not self.upload_platform

    async def _send_part(
        self, reply: Reply, part: MessagePart, number: int, recipient: dict[str, str], possible: Sequence[Window]
    ) -> tuple[str, Window]:
        """Send it as the first of these that Meta takes. Raises the refusal of the first."""
        first: Refused | None = None
        for opened in possible:
            body = {"recipient": recipient, **opened.as_body(), "message": self._message(reply, part, number)}
            try:
                return _message_id(await self.graph.post(self.path, body)), opened
            except Refused as refused:
                first = first or refused
                if refused.meaning is not Meaning.WINDOW_CLOSED:
                    break
        assert first is not None  # there is a window
        raise first

    def _message(self, reply: Reply, part: MessagePart, number: int) -> dict[str, object]:
        return {**part.as_body(), **({"metadata": metadata_of(reply, number)} if self.takes_metadata else {})}


def _message_id(answer: Item) -> str:
    if not (message := identifier(answer.get("message_id"))):
        raise OriginUnavailable("Meta took a message without giving it an id", cause=Cause.UNREADABLE)
    return message
