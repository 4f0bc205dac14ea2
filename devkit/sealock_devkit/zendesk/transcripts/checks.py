# SPDX-License-Identifier: Apache-2.0
"""What may stand in a transcript's columns: each check says whether a value, is as it should be."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sealock_devkit.zendesk.judge.http import NotJson, strict_json

GREATEST = 2**53

Check = Callable[[Any], bool]


def number(value: Any) -> bool:
    """A whole number, as rows are counted."""
    return type(value) is int and 0 <= value <= GREATEST


def flag(value: Any) -> bool:
    """Zero or one."""
    return type(value) is int and value in (0, 1)


def duration(value: Any) -> bool:
    """Seconds or milliseconds."""
    return type(value) in (int, float) and math.isfinite(value) and 0 <= value <= GREATEST


def text(value: Any) -> bool:
    """Any text; lines have their limit."""
    return isinstance(value, str) and "\0" not in value


def instant(value: Any) -> bool:
    """An instant as this Zendesk writes them."""
    if not text(value) or len(value) > len("2000-01-01T00:00:00.000000+00:00"):
        return False
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def or_nothing(check: Check) -> Check:
    """What the check takes, or null."""
    return lambda value: value is None or check(value)


def instant_or_empty(value: Any) -> bool:
    """An instant, or an empty text."""
    return value == "" or instant(value)


def json_text(check: Check, *, empty: bool = False) -> Check:
    """JSON as a text, that the check takes; or nothing at all."""

    def holds(value: Any) -> bool:
        if not text(value):
            return False
        if empty and value == "":
            return True
        try:
            return check(strict_json(value.encode()))
        except NotJson:
            return False

    return holds


def shallow(value: Any) -> bool:
    """A text that may be JSON or its beginning, and is not nested deeply."""
    if not text(value):
        return False
    try:
        strict_json(value.encode())
    except NotJson as found:
        return "deep" not in found.found
    return True


def list_of(check: Check) -> Check:
    """A list of what the check takes."""
    return lambda value: isinstance(value, list) and all(map(check, value))
