# SPDX-License-Identifier: Apache-2.0
"""
Reads the `fields` parameter: `id,comments.filter(stream).limit(50){id,message,from{id,name}}`.

A name, then modifiers with an argument each, then a selection of what is wanted of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sealock_devkit.emulators.meta.errors import refused

MAX_DEPTH = 8
NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One field that is asked for."""

    name: str
    arguments: dict[str, str] = field(default_factory=dict)
    selection: tuple[Wanted, ...] | None = None
    """`None` when the field is asked for as it is."""

    def __str__(self) -> str:
        modifiers = "".join(f".{name}({value})" for name, value in self.arguments.items())
        return f"{self.name}{modifiers}" + ("" if self.selection is None else f"{{{written(self.selection)}}}")


def written(selection: tuple[Wanted, ...]) -> str:
    """A selection as it is written in a query."""
    return ",".join(map(str, selection))


def read_fields(text: str) -> tuple[Wanted, ...]:
    """What `fields` asks for. Raises `GraphError` 2500 for what cannot be read."""
    reader = _Reader(text)
    found = reader.selection(depth=0)
    if not reader.at_end:
        raise reader.error("end of string")
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._skip_space()

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._text)

    def selection(self, depth: int) -> tuple[Wanted, ...]:
        if depth > MAX_DEPTH:
            raise refused("syntax", f'Syntax error "Fields are nested more than {MAX_DEPTH} deep".')
        found = [self._one(depth)]
        while self._take(","):
            found.append(self._one(depth))
        return tuple(found)

    def error(self, expected: str) -> Exception:
        got = "end of string" if self.at_end else f'"{self._text[self._at]}"'
        return refused("syntax", f'Syntax error "Expected {expected} instead of {got}." at character {self._at}')

    def _one(self, depth: int) -> Wanted:
        name = self._name()
        arguments: dict[str, str] = {}
        selection = None
        while True:
            if self._take("."):
                modifier = self._name()
                arguments[modifier] = self._argument()
            elif selection is None and self._take("{"):
                selection = () if self._take("}") else self._closed(depth)
            else:
                return Wanted(name, arguments, selection)

    def _closed(self, depth: int) -> tuple[Wanted, ...]:
        found = self.selection(depth + 1)
        if not self._take("}"):
            raise self.error('"}"')
        return found

    def _name(self) -> str:
        start = self._at
        while not self.at_end and self._text[self._at] in NAME:
            self._at += 1
        if start == self._at:
            raise self.error("string")
        name = self._text[start : self._at]
        self._skip_space()
        return name

    def _argument(self) -> str:
        if not self._take("("):
            raise self.error('"("')
        start = self._at
        while not self.at_end and self._text[self._at] not in "(){}":
            self._at += 1
        value = self._text[start : self._at].strip()
        if not self._take(")"):
            raise self.error('")"')
        return value

    def _take(self, character: str) -> bool:
        if self.at_end or self._text[self._at] != character:
            return False
        self._at += 1
        self._skip_space()
        return True

    def _skip_space(self) -> None:
        while not self.at_end and self._text[self._at].isspace():
            self._at += 1
