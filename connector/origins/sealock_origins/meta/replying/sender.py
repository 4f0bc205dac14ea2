# SPDX-License-Identifier: Apache-2.0
"""Sending an agent's reply as messages: in the right window, part after part, none of them twice."""

from __future__ import annotations

import enum
import json
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
)
from sealock_origins.meta.failures import PARTLY, Refused, after_a_part
from sealock_origins.meta.graph import Graph, Upload
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


class Window(enum.Enum):
    """What Meta takes now; the value is what the Send API wants to hear."""

    RESPONSE = "RESPONSE"
    HUMAN_AGENT = "HUMAN_AGENT"
    CLOSED = ""

    def as_body(self) -> dict[str, str]:
        """The fields of a message that name the window."""
        if self is Window.HUMAN_AGENT:
            return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        return {"messaging_type": "RESPONSE"}


def window(last_written: datetime | None, now: datetime, *, human_agent: bool) -> Window:
    """
    The window of a person who wrote last at that time, to the second.

    None where that is not known: then Meta decides, because other things than messages open the window too.
    `human_agent` says that the app has the reviewed feature of that name.
    """
    if last_written is None or now - last_written <= STANDARD:
        return Window.RESPONSE
    return Window.HUMAN_AGENT if human_agent and now - last_written <= HUMAN_AGENT else Window.CLOSED


def closed_sentence(origin: str, *, human_agent: bool) -> str:
    """Why a message cannot be sent, for the agent."""
    time = "seven days" if human_agent else "24 hours"
    return (
        f"{origin} takes messages to a person for {time} after the person wrote, and that time is over. "
        "It opens again when the person writes."
    )


def so_far(sent: int, texts: int, files: int) -> str:
    """What of a reply was sent, of so many messages of text and files, for the agent."""
    if not sent:
        return PARTLY
    if sent < texts:
        what = f"{sent} of {texts} messages of its text"
    else:
        of_files = f"{sent - texts} of {files} files" if sent > texts else ""
        what = " and ".join([*(["its text"] if texts else []), *([of_files] if of_files else [])])
    return f"A part of the reply was sent ({what}), the rest was not."


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
    is_own: Callable[[str, str], bool]
    """Whether the account wrote a message, by its sender and id, and it is not what an earlier reply became."""
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
        try:
            exchanged = await self.conversations.with_person(person)
            sent += self._found(reply, texts, exchanged) if reply.first_tried_at else []
            nothing_sent = not sent
            opened = self._window(person, exchanged)
            done = len(sent)
            parts = await self._parts(reply, texts, done)
            for part in parts:
                sent.append(await self._send_part(reply, part, len(sent), {"id": person}, opened))
                nothing_sent = False
        except (Refused, ConnectorError) as refused:
            error = await self.as_error(refused) if isinstance(refused, Refused) else refused
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
            raise MessageRejected("A private reply to a comment takes no files. Send the text alone.")
        if not self.fits(reply.message):
            raise MessageRejected("A private reply to a comment is one message, and this one is too long for that.")
        body = {"recipient": recipient, "message": self._message(reply, MessagePart(reply.message), 0)}
        answer = await self.graph.post(self.path, body)
        return _message_id(answer), str(answer.get("recipient_id") or "")

    def _found(self, reply: Reply, texts: Sequence[str], exchanged: Sequence[Message]) -> list[str]:
        since = (reply.first_tried_at or self.now()) - CLOCKS_APART
        ours = [message for message in exchanged if message.at >= since and self.is_own(message.sender, message.id)]
        return already_sent(texts, MOST_FILES if reply.files is not None else 0, ours)

    def _window(self, person: str, exchanged: Sequence[Message]) -> Window:
        opened = window(last_written_by(person, exchanged), self.now(), human_agent=self.human_agent)
        if opened is Window.CLOSED:
            raise MessageRejected(closed_sentence(self.origin, human_agent=self.human_agent))
        return opened

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
        kind = kind if kind in _KINDS else "file"
        data = b"".join([chunk async for chunk in file.chunks()])
        answer = await self.graph.post(
            self.upload_path,
            {"message": json.dumps({"attachment": {"type": kind, "payload": {"is_reusable": True}}})},
            upload=Upload("filedata", file.name, file.content_type, data),
            **({"platform": self.upload_platform} if self.upload_platform else {}),
        )
        attachment = answer.get("attachment_id")
        if not isinstance(attachment, str) or not attachment:
            raise OriginUnavailable("Meta took a file without giving it an id", cause=Cause.UNREADABLE)
        return MessagePart(attachment=attachment, kind=kind)

    async def _send_part(
        self, reply: Reply, part: MessagePart, number: int, recipient: dict[str, str], opened: Window
    ) -> str:
        body = {"recipient": recipient, **opened.as_body(), "message": self._message(reply, part, number)}
        return _message_id(await self.graph.post(self.path, body))

    def _message(self, reply: Reply, part: MessagePart, number: int) -> dict[str, object]:
        return {**part.as_body(), **({"metadata": metadata_of(reply, number)} if self.takes_metadata else {})}


def _message_id(answer: object) -> str:
    message = answer.get("message_id") if isinstance(answer, dict) else None
    if not isinstance(message, str) or not message:
        raise OriginUnavailable("Meta took a message without giving it an id", cause=Cause.UNREADABLE)
    return message
