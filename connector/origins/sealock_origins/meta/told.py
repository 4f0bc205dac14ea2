# SPDX-License-Identifier: Apache-2.0
"""Reading Meta's JSON, which may hold anything anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

_MILLISECONDS = 100_000_000_000
"""Larger numbers are milliseconds, as in events about messages."""
_NEVER = datetime.fromtimestamp(0, UTC)


class Unreadable(ValueError):
    """Meta told of something that lacks what it must have; the text names the field."""


def text(told: Any) -> str:
    """A text without white space around it; empty for anything else."""
    return told.strip() if isinstance(told, str) else ""


def mapping(told: Any) -> Mapping[str, Any]:
    """An object; an empty one for anything else."""
    return told if isinstance(told, dict) else {}


def objects(told: Any) -> Iterator[Mapping[str, Any]]:
    """The objects of a list; none for anything else."""
    for item in told if isinstance(told, list) else ():
        if isinstance(item, dict):
            yield item


def elements(told: Any) -> Iterator[Mapping[str, Any]]:
    """The objects of `{"data": [...]}`."""
    return objects(mapping(told).get("data"))


def instant(told: Any) -> datetime:
    """Meta's time: seconds in feeds, milliseconds in messages, ISO 8601 elsewhere. What is none is the year 1970."""
    try:
        if isinstance(told, int | float):
            return datetime.fromtimestamp(told / 1000 if told > _MILLISECONDS else told, UTC)
        read = datetime.fromisoformat(told)
        return read if read.tzinfo else read.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return _NEVER


def required_instant(told: Any, name: str) -> datetime:
    """An instant that must be there. Raises `Unreadable`."""
    at = instant(told)
    if at.year == _NEVER.year:
        raise Unreadable(name)
    return at
