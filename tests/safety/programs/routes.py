# SPDX-License-Identifier: Apache-2.0
"""Every route of a program, the tables that must speak of each of them, and the call that a row of them describes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import falcon.inspect
import httpx2

NOBODY, ZENDESK, ITSELF = "nobody", "zendesk", "itself"
"""Who may show an answer in a frame."""


@dataclass(frozen=True)
class Row:
    """
    A route: how to call it well, and what is promised of its answers.

    `path` and the values of `form` and `media` may name what a scene has made, as in `/tickets/{ticket}`.
    """

    path: str
    framed_by: str = NOBODY
    form: Mapping[str, str] | None = None
    """What a form sends; its fields are tried with hostile values."""
    files: Mapping[str, tuple[str, str, str]] | None = None
    """
    The files of a form, each a name, a type and its bytes as latin-1 text. The form is multipart then; their names and
    types are tried with hostile values too.
    """
    media: Any = None
    """What a program sends as JSON."""
    body: bytes | None = None
    """What is sent as it is."""
    changes: bool = True
    """Whether a call changes something, unless its method promises that it does not."""
    status: int = 200
    """What a good call is answered with."""
    headers: Mapping[str, str] = field(default_factory=dict)
    may_be_kept: bool = False
    """Whether a cache may keep the answer: it holds nothing that belongs to anybody."""
    page: bool = False
    """Whether people look at its good answer."""


def routes_of(app: Any) -> set[str]:
    """Such as `GET /tickets/{number:int}`."""
    assert not falcon.inspect.inspect_sinks(app), "a sink answers paths that no table of routes names"
    assert not falcon.inspect.inspect_static_routes(app), "a static route answers paths that no table of routes names"
    return {
        f"{method.method} {route.path}"
        for route in falcon.inspect.inspect_routes(app)
        for method in route.methods
        if not method.internal
    }


def missing_and_stale(routes: set[str], table: Mapping[str, Row], where: str) -> list[str]:
    """What has to be done so that the table speaks of each route once."""
    return [
        *(
            f"add a Row for {route!r} to {where}: how to call it, who may frame it, whether it changes something, "
            "whether it is a page, and whether a cache may keep it"
            for route in sorted(routes - set(table))
        ),
        *(f"take {route!r} out of {where}: there is no such route" for route in sorted(set(table) - routes)),
    ]


def ways(row: Row) -> Iterator[Row]:
    """The call in each encoding in which its form is taken: one with files is taken without them too."""
    yield row
    if row.form and row.files:
        yield replace(row, files=None)


def method_of(route: str) -> str:
    return route.partition(" ")[0]


def filled(value: Any, scene: Mapping[str, Any]) -> Any:
    """The value with the scene's names in it."""
    if isinstance(value, str):
        for name, made in scene.items():
            value = value.replace(f"{{{name}}}", str(made))
        return value
    if isinstance(value, Mapping):
        return {key: filled(each, scene) for key, each in value.items()}
    return type(value)(filled(each, scene) for each in value) if isinstance(value, list | tuple) else value


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
    for part, (name, kind, content) in files.items():
        described = f'name="{_escaped(part)}"; filename="{_escaped(name)}"\r\nContent-Type: {kind}'
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
