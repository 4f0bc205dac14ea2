# SPDX-License-Identifier: Apache-2.0
"""What a call asks for: the version, the parameters, and the fields with what hangs on them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import orjson
from falcon import HTTPContentTooLarge
from falcon.asgi import Request
from falcon.asgi.multipart import BodyPart
from falcon.media.multipart import MultipartFormHandler, MultipartParseError, MultipartParseOptions

from sealock_devkit.emulators.meta.files import MAX_BODY_BYTES, Upload, sniffed
from sealock_devkit.emulators.meta.graph.errors import GraphError, bad_parameter, refused
from sealock_devkit.emulators.meta.settings import Settings

NEWEST = "v27.0"
UNTIL: dict[str, float | None] = {
    "v22.0": datetime(2027, 5, 20, tzinfo=UTC).timestamp(),
    "v23.0": datetime(2027, 10, 8, tzinfo=UTC).timestamp(),
    "v24.0": datetime(2028, 2, 18, tzinfo=UTC).timestamp(),
    "v25.0": datetime(2028, 7, 29, tzinfo=UTC).timestamp(),
    "v26.0": datetime(2028, 11, 4, tzinfo=UTC).timestamp(),
    NEWEST: None,
}
VERSION = re.compile(r"v(\d{1,3})\.(\d)")
MAX_FORM_PARTS = 64
MAX_DEPTH = 8
NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def served_version(asked: str, settings: Settings, now: float) -> str:
    """
    The version that answers a call: the one asked for, or the app's oldest available for a call without.

    Raises `GraphError` for a version that is gone or was never there.
    """
    alive = [version for version, until in UNTIL.items() if until is None or now < until]
    available = [version for version in alive if _number(version) >= _number(settings.oldest_version)] or [NEWEST]
    if not asked:
        return available[0]
    if asked in available:
        return asked
    if _number(asked) > _number(NEWEST):
        raise _unknown(asked)
    if settings.sunset == "forwarded":
        return available[0]
    raise refused("version")


def _unknown(asked: str) -> GraphError:
    return refused("path", f"Unknown path components: /{asked}")


def _number(version: str) -> tuple[int, int]:
    found = VERSION.fullmatch(version)
    return (int(found[1]), int(found[2])) if found else (0, 0)


class Params:
    """Parameters by name: strings as in a form, whatever the call was written in."""

    def __init__(self, values: Mapping[str, str], files: Mapping[str, Upload] | None = None) -> None:
        self._values = dict(values)
        self.files = dict(files or {})

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def get(self, name: str, default: str = "") -> str:
        """A parameter's text."""
        return self._values.get(name, default)

    def required(self, name: str) -> str:
        """A parameter that must be there. Raises `GraphError`."""
        value = self._values.get(name, "")
        if not value:
            raise bad_parameter(f"The parameter {name} is required")
        return value

    def json(self, name: str) -> Any:
        """A parameter that is JSON; None when it is absent. Raises `GraphError`."""
        if name not in self._values:
            return None
        try:
            return orjson.loads(self._values[name])
        except orjson.JSONDecodeError:
            raise bad_parameter(f"param {name} must be valid JSON") from None

    def object(self, name: str) -> dict[str, Any]:
        """A parameter that is a JSON object; empty when it is absent. Raises `GraphError`."""
        value = self.json(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise bad_parameter(f"param {name} must be an object")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A parameter that says yes or no. Raises `GraphError`."""
        value = self._values.get(name, "").lower()
        if value not in {"", "0", "1", "true", "false"}:
            raise bad_parameter(f"param {name} must be a boolean")
        return value in {"1", "true"} if value else default

    def names(self, name: str) -> list[str]:
        """A parameter that lists words: `a,b` or `["a","b"]`. Raises `GraphError`."""
        text = self._values.get(name, "")
        if not text.startswith("["):
            return [each.strip() for each in text.split(",") if each.strip()]
        found = self.json(name)
        if not all(isinstance(each, str) for each in found):
            raise bad_parameter(f"param {name} must be an array of strings")
        return list(found)

    def without(self, *names: str) -> dict[str, str]:
        """All parameters but these."""
        return {name: value for name, value in self._values.items() if name not in names}


async def read_params(req: Request) -> Params:
    """Read them all; the body's win over the query's. Raises `GraphError`, `HTTPContentTooLarge`."""
    values = dict(parse_qsl(req.query_string, keep_blank_values=True))
    kind = (req.content_type or "").partition(";")[0].strip().lower()
    if req.method not in {"POST", "DELETE"} or not (req.content_length or "transfer-encoding" in req.headers):
        return Params(values)
    if kind == "multipart/form-data":
        fields, files = await _multipart(req)
        return Params({**values, **fields}, files)
    body = await _body(req)
    if kind == "application/json":
        return Params({**values, **_from_json(body)})
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise bad_parameter("The body must be UTF-8") from None
    return Params({**values, **dict(parse_qsl(text, keep_blank_values=True))})


async def _body(req: Request) -> bytes:
    data = bytearray()
    while chunk := await req.stream.read(65_536):
        data += chunk
        if len(data) > MAX_BODY_BYTES:
            raise HTTPContentTooLarge
    return bytes(data)


def _from_json(body: bytes) -> dict[str, str]:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise bad_parameter("The body must be valid JSON") from None
    if not isinstance(parsed, dict):
        raise bad_parameter("The body must be a JSON object")
    return {name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in parsed.items()}


async def _multipart(req: Request) -> tuple[dict[str, str], dict[str, Upload]]:
    options = MultipartParseOptions()
    options.max_body_part_buffer_size = MAX_BODY_BYTES
    options.max_body_part_count = MAX_FORM_PARTS
    handler = MultipartFormHandler(options)
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}
    try:
        form = await handler.deserialize_async(req.stream, req.content_type, req.content_length)
        async for part in form:
            await _take(part, fields, files)
    except MultipartParseError:
        raise bad_parameter("The form could not be read") from None
    return fields, files


async def _take(part: BodyPart, fields: dict[str, str], files: dict[str, Upload]) -> None:
    name = part.name or ""
    data = await part.get_data()
    if part.filename is None:
        try:
            fields[name] = data.decode("utf-8")
        except UnicodeDecodeError:
            raise bad_parameter(f"param {name} must be UTF-8") from None
        return
    announced = part.content_type.partition(";")[0].strip().lower()
    files[name] = Upload(part.filename or "file", sniffed(data, announced), data)


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
