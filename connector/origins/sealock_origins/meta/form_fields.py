# SPDX-License-Identifier: Apache-2.0
"""Fields of set-up forms, with what was entered before or what the account has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sealock_connector import Field, FieldKind, Text

NOW = "now"
"""A choice of where to start; the others are numbers of days."""
_DAY = 24 * 60 * 60


def tick(name: str, label: Text, shown: Mapping[str, str]) -> Field:
    """A box to tick."""
    return Field(name, label, FieldKind.CHECKBOX, value=shown.get(name, "false"), required=False)


def select(name: str, label: Text, options: Sequence[tuple[str, str]], shown: Mapping[str, str]) -> Field:
    """A choice, the first of the options if nothing was chosen."""
    return Field(name, label, FieldKind.SELECT, value=shown.get(name, options[0][0]), options=options)


def start_of(chosen: str, now: int) -> int:
    """The second to start from, now or so many days ago."""
    return now if chosen == NOW else now - int(chosen) * _DAY


def is_ticked(given: Mapping[str, str], name: str) -> bool:
    """Whether a box was ticked."""
    return given.get(name) == "true"


def spelt(ticked: bool) -> str:
    """A box's value."""
    return "true" if ticked else "false"
