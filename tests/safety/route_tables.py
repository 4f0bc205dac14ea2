# SPDX-License-Identifier: Apache-2.0
"""Every route of a program, from its own router, and the tables that must speak of each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import falcon.inspect

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
