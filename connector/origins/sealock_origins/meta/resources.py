# SPDX-License-Identifier: Apache-2.0
"""What Zendesk gets of messages: subjects, names in ids, and files that are opened when they are wanted."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network

import httpx2

from sealock_connector import File, NotFound, OpenedFile, OriginUnavailable
from sealock_connector.egress import origin_client
from sealock_origins.meta.graph import Fields, Graph, Unreadable
from sealock_origins.meta.messages import ATTACHMENT_FIELDS, Message

_MOST_SUBJECT_CHARS = 150


def subject(what: str, about: str = "") -> str:
    """A ticket's subject, at most 150 characters: what it is, and the words that it is about in one line."""
    line = " ".join(about.split())
    return (f"{what}: {line}" if line else what)[:_MOST_SUBJECT_CHARS]


def message_files(message: Message) -> Iterator[File]:
    """
    A message's files, to be opened by the connector (`message_files.open_message_file`) when they are wanted.

    All of them: the edge links those beyond the tenth in the text, and names those whose reference is too long.
    """
    for number, file in enumerate(message.files):
        yield File(file.file_name(number), file.type_or_guess, reference=f"m:{number}:{message.id}")


MOST_CHARS = 180
NAME = rf"[!-~]{{1,{MOST_CHARS}}}"
"""A regular expression for what `short_name` gives."""


def short_name(message: str) -> str:
    """A message's id; one that is too long, or has other characters, by its hash."""
    if re.fullmatch(NAME, message, re.ASCII):
        return message
    return f"sha256:{hashlib.sha256(message.encode()).hexdigest()}"


_MOST_BYTES = 100 * 1024 * 1024
_MOST_SECONDS = 300.0


class Downloads:
    """Opens links with a client of its own: a file has at most 100 MiB, and five minutes to come."""

    def __init__(self, allowed_networks: Sequence[IPv4Network | IPv6Network]) -> None:
        self._http = origin_client(allowed_networks=allowed_networks, max_bytes=_MOST_BYTES, max_seconds=_MOST_SECONDS)

    async def close(self) -> None:
        """Close the client."""
        await self._http.aclose()

    async def open(self, url: str, *, name: str, content_type: str) -> OpenedFile:
        """Open a link. Raises `NotFound` for one that works no longer, and the SDK's errors."""
        response = await self._http.send(self._http.build_request("GET", url), stream=True)
        if not response.is_success:
            await response.aclose()
            if response.status_code >= 500:
                raise OriginUnavailable(f"the file's host answered {response.status_code}")
            raise NotFound(f"the file's link is answered {response.status_code}")
        declared = response.headers.get("content-type", "").partition(";")[0].strip()
        size = response.headers.get("content-length", "")
        return OpenedFile(
            name=name,
            content_type=declared or content_type,
            chunks=_chunks(response),
            size=int(size) if size.isdecimal() else 0,
        )


async def _chunks(response: httpx2.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in response.aiter_bytes():
            yield chunk
    finally:
        await response.aclose()


MESSAGE_FILE = re.compile(r"m:(?P<number>[0-9]{1,2}):(?P<item>[!-~]{1,196})", re.ASCII)
"""A reference: which file of which message."""
_FILES: Fields = ("id", "created_time", "from", "to", ("attachments", ATTACHMENT_FIELDS))


async def open_message_file(graph: Graph, downloads: Downloads, reference: str) -> OpenedFile:
    """The file that a reference of a message names. Raises `NotFound` where there is none any more, and `Refused`."""
    match = MESSAGE_FILE.fullmatch(reference)
    if match is None:
        raise NotFound("not a reference of a message's file")
    try:
        files = Message.read(await graph.get(match["item"], _FILES)).files
    except Unreadable as problem:
        raise NotFound(f"the message cannot be read: {problem}") from None
    number = int(match["number"])
    if number >= len(files):
        raise NotFound("the file is no longer there")
    file = files[number]
    return await downloads.open(file.url, name=file.file_name(number), content_type=file.type_or_guess)
