# SPDX-License-Identifier: Apache-2.0
"""A call's parameters: from the query, a form, JSON, or a form with files, whichever the caller likes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson
from falcon import HTTPContentTooLarge
from falcon.asgi import Request
from falcon.asgi.multipart import BodyPart
from falcon.media.multipart import MultipartFormHandler, MultipartParseError, MultipartParseOptions

from sealock_devkit.emulators.meta.errors import bad_parameter
from sealock_devkit.emulators.meta.pictures import sniffed

MAX_BODY_BYTES = 26 * 1024 * 1024
MAX_FORM_PARTS = 64


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with the call."""

    name: str
    content_type: str
    data: bytes

    def __repr__(self) -> str:
        return f"Upload(content_type={self.content_type!r}, size={len(self.data)})"


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
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise bad_parameter("The body must be valid JSON") from None
    if not isinstance(told, dict):
        raise bad_parameter("The body must be a JSON object")
    return {name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in told.items()}


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
