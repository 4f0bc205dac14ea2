# SPDX-License-Identifier: Apache-2.0
"""One table of the TOML file, read setting by setting; what is wrong is collected, not raised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from sealock_edge.config.tree import Listener

Number = TypeVar("Number", int, float)


class Section:
    """Reads the settings of one table. A wrong one becomes a problem that names it, and never shows its value."""

    def __init__(self, name: str, table: Mapping[str, Any], overrides: Mapping[str, str], problems: list[str]) -> None:
        """`overrides` are texts from the environment by setting; they win over the table."""
        self.name = name
        self._values = {**table, **overrides}
        self._overridden = frozenset(overrides)
        self._asked: set[str] = set()
        self._problems = problems

    def problem(self, setting: str, words: str) -> None:
        """Note what is wrong with a setting."""
        self._problems.append(f"{self.name}.{setting} {words}")

    def text(self, setting: str, default: str | None = None, *, max_chars: int = 2000) -> str:
        """A text; without a default it is required and must not be empty."""
        value = self._take(setting)
        if value is None:
            if default is None:
                self.problem(setting, "is missing")
            return default or ""
        if not isinstance(value, str):
            self.problem(setting, "must be a text")
            return default or ""
        if default is None and not value:
            self.problem(setting, "must not be empty")
        if len(value) > max_chars:
            self.problem(setting, f"is longer than {max_chars} characters")
        return str(value)

    def texts(self, setting: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of texts; from the environment: separated by commas."""
        value = self._take(setting)
        if value is None:
            return default
        if isinstance(value, str) and setting in self._overridden:
            return tuple(part.strip() for part in value.split(",") if part.strip())
        if not isinstance(value, list) or not all(isinstance(part, str) and part for part in value):
            self.problem(setting, "must be a list of texts")
            return default
        return tuple(value)

    def seconds(self, setting: str, default: float, *, least: float, most: float) -> float:
        """A length of time in seconds."""
        return self._number(setting, default, float, least=least, most=most, what="a number of seconds")

    def whole_number(self, setting: str, default: int, *, least: int, most: int) -> int:
        """A whole number."""
        return self._number(setting, default, int, least=least, most=most, what="a whole number")

    def flag(self, setting: str, *, default: bool) -> bool:
        """Either true or false."""
        value = self._take(setting)
        if setting in self._overridden:
            value = {"true": True, "false": False}.get(str(value).lower(), value)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.problem(setting, "must be true or false")
            return default
        return value

    def path(self, setting: str) -> Path | None:
        """A file or directory; empty: none."""
        value = self.text(setting, "")
        return Path(value) if value else None

    def listener(self, setting: str, default: Listener) -> Listener:
        """An address to listen on."""
        value = self.text(setting, str(default))
        host, _, port = value.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
            self.problem(setting, "must be an address such as 0.0.0.0:8080")
            return default
        return Listener(host, int(port))

    def finish(self) -> None:
        """Complain about settings that nobody asked for: they are misspelt, and would be ignored silently."""
        for setting in self._values:
            if setting not in self._asked:
                self.problem(setting, "is not a setting")

    def _take(self, setting: str) -> Any:
        self._asked.add(setting)
        return self._values.get(setting)

    def _number(
        self, setting: str, default: Number, kind: Callable[[Any], Number], *, least: Number, most: Number, what: str
    ) -> Number:
        value = self._take(setting)
        if value is None:
            return default
        try:
            number = kind(value) if setting in self._overridden or _is_number(value, kind) else None
        except (ValueError, OverflowError):
            number = None
        if number is None or not least <= number <= most:
            self.problem(setting, f"must be {what} from {least:g} to {most:g}")
            return default
        return number


def _is_number(value: Any, kind: Callable[[Any], Any]) -> bool:
    return isinstance(value, int if kind is int else (int, float)) and not isinstance(value, bool)
