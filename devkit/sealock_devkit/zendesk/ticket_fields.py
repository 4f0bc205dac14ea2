# SPDX-License-Identifier: Apache-2.0
"""The ticket fields of a resource: which there are, and what they can be (protocol: fields)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sealock_devkit.zendesk.placement import NotConverted
from sealock_devkit.zendesk.settings import Settings, words

STATUSES = ("new", "open", "pending", "hold", "solved")
CHOICES: Mapping[str, Sequence[str]] = {
    "status": STATUSES,
    "type": ("problem", "incident", "question", "task"),
    "priority": ("low", "normal", "high", "urgent"),
}
SYSTEM = {*CHOICES, "subject", "tags"}


def usable_fields(fields: Sequence[Mapping[str, Any]], settings: Settings) -> list[Mapping[str, Any]]:
    """The fields that there are, with values that they can have. Raises `NotConverted` if the settings say so."""
    custom = words(settings.custom_fields)
    usable = []
    for field in fields:
        problem = _problem(str(field["id"]), field["value"], custom)
        if problem and settings.bad_field == "error":
            raise NotConverted(problem)
        if not problem:
            usable.append(field)
    return usable


def _problem(name: str, value: Any, custom: frozenset[str]) -> str:
    if name not in SYSTEM:
        return "" if not custom or name in custom else "there is no ticket field of this id"
    if name in CHOICES:
        return "" if value in CHOICES[name] else f"{name} is one of: {', '.join(CHOICES[name])}"
    if name == "tags":
        good = isinstance(value, list) and all(isinstance(tag, str) for tag in value)
        return "" if good else "tags is an array of strings"
    return "" if isinstance(value, str) else f"{name} is a string"
