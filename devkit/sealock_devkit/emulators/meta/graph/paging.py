# SPDX-License-Identifier: Apache-2.0
"""
Lists, page by page, with cursors.

A page is cut before what the caller may not see is left out, as the platform does: a page can have fewer entries than
asked for, or none at all, and still another one behind it.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode

from sealock_devkit.emulators.meta.errors import bad_parameter
from sealock_devkit.emulators.meta.world import World

DEFAULT_LIMIT = 25
CURSOR_KEY = b"cursors are not secrets"

Key = list[Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list. Entries are in the order of their keys; `value` is None for what is not shown."""

    key: Key
    value: Any | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A whole list."""

    entries: Sequence[Entry]
    summary: dict[str, Any] | None = None
    longest_page: int = 100
    strict: bool = True
    """Whether a higher `limit` is refused; else it is cut."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One page of a list: what is shown, and the cursors of where it begins and ends."""

    values: list[Any]
    before: str = ""
    after: str = ""
    has_next: bool = False
    has_previous: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of a list that make a page."""

    limit: str = ""
    after: str = ""
    before: str = ""
    others: dict[str, str] = field(default_factory=dict)
    """What the address of the next page has to repeat."""


class Pager:
    """Cuts pages, and makes cursors that end after a while."""

    def __init__(self, world: World) -> None:
        self._world = world

    def cut(self, name: str, listing: Listing, query: Query) -> Slice:
        """The page that is asked for. Raises `GraphError` for a bad limit or a bad, foreign or old cursor."""
        limit = _limit(query.limit, listing)
        entries = list(listing.entries)
        begin, end = 0, min(limit, len(entries))
        if query.after:
            key = self._read(query.after, name)
            begin = next((at for at, entry in enumerate(entries) if entry.key > key), len(entries))
            end = min(begin + limit, len(entries))
        elif query.before:
            key = self._read(query.before, name)
            end = next((at for at, entry in enumerate(entries) if entry.key >= key), len(entries))
            begin = max(0, end - limit)
        if end > begin and self._world.faults.use("empty_pages"):
            here = query.after or self._cursor(name, _before(entries[begin].key))
            return Slice([], here, here, has_next=True)
        page = entries[begin:end]
        if not page:
            return Slice([])
        return Slice(
            [entry.value for entry in page if entry.value is not None],
            self._cursor(name, page[0].key),
            self._cursor(name, page[-1].key),
            has_next=end < len(entries),
            has_previous=begin > 0,
        )

    def _cursor(self, name: str, key: Key) -> str:
        content = json.dumps([name, key, self._world.now()]).encode()
        return base64.urlsafe_b64encode(_mark(content) + content).decode().rstrip("=")

    def _read(self, cursor: str, name: str) -> Key:
        try:
            raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        except ValueError:
            raise bad_parameter("Invalid cursors values") from None
        if not hmac.compare_digest(_mark(raw[6:]), raw[:6]):
            raise bad_parameter("Invalid cursors values")
        named, key, made = json.loads(raw[6:])
        old = self._world.now() >= made + self._world.settings.cursor_seconds
        if named != name or old or self._world.faults.use("expire_cursors"):
            raise bad_parameter("Invalid cursors values")
        return cast("Key", key)


def page_json(cut: Slice, data: list[Any], address: str, query: Query, *, limit_only: bool = False) -> dict[str, Any]:
    """A page as it is answered; `limit_only`: with cursors, but without the addresses of other pages."""
    told: dict[str, Any] = {"data": data}
    if not cut.after:
        return told
    told["paging"] = {"cursors": {"before": cut.before, "after": cut.after}}
    common = {**query.others, **({"limit": query.limit} if query.limit else {})}
    if cut.has_next and not limit_only:
        told["paging"]["next"] = f"{address}?{urlencode({**common, 'after': cut.after})}"
    if cut.has_previous and not limit_only:
        told["paging"]["previous"] = f"{address}?{urlencode({**common, 'before': cut.before})}"
    return told


def _limit(text: str, listing: Listing) -> int:
    if not text:
        return min(DEFAULT_LIMIT, listing.longest_page)
    if not text.isdecimal() or not text.isascii() or len(text) > 6 or int(text) == 0:
        raise bad_parameter("Param limit must be a positive integer")
    if int(text) > listing.longest_page and listing.strict:
        raise bad_parameter(f"Param limit must be at most {listing.longest_page}")
    return min(int(text), listing.longest_page)


def _before(key: Key) -> Key:
    """A key that comes just before this one."""
    return [*key[:-1], ""]


def _mark(content: bytes) -> bytes:
    return hmac.new(CURSOR_KEY, content, "sha256").digest()[:6]
