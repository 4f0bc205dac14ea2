# SPDX-License-Identifier: Apache-2.0
"""What a request asks for: JSON bodies, and filters with the same names on the pages, in the API and in exports."""

from __future__ import annotations

import base64
import json
import typing
from collections.abc import Sequence
from typing import Any

import falcon
import falcon.asgi
from falcon.asgi import Request

from sealock_devkit.zendesk.engine.files import MAX_TOTAL_BYTES, NewFile
from sealock_devkit.zendesk.store import CallFilter, EventFilter, Part, ViolationFilter
from sealock_devkit.zendesk.store.events import STATUSES
from sealock_devkit.zendesk.store.journal import SOURCES, TO_SERVICE, TO_ZENDESK, Direction

MAX_BODY_BYTES = 2 * MAX_TOTAL_BYTES
"""Enough for a comment's files in base64."""


async def read_object(request: falcon.asgi.Request) -> dict[str, Any]:
    """The request's JSON object; an empty one for an empty body."""
    if request.get_header("Transfer-Encoding"):
        raise falcon.HTTPLengthRequired(title="say how long the body is")
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise falcon.HTTPContentTooLarge(title=f"the body has at most {MAX_BODY_BYTES} bytes")
    media = await request.get_media(default_when_empty={})
    if not isinstance(media, dict):
        raise falcon.HTTPBadRequest(title="the body is a JSON object")
    try:
        json.dumps(media, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise falcon.HTTPBadRequest(title="the body holds half a character") from None
    return media


def text(media: dict[str, Any], name: str) -> str:
    """A required string of the body."""
    value = media.get(name)
    if not isinstance(value, str) or not value:
        raise falcon.HTTPBadRequest(title=f"{name} is a string of at least one character")
    return value


def answers(media: dict[str, Any]) -> list[dict[str, Any]]:
    """The administrator's answers: an array of objects, one for each page; one object stands for one page."""
    value = media.get("answers", [])
    pages = [value] if isinstance(value, dict) else value
    if not isinstance(pages, list) or not all(isinstance(page, dict) for page in pages):
        raise falcon.HTTPBadRequest(title="answers is an array of objects, one for each page of the admin UI")
    return pages


def files(media: dict[str, Any]) -> list[NewFile]:
    """An agent's files: objects of `name`, `content_type` and `content`, the bytes in base64."""
    value = media.get("files", [])
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise falcon.HTTPBadRequest(title="files is an array of objects")
    return [_file(each) for each in value]


def _file(value: dict[str, Any]) -> NewFile:
    only(value, "name", "content_type", "content")
    return NewFile(text(value, "name"), text(value, "content_type"), base64_bytes(value, "content"))


def base64_bytes(media: dict[str, Any], name: str) -> bytes:
    """A file's bytes."""
    value = media.get(name)
    try:
        return base64.b64decode(value if isinstance(value, str) else "?", validate=True)
    except ValueError:
        raise falcon.HTTPBadRequest(title=f"{name} is a file's bytes in base64") from None


def only(media: dict[str, Any], *names: str) -> None:
    """Refuse what is not known, so that a misspelt name is noticed."""
    unknown = set(media) - set(names)
    if unknown:
        raise falcon.HTTPBadRequest(title=f"there is no {', '.join(sorted(unknown))} here")


MOST = 10_000
"""How many are answered at once at the most; what is exported is not limited."""
GREATEST = 2**53
PART = ("limit", "before", "after")
VIEW = ("by", "download")


SEARCH_CHARACTERS = 200
CALL_FILTERS = ("account", "integration", "kind", "direction", "request", "wrong", "ticket", "search", "nothing")
NOTHING = {"shown": None, "only": True, "left out": False}
"""What `nothing` asks for: calls that brought nothing beside all others, alone, or not at all."""


def call_filter(request: Request) -> CallFilter:
    """
    `account`, `integration`, `kind`, `direction`, `request`, `wrong`, `ticket`, `search`, `nothing`.

    Raises falcon's 400.
    """
    _only(request, *CALL_FILTERS)
    return CallFilter(
        account=_number(request, "account"),
        integration=_number(request, "integration"),
        kind=_choice(request, "kind", (*TO_SERVICE, *TO_ZENDESK)),
        direction=typing.cast("Direction | None", _choice(request, "direction", typing.get_args(Direction))),
        request=_text(request, "request"),
        wrong=_text(request, "wrong") is not None and bool(request.get_param_as_bool("wrong")),
        ticket=_number(request, "ticket"),
        search=((_text(request, "search") or "").replace("\0", "").strip()[:SEARCH_CHARACTERS]) or None,
        idle=NOTHING.get(_choice(request, "nothing", tuple(NOTHING)) or ""),
    )


def event_filter(request: Request) -> EventFilter:
    """`account`, `integration`, `kind`, `status`. Raises falcon's 400."""
    _only(request, "account", "integration", "kind", "status")
    return EventFilter(
        account=_number(request, "account"),
        integration=_number(request, "integration"),
        kind=_text(request, "kind"),
        status=_choice(request, "status", STATUSES),
    )


def violation_filter(request: Request) -> ViolationFilter:
    """`account`, `integration`, `endpoint`, `source`, `call`. Raises falcon's 400."""
    _only(request, "account", "integration", "endpoint", "source", "call")
    return ViolationFilter(
        account=_number(request, "account"),
        integration=_number(request, "integration"),
        endpoint=_text(request, "endpoint"),
        source=_choice(request, "source", SOURCES),
        call=_number(request, "call"),
    )


def part_of(request: Request, usual: int | None) -> Part:
    """`limit` (the usual one when it is not given), `before` and `after` a number. Raises falcon's 400."""
    limit = usual
    if _text(request, "limit") is not None:
        limit = request.get_param_as_int("limit", min_value=1, max_value=MOST)
    before, after = _number(request, "before"), _number(request, "after")
    if before is not None and after is not None:
        raise falcon.HTTPBadRequest(title="before or after, not both")
    return Part(limit, before, after)


def view_of(request: Request, *others: str) -> str:
    """How the rows are put together: `by`; empty for one by one. Raises falcon's 400."""
    return _choice(request, "by", others) or ""


def _text(request: Request, name: str) -> str | None:
    return request.get_param(name) or None


def _number(request: Request, name: str) -> int | None:
    if _text(request, name) is None:
        return None
    return request.get_param_as_int(name, min_value=1, max_value=GREATEST)


def _choice(request: Request, name: str, choices: Sequence[str]) -> str | None:
    value = _text(request, name)
    if value is not None and value not in choices:
        raise falcon.HTTPBadRequest(title=f"{name} is one of: {', '.join(choices)}")
    return value


def _only(request: Request, *names: str) -> None:
    unknown = set(request.params) - {*names, *PART, *VIEW}
    if unknown:
        raise falcon.HTTPBadRequest(title=f"one cannot filter by {', '.join(sorted(unknown))}")
