# SPDX-License-Identifier: Apache-2.0
"""Makes the call that a row describes, as its own page or program would."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import httpx2

from tests.safety.route_tables import Row, filled, method_of

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
BOUNDARY = "----a-boundary-of-a-browser"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
Files = Mapping[str, tuple[str, str, str]]


def request_of(route: str, row: Row, scene: Mapping[str, str]) -> tuple[str, str, bytes | None, dict[str, str]]:
    """Method, path, body and headers of the row's call, without any that say where it comes from."""
    headers = {name: filled(value, scene) for name, value in row.headers.items()}
    body = row.body
    if row.files is not None:
        body, headers = multipart(filled(row.form or {}, scene), filled(row.files, scene)), {**headers}
        headers.setdefault("Content-Type", MULTIPART)
    elif row.form is not None:
        body, headers = urlencode(filled(row.form, scene)).encode(), {"Content-Type": FORM, **headers}
    elif row.media is not None:
        body, headers = json.dumps(filled(row.media, scene)).encode(), {"Content-Type": JSON, **headers}
    return method_of(route), filled(row.path, scene), body, headers


def multipart(fields: Mapping[str, str], files: Files) -> bytes:
    """A form as browsers write it: they escape three characters of names, and nothing of a file's type."""
    parts = [(f'name="{_escaped(name)}"', value.encode()) for name, value in fields.items()]
    for field, (name, kind, content) in files.items():
        described = f'name="{_escaped(field)}"; filename="{_escaped(name)}"\r\nContent-Type: {kind}'
        parts.append((described, content.encode("latin-1")))
    written = [
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; {described}\r\n\r\n".encode() + content + b"\r\n"
        for described, content in parts
    ]
    return b"".join(written) + f"--{BOUNDARY}--\r\n".encode()


def _escaped(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


@asynccontextmanager
async def called(
    client: httpx2.AsyncClient, route: str, row: Row, scene: Mapping[str, str], **changed: Any
) -> AsyncIterator[httpx2.Response]:
    """The answer's beginning: some answers never end. `changed`: method, path, body, headers."""
    method, path, body, headers = request_of(route, row, scene)
    method, path, body = changed.get("method", method), changed.get("path", path), changed.get("body", body)
    headers = {name: value for name, value in (headers | changed.get("headers", {})).items() if value is not None}
    async with client.stream(method, path, content=body, headers=headers) as answer:
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            await answer.aread()
        yield answer


async def answer_to(
    client: httpx2.AsyncClient, route: str, row: Row, scene: Mapping[str, str], **changed: Any
) -> httpx2.Response:
    """The answer, read unless it is a stream."""
    async with called(client, route, row, scene, **changed) as answer:
        return answer
