# SPDX-License-Identifier: Apache-2.0
"""
A guestbook: its address, the external ids of what stands in it, and its API as a typed client.

An entry's external id is its page's URL, so that it is unique over all sites and leads there by itself. A file's
reference is its key at the site.
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from sealock_connector import (
    AccountRevoked,
    Attachment,
    Cause,
    ConnectorError,
    MessageRejected,
    Miss,
    NotFound,
    OpenedFile,
    OriginUnavailable,
    Text,
    count_miss,
)
from sealock_connector.answers import diagnosed, json_of
from sealock_connector.egress import OriginAnswer, OriginClient
from sealock_connector.lists import Lists, Part

PAGE = 100
MAX_NAME_CHARS = 127
"""The contract's; the guestbook has longer ones."""
FIRST_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)
MAX_SITE_CHARS = 160
ENTRY_ID = re.compile(r"(?P<site>https?://[^\s?#@\\]{1,200})/entries/(?P<number>[1-9][0-9]{0,17})", re.ASCII)
FILE_KEY = re.compile(r"[a-z0-9-]{8,80}", re.ASCII)
MAX_LENGTH_DIGITS = 18
PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*", re.ASCII)
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+", re.ASCII)
_log = logging.getLogger(__name__)
TOKEN_REFUSED = Text(
    "The guestbook no longer takes this account's token. An administrator has to enter the present one."
)
GONE = Text("The entry to answer is no longer in the guestbook.")


LIKE = Text("The address must be like https://guestbook.example.com.")
ALONE = Text("Give the address alone: without a user name or password, and without what follows a ? or a #.")


class BadSite(ValueError):
    """A site's address that cannot be one; the sentence says why."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class EntryFile:
    """A file of an entry, without its bytes."""

    id: str
    name: str
    content_type: str

    @classmethod
    def read(cls, item: Any) -> EntryFile:
        """A file of the API's JSON. Raises `TypeError` or `KeyError` for anything else."""
        return cls(id=str(item["id"]), name=str(item["name"]), content_type=str(item["content_type"]))


@dataclass(slots=True)
class Entry:
    """One entry of the guestbook."""

    id: int
    thread: int
    author: str
    author_id: str
    text: str
    created_at: datetime
    mark: str
    files: tuple[EntryFile, ...] = ()

    @classmethod
    def read(cls, item: Any) -> Entry:
        """An entry of the API's JSON. Raises `OriginUnavailable` for anything else."""
        try:
            return cls(
                id=int(item["id"]),
                thread=int(item["thread"]),
                author=str(item["author"]),
                author_id=str(item["author_id"]),
                text=str(item["text"]),
                created_at=_instant(item["created_at"]),
                mark=str(item["mark"]),
                files=tuple(map(EntryFile.read, item.get("files", ()))),
            )
        except (TypeError, KeyError, ValueError, OverflowError, AttributeError):
            raise OriginUnavailable("an entry cannot be read", cause=Cause.UNREADABLE) from None


@dataclass(frozen=True, slots=True)
class SiteInfo:
    """Whose guestbook it is, and what time it is there."""

    title: str
    now: datetime


class Site:
    """One guestbook, with its owner's token. Raises the SDK's errors, and nothing else."""

    def __init__(self, http: OriginClient, address: str, token: str) -> None:
        self._http = http
        self._address = address
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    async def info(self) -> SiteInfo:
        """The site's title and time. Raises `NotFound` where no guestbook is."""
        answer = await self._call("GET", "/api/site")
        try:
            return SiteInfo(title=str(answer["title"]), now=_instant(answer["now"]))
        except (KeyError, ValueError):
            raise NotFound("what answers is not a guestbook", cause=Cause.NOT_ITS_API) from None

    async def entries(self, since: datetime | None) -> AsyncIterator[Entry]:
        """Every entry at or after an instant, oldest first; all of them when it is None."""

        async def part(at: tuple[datetime, int], size: int, _step: int) -> Part[Entry, tuple[datetime, int]]:
            found, more = await self._entries(since=_stamp(at[0]), after=str(at[1]), limit=str(size))
            return Part(found, (found[-1].created_at, found[-1].id) if more else None)

        async for walked in Lists(PAGE).walk(part, (since or FIRST_INSTANT, 0)):
            for entry in walked.items:
                yield entry

    async def find(self, mark: str) -> Entry | None:
        """The first entry that carries the mark."""
        found, _ = await self._entries(mark=mark)
        return found[0] if found else None

    async def upload(self, file: Attachment, key: str) -> None:
        """Bring a file for an entry, while it arrives. A repeat under the same key replaces it."""
        length = {"content-length": str(file.size)} if file.size else {}
        response = await self._http.put(
            f"{self._address}/api/files/{key}",
            params={"name": file.name},
            headers={**self._headers, "Content-Type": file.content_type, **length},
            content=file.chunks(),
        )
        if not response.is_success:
            raise _refusal(response, json_of(response))

    async def open_file(self, key: str) -> OpenedFile:
        """A file of an entry, while it arrives. Raises `NotFound` once it is gone."""
        response = await self._http.open("GET", f"{self._address}/api/files/{key}", headers=self._headers)
        if response.is_success:
            size = response.headers.get("content-length", "")
            return OpenedFile(
                name=_name(response) or "file",
                content_type=response.headers.get("content-type") or "application/octet-stream",
                chunks=_chunks(response),
                size=int(size) if size.isdecimal() and len(size) <= MAX_LENGTH_DIGITS else 0,
            )
        try:
            await response.aread()
        finally:
            await response.aclose()
        raise _refusal(response, json_of(response))

    async def post(self, text: str, *, parent: int, mark: str, files: Sequence[str] = ()) -> Entry:
        """Add an answer of the owner's, with the files brought under these keys. A repeat adds another one."""
        entry = {"text": text, "parent": parent, "mark": mark, **({"files": list(files)} if files else {})}
        return Entry.read(await self._call("POST", "/api/entries", json=entry))

    async def _entries(self, **query: str) -> tuple[list[Entry], bool]:
        try:
            answer = await self._call("GET", "/api/entries", params=query)
        except NotFound:
            raise NotFound("the guestbook has no list of entries", cause=Cause.NOT_ITS_API) from None
        listed = answer.get("entries")
        if not isinstance(listed, list):
            raise OriginUnavailable("the guestbook sent no entries", cause=Cause.UNREADABLE)
        found = [entry for entry in map(_read_entry, listed) if entry is not None]
        if listed and not found:
            raise OriginUnavailable("the guestbook sent no entry that can be read", cause=Cause.UNREADABLE)
        return found, bool(listed and answer.get("more"))

    async def _call(self, method: str, path: str, **request: Any) -> Mapping[str, Any]:
        response = await self._http.request(method, self._address + path, headers=self._headers, **request)
        answer = json_of(response)
        if response.is_success and isinstance(answer, dict):
            return answer
        raise _refusal(response, answer)


def _read_entry(item: Any) -> Entry | None:
    """The entry, or None for one that cannot be read: it keeps none of the others back."""
    try:
        return Entry.read(item)
    except OriginUnavailable as problem:
        count_miss(Miss.PASSED_OVER)
        _log.warning("passed over: %s", problem)
        return None


def canonical_site(address: str) -> str:
    """The one way to write a site's address: no query, no closing slash, host in lower-case ASCII."""
    try:
        parts = urlsplit(address.strip())
        host = (parts.hostname or "").encode("idna").decode("ascii").lower()
        port = parts.port
    except (ValueError, UnicodeError):
        raise BadSite(LIKE) from None
    if parts.scheme not in {"https", "http"} or not HOST.fullmatch(host):
        raise BadSite(LIKE)
    if parts.username is not None or parts.query or parts.fragment:
        raise BadSite(ALONE)
    path = parts.path.rstrip("/")
    if not PATH.fullmatch(path):
        raise BadSite(Text("The address has characters in its path that cannot be used here."))
    default_port = {"https": 443, "http": 80}[parts.scheme]
    shown_host = f"[{host}]" if ":" in host else host
    site = f"{parts.scheme}://{shown_host}{'' if port in {None, default_port} else f':{port}'}{path}"
    if len(site) > MAX_SITE_CHARS:
        raise BadSite(Text("The address is too long: at most {most} characters.", most=MAX_SITE_CHARS))
    return site


def entry_id(site: str, number: int) -> str:
    """The external id of an entry, which is also its page."""
    return f"{site}/entries/{number}"


def author_id(site: str, author: str) -> str:
    """The external id of who wrote an entry."""
    return f"{site}/authors/{author}"


def read_file_key(reference: str) -> str:
    """The key of a file, which is all that its reference is. Raises `NotFound` for what cannot be one."""
    if not FILE_KEY.fullmatch(reference):
        raise NotFound("not the key of a file")
    return reference


def read_entry_id(external_id: str) -> tuple[str, int]:
    """The site and number of an external id. Raises `NotFound` for one that `entry_id` does not make."""
    match = ENTRY_ID.fullmatch(external_id)
    if match is None:
        raise NotFound("not the id of an entry")
    site = match["site"]
    try:
        ours = canonical_site(site) == site
    except BadSite:
        ours = False
    if not ours:
        raise NotFound("the id names no site")
    return site, int(match["number"])


async def _chunks(response: OriginAnswer) -> AsyncIterator[bytes]:
    try:
        async for chunk in response.aiter_bytes():
            yield chunk
    finally:
        await response.aclose()


def _name(response: OriginAnswer) -> str:
    found = re.search(r"filename\*=UTF-8''([^;\s]+)", response.headers.get("content-disposition", ""))
    return unquote(found[1])[:MAX_NAME_CHARS] if found else ""


def _refusal(response: OriginAnswer, answer: Any) -> ConnectorError:
    """What a refusal means: one of the guestbook in its own words, or of what answers in its place."""
    if not isinstance(answer, dict) or not answer.keys() & {"title", "error"}:
        return diagnosed(response)
    match response.status_code:
        case 401 | 403:
            return AccountRevoked("the guestbook does not take the token", message_for_agent=TOKEN_REFUSED)
        case 404:
            return NotFound("the guestbook does not have it")
        case 422 if answer.get("field") == "parent":
            return NotFound("the entry to answer is gone", message_for_agent=GONE)
        case 422 if response.request.method == "POST":
            return MessageRejected(_refused_because(str(answer.get("error") or "")[:300]))
    return diagnosed(response)


def _refused_because(words: str) -> Text:
    if not words:
        return Text("The guestbook refuses the reply, and does not say why.")
    return Text("The guestbook refuses the reply: {words}", words=words)


def _instant(text: Any) -> datetime:
    instant = datetime.fromisoformat(str(text))
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone")
    return instant


def _stamp(instant: datetime) -> str:
    return f"{instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
