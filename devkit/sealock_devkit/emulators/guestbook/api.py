# SPDX-License-Identifier: Apache-2.0
"""The owner's API: JSON, with the owner's token."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import Any

from falcon import HTTP_CREATED, HTTP_NO_CONTENT, HTTPInvalidParam, HTTPMissingParam, HTTPNotFound, HTTPUnauthorized
from falcon.asgi import Request, Response

from sealock_devkit.emulators.guestbook.entries import Entries, Entry
from sealock_devkit.emulators.guestbook.faults import Faults
from sealock_devkit.emulators.guestbook.files import BadEntry

OWNER_ID = "owner"
MAX_PAGE = 200
MAX_MARK_CHARS = 80


class OwnerOnly:
    """A middleware that lets only the owner's token pass to `/api/`."""

    def __init__(self, token: str, faults: Faults) -> None:
        self._token = token
        self._faults = faults

    async def process_request(self, req: Request, _: Response) -> None:
        """Refuse a call of the API without the token."""
        if not req.path.startswith("/api/"):
            return
        given, expected = (req.auth or "").encode(), f"Bearer {self._faults.token or self._token}".encode()
        if self._faults.token_revoked or not hmac.compare_digest(given, expected):
            raise HTTPUnauthorized(description="The token is missing or wrong.", challenges=["Bearer"])


class SiteInfo:
    """`/api/site`: whose guestbook this is, and what time it is there; also the way to try a token."""

    def __init__(self, entries: Entries, title: str) -> None:
        self._entries = entries
        self._title = title

    async def on_get(self, _: Request, resp: Response) -> None:
        """The site's title and time."""
        resp.media = {"title": self._title, "now": _instant(self._entries.now())}


class EntryList:
    """`/api/entries`: GET lists since an instant or by mark, POST adds an entry of the owner's."""

    def __init__(self, entries: Entries, owner: str) -> None:
        self._entries = entries
        self._owner = owner

    async def on_get(self, req: Request, resp: Response) -> None:
        """
        Entries, oldest first: with `mark` those that carry it, else those at or after `since`.

        `more` says that the page was full: go on with the last entry's `created_at` as `since` and its id as `after`.
        """
        mark = req.get_param("mark")
        if mark is not None:
            resp.media = {"entries": [as_json(entry) for entry in self._entries.marked(mark)], "more": False}
            return
        limit = req.get_param_as_int("limit", default=100, min_value=1, max_value=MAX_PAGE)
        after = req.get_param_as_int("after", default=0, min_value=0, max_value=2**62)
        found = self._entries.since(_since(req), after=after, limit=limit + 1)
        resp.media = {"entries": [as_json(entry) for entry in found[:limit]], "more": len(found) > limit}

    async def on_post(self, req: Request, resp: Response) -> None:
        """
        Add an entry of the owner's: `text`, `parent`, keys of `files`, and a `mark` to find it again.

        A repeat adds another one.
        """
        wanted = await req.get_media()
        if not isinstance(wanted, dict):
            raise BadEntry("body", "This must be an object.")
        parent = wanted.get("parent")
        if parent is not None and (not isinstance(parent, int) or not 0 < parent < 2**62):
            raise BadEntry("parent", "This must be an entry's id.")
        mark = _string(wanted, "mark", default="")
        if len(mark) > MAX_MARK_CHARS:
            raise BadEntry("mark", f"This is too long: at most {MAX_MARK_CHARS} characters.")
        entry = self._entries.add(
            author=self._owner,
            author_id=OWNER_ID,
            text=_string(wanted, "text"),
            parent=parent,
            by_owner=True,
            mark=mark,
            files=_strings(wanted, "files"),
        )
        resp.status = HTTP_CREATED
        resp.media = as_json(entry)


class OneEntry:
    """`/api/entries/{number}`: one entry."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries

    async def on_get(self, _: Request, resp: Response, number: int) -> None:
        """The entry of that id."""
        entry = self._entries.get(number)
        if entry is None:
            raise HTTPNotFound
        resp.media = as_json(entry)

    async def on_delete(self, _: Request, resp: Response, number: int) -> None:
        """Take the entry away with its files, and its conversation if it began one."""
        if not self._entries.delete(number):
            raise HTTPNotFound
        resp.status = HTTP_NO_CONTENT


def as_json(entry: Entry) -> dict[str, Any]:
    """An entry as JSON."""
    return {
        "id": entry.id,
        "thread": entry.thread,
        "parent": entry.parent,
        "author": entry.author,
        "author_id": entry.author_id,
        "text": entry.text,
        "created_at": _instant(entry.created_at),
        "by_owner": entry.by_owner,
        "mark": entry.mark,
        "files": [
            {"id": file.key, "name": file.name, "content_type": file.content_type, "size": file.size}
            for file in entry.files
        ],
    }


def _instant(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def _since(req: Request) -> datetime:
    text = req.get_param("since")
    if text is None:
        raise HTTPMissingParam("since")
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise HTTPInvalidParam("It must be an instant of ISO 8601.", "since") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _string(wanted: dict[str, Any], name: str, *, default: str | None = None) -> str:
    value = wanted.get(name, default)
    if not isinstance(value, str):
        raise BadEntry(name, "This must be a string.")
    return value


def _strings(wanted: dict[str, Any], name: str) -> list[str]:
    value = wanted.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise BadEntry(name, "This must be a list of strings.")
    return value
