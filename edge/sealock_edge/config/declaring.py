# SPDX-License-Identifier: Apache-2.0
"""How settings are declared: the kinds of their values, each with how it is read, and what the documentation says."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, cast
from urllib.parse import SplitResult, urlsplit

Value_co = TypeVar("Value_co", covariant=True)
Value = TypeVar("Value")
Number = TypeVar("Number", int, float)


class WrongValue(ValueError):
    """A value that a setting cannot have. The text stands behind the setting's name, and never shows the value."""


class Kind(Protocol[Value_co]):
    """A kind of values."""

    def read(self, given: Any, *, is_variable: bool) -> Value_co:
        """The value that a file gives, or, as text, a variable of the environment. Raises `WrongValue`."""
        ...

    @property
    def limits(self) -> str:
        """What the documentation says about its limits; empty: nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Listener:
    """An address to listen on, written `host:port` or `[v6 host]:port`."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Text:
    """A text, which `pattern` has to match unless it is empty; `must_be` says so in words."""

    max_chars: int = 2000
    pattern: re.Pattern[str] | None = None
    must_be: str = ""
    limits: str = ""

    def read(self, given: Any, *, is_variable: bool) -> str:  # noqa: ARG002 - a variable is a text as it is
        """See `Kind`."""
        if not isinstance(given, str):
            raise WrongValue("must be a text")
        if len(given) > self.max_chars:
            raise WrongValue(f"is longer than {self.max_chars} characters")
        if given and self.pattern is not None and not self.pattern.fullmatch(given):
            raise WrongValue(f"must be {self.must_be}")
        return given


@dataclass(frozen=True, slots=True)
class Texts:
    """A list of texts, each of which `pattern` has to match; in a variable they are separated by commas."""

    pattern: re.Pattern[str] | None = None
    must_be: str = ""
    limits: str = ""

    def read(self, given: Any, *, is_variable: bool) -> tuple[str, ...]:
        """See `Kind`."""
        if is_variable:
            given = [part.strip() for part in given.split(",") if part.strip()]
        if not isinstance(given, list) or not all(isinstance(part, str) and part for part in given):
            raise WrongValue("must be a list of texts")
        if self.pattern is not None and not all(self.pattern.fullmatch(part) for part in given):
            raise WrongValue(f"must be {self.must_be}")
        return tuple(given)


@dataclass(frozen=True, slots=True)
class _Number(Generic[Number]):
    least: Number
    most: Number
    must_be: str
    number: Callable[[Any], Number]
    types: tuple[type, ...]

    @property
    def limits(self) -> str:
        """See `Kind`."""
        return f"{_plain(self.least)} to {_plain(self.most)}."

    def read(self, given: Any, *, is_variable: bool) -> Number:
        """See `Kind`."""
        fits = isinstance(given, self.types) and not isinstance(given, bool)
        try:
            number = self.number(given) if is_variable or fits else None
        except (ValueError, OverflowError):
            number = None
        if number is None or not self.least <= number <= self.most:
            raise WrongValue(f"must be {self.must_be} from {_plain(self.least)} to {_plain(self.most)}")
        return number


def whole_number(least: int, most: int) -> Kind[int]:
    """A whole number."""
    return _Number(least, most, "a whole number", int, (int,))


def seconds(least: float, most: float) -> Kind[float]:
    """A length of time in seconds."""
    return _Number(least, most, "a number of seconds", float, (int, float))


@dataclass(frozen=True, slots=True)
class Flag:
    """Either true or false."""

    limits: str = ""

    def read(self, given: Any, *, is_variable: bool) -> bool:
        """See `Kind`."""
        if is_variable:
            given = {"true": True, "false": False}.get(given.lower())
        if not isinstance(given, bool):
            raise WrongValue("must be true or false")
        return given


@dataclass(frozen=True, slots=True)
class FilePath:
    """A file or directory; empty: none."""

    limits: str = ""

    def read(self, given: Any, *, is_variable: bool) -> Path | None:
        """See `Kind`."""
        text = Text().read(given, is_variable=is_variable)
        return Path(text) if text else None


@dataclass(frozen=True, slots=True)
class Address:
    """An address to listen on."""

    limits: str = ""

    def read(self, given: Any, *, is_variable: bool) -> Listener:
        """See `Kind`."""
        text = Text().read(given, is_variable=is_variable)
        host, _, port = text.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
            raise WrongValue("must be an address such as 0.0.0.0:8080")
        return Listener(host, int(port))


@dataclass(frozen=True, slots=True)
class WebAddress:
    """A URL without a slash at its end: https, or http on this machine."""

    limits: str = ""

    def read(self, given: Any, *, is_variable: bool) -> str:
        """See `Kind`."""
        url = Text(255).read(given, is_variable=is_variable).rstrip("/")
        if not url:
            return url
        parts = _split(url)
        if parts is None or parts.scheme not in ("http", "https"):
            raise WrongValue("must be a URL such as https://channels.example.com")
        if parts.scheme == "http" and not _is_loopback(parts.hostname):
            raise WrongValue("must be https; http is only for a loopback host")
        return url


@dataclass(frozen=True, slots=True)
class _Declaration:
    kind: Kind[Any]
    says: str
    without: str


def setting(default: Value, kind: Kind[Value], says: str, *, without: str = "none") -> Value:
    """A setting that has a default. `without` is what the documentation calls a default that is empty."""
    declared: Any = field(default=default, metadata={"declaration": _Declaration(kind, says, without)})
    return cast("Value", declared)


def required(kind: Kind[Value | None], says: str) -> Value:
    """A setting that has to be there and must not be empty."""
    declared: Any = field(metadata={"declaration": _Declaration(kind, says, "required")})
    return cast("Value", declared)


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as it was declared."""

    name: str
    kind: Kind[Any]
    required: bool
    default: Any
    says: str
    """What it is for, in Markdown."""
    default_shown: str
    """The default as the documentation shows it."""


def settings_of(table: type) -> Iterator[Setting]:
    """The settings of a table such as `EdgeConfig`, in order."""
    for each in fields(table):
        if "declaration" in each.metadata:
            yield _setting(each, each.metadata["declaration"])


def _setting(each: Field[Any], declared: _Declaration) -> Setting:
    is_required = each.default is MISSING
    says = " ".join(filter(None, (declared.says, declared.kind.limits)))
    shown = declared.without if is_required or each.default in (None, "", ()) else f"`{_shown(each.default)}`"
    return Setting(each.name, declared.kind, is_required, None if is_required else each.default, says, shown)


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return ",".join(default)
    return f"{default:.0f}" if isinstance(default, float) and default.is_integer() else str(default)


def table_of(table: type) -> str:
    """The settings of a table as docs/configuration.md lists them, in Markdown."""
    rows = (f"| `{each.name}` | {each.default_shown} | {each.says} |\n" for each in settings_of(table))
    return f"| Setting | Default | Meaning |\n|---|---|---|\n{''.join(rows)}"


def is_loopback_url(url: str) -> bool:
    """Whether the URL's host is this machine itself, by its name or address."""
    parts = _split(url)
    return parts is not None and _is_loopback(parts.hostname)


def _is_loopback(host: str | None) -> bool:
    if host is None:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError:
        return None
    has_oddities = parts.username is not None or parts.password is not None or any(c in url for c in "\\ \t\r\n#?")
    return None if has_oddities or not parts.hostname or not url.isascii() or not url.isprintable() else parts


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else str(number)
