# SPDX-License-Identifier: Apache-2.0
"""How a setting is declared: its default and its sentence in one place, where its type is."""

from __future__ import annotations

import typing
from dataclasses import Field, dataclass, field, fields
from typing import Any, Literal, TypeVar

Value = TypeVar("Value")
SAYS = "says"


def setting(default: Value, says: str) -> Value:
    """A field of a group of settings: what it is if nobody changes it, and what it decides, in a sentence."""
    declared: Any = field(default=default, metadata={SAYS: says})
    return typing.cast("Value", declared)


@dataclass(frozen=True, slots=True)
class Declared:
    """A setting as people read of it."""

    name: str
    says: str
    default: Any
    kind: Any
    """Its type."""
    group: str

    @property
    def choices(self) -> tuple[str, ...]:
        """What it can be; empty: anything of its type."""
        if self.kind is bool:
            return ("true", "false")
        return typing.get_args(self.kind) if typing.get_origin(self.kind) is Literal else ()


def declared_in(group: type) -> list[Declared]:
    """The settings of a group, in order; the group's docstring is its title."""
    kinds, title = typing.get_type_hints(group), (group.__doc__ or "").strip()
    return [_declared(each, kinds[each.name], title) for each in fields(group)]


def _declared(each: Field[Any], kind: Any, title: str) -> Declared:
    return Declared(each.name, each.metadata[SAYS], each.default, kind, title)
