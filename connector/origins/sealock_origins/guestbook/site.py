# SPDX-License-Identifier: Apache-2.0
"""The guestbook's API, as a typed client."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import httpx2

from sealock_connector import (
    AccountRevoked,
    Attachment,
    MessageRejected,
    NotFound,
    OpenedFile,
    OriginThrottled,
    OriginUnavailable,
)

PAGE = 100
MAX_NAME_CHARS = 127
"""The contract's; the guestbook has longer ones."""
FIRST_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)
GONE = "The entry to answer is no longer in the guestbook."


@dataclass(frozen=True, slots=True)
class EntryFile:
    """A file of an entry, without its bytes."""

    id: str
    name: str
    content_type: str

    @classmethod
    def read(cls, told: Any) -> EntryFile:
        """A file as the API tells it. Raises `TypeError` or `KeyError` for anything else."""
        return cls(id=str(told["id"]), name=str(told["name"]), content_type=str(told["content_type"]))


@dataclass(frozen=True, slots=True)
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
    def read(cls, told: Any) -> Entry:
        """An entry as the API tells it. Raises `OriginUnavailable` for anything else."""
        try:
            return cls(
                id=int(told["id"]),
                thread=int(told["thread"]),
                author=str(told["author"]),
                author_id=str(told["author_id"]),
                text=str(told["text"]),
                created_at=_instant(told["created_at"]),
                mark=str(told["mark"]),
                files=tuple(EntryFile.read(file) for file in told.get("files", ())),
            )
        except (TypeError, KeyError, ValueError, AttributeError):
            raise OriginUnavailable("the guestbook told of an entry that cannot be read") from None


@dataclass(frozen=True, slots=True)
class SiteInfo:
    """Whose guestbook it is, and what time it is there."""

    title: str
    now: datetime


class Site:
    """One guestbook, with its owner's token. Raises the SDK's errors, and nothing else."""

    def __init__(self, http: httpx2.AsyncClient, address: str, token: str) -> None:
        self._http = http
        self._address = address
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    async def info(self) -> SiteInfo:
        """The site's title and time. Raises `NotFound` where no guestbook is."""
        told = await self._call("GET", "/api/site")
        try:
            return SiteInfo(title=str(told["title"]), now=_instant(told["now"]))
        except (KeyError, ValueError):
            raise NotFound("what answers is not a guestbook") from None

    async def entries(self, since: datetime | None) -> AsyncIterator[Entry]:
        """Every entry at or after an instant, oldest first; all of them when it is None."""
        instant, after, more = since or FIRST_INSTANT, 0, True
        while more:
            found, more = await self._entries(since=_stamp(instant), after=str(after), limit=str(PAGE))
            for entry in found:
                yield entry
                instant, after = entry.created_at, entry.id
            more = more and bool(found)

    async def find(self, mark: str) -> Entry | None:
        """The first entry that carries the mark."""
        found, _ = await self._entries(mark=mark)
        return found[0] if found else None

    async def upload(self, file: Attachment, key: str) -> None:
        """Bring a file for an entry, while it arrives. A repeat under the same key replaces it."""
        length = {"Content-Length": str(file.size)} if file.size else {}
        response = await self._http.put(
            f"{self._address}/api/files/{key}",
            params={"name": file.name},
            headers={**self._headers, "Content-Type": file.content_type, **length},
            content=file.chunks(),
        )
        if not response.is_success:
            _refused(response, _object(response) or {})
            raise OriginUnavailable(f"the guestbook answered {response.status_code} to a file")

    async def open_file(self, key: str) -> OpenedFile:
        """A file of an entry, while it arrives. Raises `NotFound` once it is gone."""
        request = self._http.build_request("GET", f"{self._address}/api/files/{key}", headers=self._headers)
        response = await self._http.send(request, stream=True)
        if response.is_success:
            size = response.headers.get("content-length", "")
            return OpenedFile(
                name=_name(response) or "file",
                content_type=response.headers.get("content-type") or "application/octet-stream",
                chunks=_chunks(response),
                size=int(size) if size.isdecimal() else 0,
            )
        await response.aclose()
        if response.status_code == 404:
            raise NotFound("the file is no longer in the guestbook")
        _refused(response, {})
        raise OriginUnavailable(f"the guestbook answered {response.status_code} instead of a file")

    async def post(self, text: str, *, parent: int, mark: str, files: Sequence[str] = ()) -> Entry:
        """Add an answer of the owner's, with the files brought under these keys. A repeat adds another one."""
        entry = {"text": text, "parent": parent, "mark": mark, **({"files": list(files)} if files else {})}
        return Entry.read(await self._call("POST", "/api/entries", json=entry))

    async def _entries(self, **query: str) -> tuple[list[Entry], bool]:
        told = await self._call("GET", "/api/entries", params=query)
        listed = told.get("entries")
        if not isinstance(listed, list):
            raise OriginUnavailable("the guestbook told of no entries")
        return [Entry.read(entry) for entry in listed], bool(told.get("more"))

    async def _call(self, method: str, path: str, **request: Any) -> Mapping[str, Any]:
        response = await self._http.request(method, self._address + path, headers=self._headers, **request)
        told = _object(response)
        if response.is_success and told is not None:
            return told
        _refused(response, told or {})
        raise OriginUnavailable(f"the guestbook answered {response.status_code}, which is not its API")


async def _chunks(response: httpx2.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in response.aiter_raw():
            yield chunk
    finally:
        await response.aclose()


def _name(response: httpx2.Response) -> str:
    found = re.search(r"filename\*=UTF-8''([^;\s]+)", response.headers.get("content-disposition", ""))
    return unquote(found[1])[:MAX_NAME_CHARS] if found else ""


def _refused(response: httpx2.Response, told: Mapping[str, Any]) -> None:
    """Raise what a refusal of the guestbook means, if it is one."""
    match response.status_code:
        case 401 | 403:
            raise AccountRevoked("the guestbook does not take the token")
        case 404:
            raise NotFound("the guestbook does not know the page")
        case 422 if told.get("field") == "parent":
            raise NotFound("the entry to answer is gone", message_for_agent=GONE)
        case 422:
            raise MessageRejected(
                f"The guestbook refuses the reply: {str(told.get('error', 'it does not say why'))[:300]}"
            )
        case 429:
            raise OriginThrottled("the guestbook asks for fewer calls", retry_after=_retry_after(response))


def _object(response: httpx2.Response) -> Mapping[str, Any] | None:
    try:
        told = response.json()
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _retry_after(response: httpx2.Response) -> timedelta | None:
    seconds = response.headers.get("retry-after", "")
    return timedelta(seconds=int(seconds)) if seconds.isdecimal() and len(seconds) < 6 else None


def _instant(text: Any) -> datetime:
    instant = datetime.fromisoformat(str(text))
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone")
    return instant


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
