# SPDX-License-Identifier: Apache-2.0
"""What Zendesk gets of messages: external resources, the ids that name them, and files opened when they are wanted."""

from __future__ import annotations

import hashlib
import logging
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from typing import ClassVar

from sealock_connector import (
    Author,
    Cause,
    ExternalResource,
    File,
    Miss,
    NotFound,
    OpenedFile,
    OriginUnavailable,
    Text,
    count_miss,
)
from sealock_connector.egress import OriginAnswer, origin_client
from sealock_origins.meta.account import MetaAccount, person_id, somebody_at, subject
from sealock_origins.meta.graph import Graph, Unreadable
from sealock_origins.meta.messages import Message, is_nameless
from sealock_origins.meta.messages.attachments import FILE_WORDS
from sealock_origins.meta.messages.conversations import FILE_FIELDS

_MOST_ID_CHARS = 180
_SHORT_ID = rf"[!-~]{{1,{_MOST_ID_CHARS}}}"
_MOST_BYTES = 100 * 1024 * 1024
_MOST_SECONDS = 300.0
_log = logging.getLogger(__name__)
_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ConversationId:
    """All messages exchanged with a person: the thread. Each connector says by `origin` whose ids these are."""

    origin: ClassVar[str]
    account: str
    person: str

    def __str__(self) -> str:
        return f"{self.origin}:{self.account}/messages/{self.person}"


@dataclass(frozen=True, slots=True)
class MessageId(ABC):
    """One message exchanged with a person."""

    origin: ClassVar[str]
    account: str
    person: str
    message: str

    def __str__(self) -> str:
        return f"{self.origin}:{self.account}/message/{self.person}/{short_id(self.message)}"

    @abstractmethod
    def link(self, www: str) -> str:
        """Where the message can be read."""


def id_pattern(origin: str, items: str) -> re.Pattern[str]:
    """
    A connector's external ids: they name the account, so that they are unique, and what is needed to answer.

    `items` is the expression of the connector's own ids. The groups of messages are `with`, `person` and `message`.
    """
    messages = rf"messages/(?P<with>[0-9]{{1,25}})|message/(?P<person>[0-9]{{1,25}})/(?P<message>{_SHORT_ID})"
    return re.compile(rf"{origin}:(?P<account>[0-9]{{1,25}})/(?:{items}|{messages})", re.ASCII)


def match_id(pattern: re.Pattern[str], external_id: str) -> re.Match[str]:
    """What an external id names. Raises `NotFound` for one that the connector does not make."""
    match = pattern.fullmatch(external_id)
    if match is None:
        raise NotFound("not an id of this connector")
    return match


def short_id(message: str) -> str:
    """A message's id, which has no limit that Meta documents; one too long, or with other characters, by its hash."""
    if re.fullmatch(_SHORT_ID, message, re.ASCII):
        return message
    return f"sha256:{hashlib.sha256(message.encode()).hexdigest()}"


def set_aside(
    external_id: str, at: datetime, link: str, account: MetaAccount, *, origin: str, thread_id: str = ""
) -> ExternalResource:
    """
    What comes in place of an item that Meta does not give, though it is there: an internal note with its link.

    Each item has an author of its own: nobody knows who wrote it.
    """
    count_miss(Miss.SET_ASIDE)
    return ExternalResource(
        external_id=external_id,
        message=f"{account.words(ASIDE)}\n{link}",
        created_at=at,
        author=Author(f"{external_id}/author", name=account.words(somebody_at(origin.capitalize()))),
        thread_id=thread_id or external_id,
        internal_note=True,
        fields={
            "subject": subject(
                account.words(
                    Text("Not shown by {origin}, for {account}", origin=origin.capitalize(), account=account.title)
                )
            ),
            "tags": [origin, f"{origin}_set_aside"],
        },
    )


def message_resource(
    message: Message,
    account: MetaAccount,
    conversation_id: type[ConversationId],
    message_id: type[MessageId],
    *,
    somebody: str,
    www: str,
) -> ExternalResource | None:
    """
    A message as Zendesk takes it; one that was sent from Meta's own inbox belongs to the same ticket.

    The ids are the connector's own classes; `somebody` is what a person without a name is called, and `www` where
    links lead to. A message that does not say with whom it was exchanged, as its conversation does not either, can be
    answered only there. None for one of which not even the conversation is known.
    """
    origin, person = message_id.origin, message.person(account.own_ids)
    if not person:
        count_miss(Miss.PASSED_OVER)
        _log.warning("a message passed over: it does not say with whom")
        return None
    if message.bare:
        identity = message_id(account.account_id, person, message.id)
        return set_aside(
            str(identity),
            message.at,
            identity.link(www),
            account,
            origin=origin,
            thread_id=str(conversation_id(account.account_id, person)),
        )
    for note in message.notes:
        if note.what in FILE_WORDS.values() and not note.link:
            count_miss(Miss.ATTACHMENT)
    from_account = message.is_from(account.own_ids)
    name = account.title if from_account else message.sender_name
    writer = account.account_id if from_account else person
    return ExternalResource(
        external_id=str(message_id(account.account_id, person, message.id)),
        message=message.said(account.words),
        created_at=message.at,
        author=Author(person_id(origin, account.account_id, writer), name=name or account.words(somebody_at(somebody))),
        thread_id=str(conversation_id(account.account_id, person)),
        allow_channelback=False if is_nameless(person) else None,
        display_info=[(f"https://{origin}.com/message", {"message": message.id, "person": person})],
        fields={
            "subject": subject(account.words(Text("Message to {name}", name=account.title))),
            "tags": [origin, f"{origin}_message"],
        },
        files=list(_message_files(message)),
    )


def _message_files(message: Message) -> Iterator[File]:
    """All files: the edge links those beyond the tenth in the text, and names those whose reference is too long."""
    for number, file in enumerate(message.files):
        yield File(file.file_name(number), file.type_or_guess, reference=f"m:{number}:{message.id}")


class Downloads:
    """Opens links with a client of its own: a file has at most 100 MiB, and five minutes to come."""

    def __init__(self, allowed_networks: Sequence[IPv4Network | IPv6Network]) -> None:
        self._http = origin_client(allowed_networks=allowed_networks, max_bytes=_MOST_BYTES, max_seconds=_MOST_SECONDS)

    async def close(self) -> None:
        """Close the client."""
        await self._http.aclose()

    async def open(self, url: str, *, name: str, content_type: str) -> OpenedFile:
        """Open a link. Raises `NotFound` for one that works no longer, and the SDK's errors."""
        response = await self._http.open("GET", url)
        if not response.is_success:
            await response.aclose()
            if response.status_code >= 500:
                raise OriginUnavailable(f"the file's host answered {response.status_code}", cause=Cause.ORIGIN_FAILED)
            raise NotFound(f"the file's link is answered {response.status_code}")
        declared = response.headers.get("content-type", "").partition(";")[0].strip()
        size = response.headers.get("content-length", "")
        return OpenedFile(
            name=name,
            content_type=declared or content_type,
            chunks=_chunks(response),
            size=int(size) if _LENGTH.fullmatch(size) else 0,
        )


async def _chunks(response: OriginAnswer) -> AsyncIterator[bytes]:
    try:
        async for chunk in response.aiter_bytes():
            yield chunk
    finally:
        await response.aclose()


ASIDE = Text("This was written here, and Meta does not give it to apps. Please read it where it is:")
"""The words of the note in place of an item that cannot be had."""
MESSAGE_FILE = re.compile(r"m:(?P<number>[0-9]{1,2}):(?P<item>[!-~]{1,196})", re.ASCII)
"""A reference: which file of which message."""


async def open_message_file(graph: Graph, downloads: Downloads, reference: str) -> OpenedFile:
    """The file that a reference of a message names. Raises `NotFound` where there is none any more, and `Refused`."""
    match = MESSAGE_FILE.fullmatch(reference)
    if match is None:
        raise NotFound("not a reference of a message's file")
    try:
        files = Message.read(await graph.get(match["item"], FILE_FIELDS)).files
    except Unreadable as problem:
        raise NotFound(f"the message cannot be read: {problem}") from None
    number = int(match["number"])
    if number >= len(files):
        raise NotFound("the file is no longer there")
    file = files[number]
    return await downloads.open(file.url, name=file.file_name(number), content_type=file.type_or_guess)
