# SPDX-License-Identifier: Apache-2.0
"""Reading a JSON object with words for what is wrong with it, which name the key and never the value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

_INT64 = 2**63


class BadObject(ValueError):
    """A key is missing or has a value of the wrong kind."""


class JsonObject:
    """A JSON object whose keys are read by kind. `path` leads to it in messages."""

    def __init__(self, content: Mapping[str, Any], path: str) -> None:
        self._content = content
        self._path = path

    @classmethod
    def of(cls, content: object, path: str) -> Self:
        """Raises `BadObject`: it is not a JSON object."""
        if not isinstance(content, Mapping):
            raise BadObject(f"{path} is not an object")
        return cls(content, path)

    def text(self, key: str) -> str:
        """A text that must be there."""
        if key not in self._content:
            raise BadObject(f"{self._path}.{key} is missing")
        return self.optional_text(key)

    def optional_text(self, key: str) -> str:
        """A text; empty if it is not there or null."""
        value = self._content.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise BadObject(f"{self._path}.{key} is not a text")
        return value

    def number(self, key: str) -> int:
        """A whole number that must be there."""
        if key not in self._content:
            raise BadObject(f"{self._path}.{key} is missing")
        return self.optional_number(key)

    def optional_number(self, key: str) -> int:
        """A whole number; 0 if it is not there or null."""
        value = self._content.get(key)
        if value is None:
            return 0
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not whole or not -_INT64 <= value < _INT64:
            raise BadObject(f"{self._path}.{key} is not a whole number")
        return int(value)

    def object(self, key: str) -> JsonObject:
        """An object that must be there."""
        if key not in self._content:
            raise BadObject(f"{self._path}.{key} is missing")
        return JsonObject.of(self._content[key], f"{self._path}.{key}")

    def objects(self, key: str) -> list[JsonObject]:
        """A list of objects that must be there."""
        if key not in self._content:
            raise BadObject(f"{self._path}.{key} is missing")
        items = self._content[key]
        if not isinstance(items, list):
            raise BadObject(f"{self._path}.{key} is not a list")
        return [JsonObject.of(item, f"{self._path}.{key}[{n}]") for n, item in enumerate(items)]
