# SPDX-License-Identifier: Apache-2.0
"""Reads what the API is sent, and refuses it in words."""

from __future__ import annotations

import base64
import json
from typing import Any

import falcon
import falcon.asgi

from sealock_devkit.zendesk.attachments import MAX_TOTAL_BYTES, NewFile

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
