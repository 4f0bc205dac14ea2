# SPDX-License-Identifier: Apache-2.0
"""Sending an agent's reply as messages: in the right window, part after part, none of them twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sealock_connector import (
    AccountRevoked,
    Attachment,
    ConnectorError,
    MessageRejected,
    OriginUnavailable,
    OutcomeUnknown,
    Reply,
)
from sealock_origins.meta.failures import Refused
from sealock_origins.meta.graph import Graph, Upload
from sealock_origins.meta.inbox import Inbox, last_written_by
from sealock_origins.meta.messages import Message
from sealock_origins.meta.parts import Part, found_of, mark_of, split
from sealock_origins.meta.windows import Window, closed_sentence, window

CLOCKS_APART = timedelta(minutes=5)
"""How much Meta's clock may differ from ours."""
JUST_NOW = timedelta(minutes=10)
"""A duplicate that Meta refuses is the reply itself, if it is no older."""
MOST_FILES = 30
_KINDS = {"image", "video", "audio"}


class PartlyRejected(MessageRejected):
    """A part of the reply was sent, and the rest is refused for good."""

    nothing_sent = False


class PartlyRevoked(AccountRevoked):
    """A part of the reply was sent, and then the account's credentials were no longer taken."""

    nothing_sent = False


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends messages of one account."""

    graph: Graph
    inbox: Inbox
    path: str
    """Where messages are sent: `1001/messages`."""
    upload_path: str
    own: Collection[str]
    """The ids that the account itself writes with."""
    origin: str
    fits: Callable[[str], bool]
    """Whether a text is short enough for one message."""
    as_error: Callable[[Refused], ConnectorError]
    human_agent: bool
    now: Callable[[], datetime]
    sent_before: Callable[[str], bool]
    """Whether a message is what an earlier reply became."""
    marks: bool = True
    """Whether messages take `metadata`."""
    upload_platform: str = ""

    async def send(self, reply: Reply, person: str) -> list[str]:
        """
        Send the reply to a person; the ids of all its messages. Those that an earlier attempt sent are not sent again.

        Raises the SDK's errors. None of them says that nothing was sent once something was, or may have been.
        """
        sent: list[str] = []
        nothing_sent = reply.first_tried_at is None
        try:
            exchanged = await self.inbox.with_person(person)
            texts = split(reply.message, self.fits)
            sent += self._found(reply, texts, exchanged) if reply.first_tried_at else []
            nothing_sent = not sent
            opened = self._window(person, exchanged)
            for part in await self._parts(reply, texts, len(sent)):
                sent.append(await self._send_part(reply, part, len(sent), {"id": person}, opened))
                nothing_sent = False
        except Refused as refused:
            raise _told(self.as_error(refused), nothing_sent) from None
        except ConnectorError as error:
            raise _told(error, nothing_sent) from None
        return sent

    async def find(self, reply: Reply, person: str) -> list[str]:
        """
        The reply's messages, if all of them are there; else none. With files it cannot be said without sending:
        then `send` goes on where the earlier attempt ended.
        """
        if reply.files is not None:
            return []
        texts = split(reply.message, self.fits)
        try:
            found = self._found(reply, texts, await self.inbox.with_person(person))
        except Refused as refused:
            raise self.as_error(refused) from None
        return found if len(found) == len(texts) else []

    async def send_privately(self, reply: Reply, recipient: dict[str, str]) -> tuple[str, str]:
        """Answer a comment or post privately, once: the message's id, and who got it. Raises `Refused`."""
        if reply.files is not None:
            raise MessageRejected("A private reply to a comment takes no files. Send the text alone.")
        if not self.fits(reply.message):
            raise MessageRejected("A private reply to a comment is one message, and this one is too long for that.")
        body = {"recipient": recipient, "message": self._message(reply, Part(reply.message), 0)}
        answer = await self.graph.post(self.path, body)
        return _message_id(answer), str(answer.get("recipient_id") or "")

    def _found(self, reply: Reply, texts: Sequence[str], exchanged: Sequence[Message]) -> list[str]:
        since = (reply.first_tried_at or self.now()) - CLOCKS_APART
        ours = [
            message
            for message in exchanged
            if message.sender in self.own and message.at >= since and not self.sent_before(message.id)
        ]
        return found_of(texts, MOST_FILES if reply.files is not None else 0, ours)

    def _window(self, person: str, exchanged: Sequence[Message]) -> Window:
        opened = window(last_written_by(person, exchanged), self.now(), human_agent=self.human_agent)
        if opened is Window.CLOSED:
            raise MessageRejected(closed_sentence(self.origin, human_agent=self.human_agent))
        return opened

    async def _parts(self, reply: Reply, texts: Sequence[str], done: int) -> list[Part]:
        """What is left to be sent. Files are uploaded before anything is sent: most refusals come there."""
        parts = [Part(text) for text in texts[done:]]
        number = len(texts)
        if reply.files is not None:
            async for file in reply.files:
                if number >= done:
                    parts.append(await self._upload(file))
                number += 1
        return parts

    async def _upload(self, file: Attachment) -> Part:
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
            raise OriginUnavailable("Meta took a file without giving it an id")
        return Part(attachment=attachment, kind=kind)

    async def _send_part(self, reply: Reply, part: Part, number: int, recipient: dict[str, str], opened: Window) -> str:
        body = {"recipient": recipient, **opened.as_body(), "message": self._message(reply, part, number)}
        return _message_id(await self.graph.post(self.path, body))

    def _message(self, reply: Reply, part: Part, number: int) -> dict[str, object]:
        return {**part.as_body(), **({"metadata": mark_of(reply, number)} if self.marks else {})}


def _message_id(answer: object) -> str:
    message = answer.get("message_id") if isinstance(answer, dict) else None
    if not isinstance(message, str) or not message:
        raise OriginUnavailable("Meta took a message without giving it an id")
    return message


def _told(error: ConnectorError, nothing_sent: bool) -> ConnectorError:
    """The error; where some messages were sent before, or may have been, one that does not say that none was."""
    if nothing_sent or not error.nothing_sent:
        return error
    if isinstance(error, AccountRevoked):
        return PartlyRevoked(str(error), message_for_agent=error.message_for_agent)
    if error.retryable:
        return OriginUnavailable(str(error), retry_after=error.retry_after)
    why = error.message_for_agent or "Please look at the conversation before you send it again."
    if isinstance(error, MessageRejected):
        return PartlyRejected(f"A part of the reply was sent, the rest was not. {why}", detail=str(error))
    return OutcomeUnknown(str(error), message_for_agent=f"A part of the reply was sent, the rest was not. {why}")
