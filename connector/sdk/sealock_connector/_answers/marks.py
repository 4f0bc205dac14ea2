# SPDX-License-Identifier: Apache-2.0
"""How something is recognised that answers in an origin's place: by headers, by words of its pages, by its status."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sealock_connector.errors import Cause

REFUSALS: Final = frozenset({401, 403, 405, 406, 418, 423, 429, 444, 451, 493, 503, 999})
"""Statuses with which something in front of an origin refuses a call."""

SHORT: Final = 8 * 1024
_BEGIN: Final = 48 * 1024
_END: Final = 8 * 1024
_TITLE: Final = re.compile(rb"<title[^>]{0,200}>([^<]{0,300})")


@dataclass(frozen=True, slots=True)
class Seen:
    """What is looked at of an answer: little of its content, all of it in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    page: bytes = field(repr=False)
    title: bytes = field(repr=False)

    @classmethod
    def of(cls, status: int, headers: Mapping[str, str], content: bytes) -> Seen:
        """The answer's status, headers, and the begin and end of its content."""
        page = content[:_BEGIN].lower() + content[_BEGIN:][-_END:].lower()
        title = _TITLE.search(page)
        lowered = {name.lower(): value.lower() for name, value in headers.items()}
        return cls(status, lowered, page, title[1] if title else b"")


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that answers in an origin's place."""

    what: str
    """What it is, in fixed words for the log."""
    cause: Cause
    words: Collection[bytes]
    titles: Collection[bytes]
    headers: Collection[tuple[str, str]] = field(repr=False)
    statuses: Collection[int]
    short: bool
    """Whether only a page of a few kilobytes is meant: in a longer one the words may be there for something else."""
    when_much: bool
    """Whether it may be because too much was asked for."""

    def fits(self, seen: Seen) -> bool:
        """Whether the answer has one of the words, titles or headers, and one of the statuses."""
        if (self.statuses and seen.status not in self.statuses) or (self.short and len(seen.page) > SHORT):
            return False
        return (
            any(name in seen.headers and value in seen.headers[name] for name, value in self.headers)
            or any(each in seen.title for each in self.titles)
            or any(each in seen.page for each in self.words)
        )


def mark(
    what: str,
    cause: Cause,
    *,
    words: str = "",
    titles: str = "",
    headers: str = "",
    statuses: Collection[int] = (),
    short: bool = False,
    when_much: bool = False,
) -> Mark:
    """
    A mark. In its texts ` ~ ` stands between those of which one is enough.

    `words` are anywhere in the content, `titles` in a page's title, both in lower case; `headers` are written
    `name: part of the value`. With `statuses` only an answer with one of them is meant.
    """
    pairs = [(name.strip(), value.strip()) for name, _, value in (each.partition(":") for each in _split(headers))]
    return Mark(what, cause, _bytes(words), _bytes(titles), pairs, statuses, short, when_much)


def first_fit(marks: Iterable[Mark], seen: Seen) -> Mark | None:
    """The first of the marks that the answer has."""
    return next((each for each in marks if each.fits(seen)), None)


def _split(texts: str) -> list[str]:
    return texts.split(" ~ ") if texts else []


def _bytes(texts: str) -> list[bytes]:
    return [each.encode() for each in _split(texts)]
