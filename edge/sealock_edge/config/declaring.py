# SPDX-License-Identifier: Apache-2.0
"""How settings are declared: the kinds of their values, each with how it is read, and what the documentation says."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, dataclass, field, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Generic, TypeVar, cast
from urllib.parse import SplitResult, urlsplit

from sealock_contract.stores.names import VALKEY, is_encrypted, problem_of

Value = TypeVar("Value")
Value_co = TypeVar("Value_co", covariant=True)
Number = TypeVar("Number", int, float)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class WrongValue(ValueError):
    """A value that a setting cannot have. The text stands behind the setting's name, and never shows the value."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[Value_co]):
    """A kind of values."""

    read: Callable[[Any, bool], Value_co]
    """The value of what a file says or, where the second is True, of a variable's text. Raises `WrongValue`."""
    limits: str = ""
    """Its limits in the words of the documentation; empty: none."""


@dataclass(frozen=True, slots=True)
class Listener:
    """An address to listen on, written `host:port` or `[v6 host]:port`."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def text(max_chars: int = 2000, pattern: re.Pattern[str] | None = None, must_be: str = "") -> Kind[str]:
    """A text, which `pattern` has to match unless it is empty; `must_be` says so in words."""

    def read(given: Any, _is_variable: bool) -> str:
        value = _text(given, max_chars)
        if value and pattern is not None and not pattern.fullmatch(value):
            raise WrongValue(f"must be {must_be}")
        return value

    return Kind(read)


def texts(
    pattern: re.Pattern[str] | None = None, must_be: str = "", *, may_be_empty: bool = True
) -> Kind[tuple[str, ...]]:
    """A list of texts, each of which `pattern` has to match; in a variable they are separated by commas."""

    def read(given: Any, is_variable: bool) -> tuple[str, ...]:
        if is_variable:
            given = [part.strip() for part in given.split(",") if part.strip()]
        if not isinstance(given, list) or not all(isinstance(part, str) and part for part in given):
            raise WrongValue("must be a list of texts")
        if not given and not may_be_empty:
            raise WrongValue("must not be empty")
        if pattern is not None and not all(pattern.fullmatch(part) for part in given):
            raise WrongValue(f"must be {must_be}")
        return tuple(given)

    return Kind(read)


def whole_number(least: int, most: int) -> Kind[int]:
    """A whole number within these limits, both included."""

    def read(given: Any, is_variable: bool) -> int:
        return _number(int, given, is_variable or isinstance(given, int), "a whole number", (least, most))

    return Kind(read, f"{least} to {most}.")


def seconds(least: int, most: int) -> Kind[float]:
    """A length of time within these limits, both included."""

    def read(given: Any, is_variable: bool) -> float:
        fits = is_variable or isinstance(given, (int, float))
        return _number(float, given, fits, "a number of seconds", (least, most))

    return Kind(read, f"{least} to {most}.")


def flag() -> Kind[bool]:
    """Either true or false."""

    def read(given: Any, is_variable: bool) -> bool:
        if is_variable:
            given = {"true": True, "false": False}.get(given.lower())
        if not isinstance(given, bool):
            raise WrongValue("must be true or false")
        return given

    return Kind(read)


def one_of(*words: str) -> Kind[str]:
    """One of these words."""

    def read(given: Any, _is_variable: bool) -> str:
        value = _text(given)
        if value not in words:
            raise WrongValue(f"must be {' or '.join(words)}")
        return value

    return Kind(read, f"One of {', '.join(f'`{word}`' for word in words)}.")


def store_name(password_file: str) -> Kind[str]:
    """What a store is called; `password_file` is the setting for its password. In plaintext only on this machine."""

    def read(given: Any, _is_variable: bool) -> str:
        name = _text(given)
        if problem := problem_of(name, password_file):
            raise WrongValue(problem)
        if not is_encrypted(name) and not is_loopback_url(name):
            raise WrongValue("is plaintext; use valkeys://, or a Valkey on this machine")
        if name.startswith(VALKEY) and find_spec("valkey") is None:
            raise WrongValue("needs Valkey's client: install sealock-edge[valkey]")
        return name

    return Kind(read)


def networks() -> Kind[tuple[Network, ...]]:
    """A list of networks such as `10.0.0.0/8`, or single addresses; in a variable they are separated by commas."""
    written = texts()

    def read(given: Any, is_variable: bool) -> tuple[Network, ...]:
        try:
            return tuple(ipaddress.ip_network(part) for part in written.read(given, is_variable))
        except ValueError as error:
            if isinstance(error, WrongValue):
                raise
            raise WrongValue("must be a list of networks such as 10.0.0.0/8") from None

    return Kind(read)


def file_path() -> Kind[Path | None]:
    """A file or directory; an empty text is none."""
    return Kind(lambda given, _is_variable: Path(given) if _text(given) else None)


def address() -> Kind[Listener]:
    """An address to listen on."""

    def read(given: Any, _is_variable: bool) -> Listener:
        host, _, port = _text(given).rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
            raise WrongValue("must be an address such as 0.0.0.0:8080")
        return Listener(host, int(port))

    return Kind(read)


def web_address() -> Kind[str]:
    """A URL, of which a slash at its end is taken away: https, or http on this machine."""

    def read(given: Any, _is_variable: bool) -> str:
        url = _text(given, 255).rstrip("/")
        parts = _split(url)
        if url and (parts is None or parts.scheme not in ("http", "https")):
            raise WrongValue("must be a URL such as https://channels.example.com")
        if parts is not None and parts.scheme == "http" and not _is_loopback(parts.hostname):
            raise WrongValue("must be https; http is only for a loopback host")
        return url

    return Kind(read)


def _text(given: Any, max_chars: int = 2000) -> str:
    if not isinstance(given, str):
        raise WrongValue("must be a text")
    if len(given) > max_chars:
        raise WrongValue(f"is longer than {max_chars} characters")
    return given


def _number(kind: Callable[[Any], Number], given: Any, fits: bool, must_be: str, limits: tuple[int, int]) -> Number:
    least, most = limits
    try:
        number = kind(given) if fits and not isinstance(given, bool) else None
    except (ValueError, OverflowError):
        number = None
    if number is None or not least <= number <= most:
        raise WrongValue(f"must be {must_be} from {least} to {most}")
    return number


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
