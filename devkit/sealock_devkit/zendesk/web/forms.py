# SPDX-License-Identifier: Apache-2.0
"""Reads the forms that pages send, as streams and never more than their limits allow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import falcon
from falcon.asgi import Request
from falcon.asgi.multipart import BodyPart
from falcon.media import MultipartFormHandler
from falcon.util.uri import parse_query_string

from sealock_devkit.zendesk.engine.files import MAX_BYTES, MAX_TOTAL_BYTES, NewFile, media_type, too_large, too_much

MAX_TEXT_BYTES = 2_000_000
"""A form without files, or one text of a form: well over the longest comment in any encoding."""
MAX_FORM_BYTES = 512 * 1024 * 1024
"""A form with files. Up to this, files over their own limits are read and dropped, so that the page can say so."""
MAX_PARTS = 1_000

_PARTS = MultipartFormHandler()
_PARTS.parse_options.max_body_part_count = MAX_PARTS


@dataclass(slots=True)
class SentForm:
    """A form's texts and files."""

    fields: dict[str, str] = field(default_factory=dict)
    """Of a name that comes twice the last counts. Lines end as the origin expects them: with LF."""
    files: list[NewFile] = field(default_factory=list)
    """Those within the limits. A file field that was left empty is none."""
    problem: str = ""
    """What could not be taken of the files, in words; the texts are all there nevertheless."""


async def read_form(request: Request) -> dict[str, str]:
    """The texts of a form without files."""
    if _media_type(request) != falcon.MEDIA_URLENCODED:
        raise falcon.HTTPUnsupportedMediaType(title="Send a form")
    body = await request.stream.read(MAX_TEXT_BYTES + 1)
    if len(body) > MAX_TEXT_BYTES:
        raise falcon.HTTPContentTooLarge(title="This form is too long")
    try:
        media: dict[str, Any] = parse_query_string(body.decode("ascii"), keep_blank=True)
    except ValueError:
        raise falcon.HTTPBadRequest(title="This is not a form") from None
    return {name: _last(value).replace("\r\n", "\n") for name, value in media.items()}


async def read_form_with_files(request: Request) -> SentForm:
    """
    A form that may have files, in either of the two encodings that browsers use.

    Other programs' broken forms are refused with 400, 411, 413 or 415.
    """
    if _media_type(request) != falcon.MEDIA_MULTIPART:
        return SentForm(await read_form(request))
    if request.content_length is None:
        raise falcon.HTTPLengthRequired(title="Say how long the form is")
    if request.content_length > MAX_FORM_BYTES:
        raise falcon.HTTPContentTooLarge(title="These files are too large")
    sent = SentForm()
    form = await _PARTS.deserialize_async(request.stream, request.content_type, request.content_length)
    async for part in form:
        name, file_name, content_type = _described(part)
        if file_name is None:
            sent.fields[name] = await _text(part)
        elif file_name:
            await _take(sent, file_name, content_type, part)
    return sent


def _media_type(request: Request) -> str:
    return (request.content_type or "").partition(";")[0].strip().lower()


def _last(value: str | list[str]) -> str:
    return value[-1] if isinstance(value, list) else value


def _described(part: BodyPart) -> tuple[str, str | None, str]:
    """A part's field, the name of its file if it is one, and its content type."""
    try:
        file_name = part.filename
        # Browsers write a quotation mark in a name so, as it would end the name otherwise.
        unescaped = None if file_name is None else file_name.replace("%22", '"')
        return part.name or "", unescaped, part.content_type
    except UnicodeDecodeError:
        raise falcon.HTTPBadRequest(title="A part of this form has a header that is not text") from None


async def _text(part: BodyPart) -> str:
    body = await part.stream.read(MAX_TEXT_BYTES + 1)
    if len(body) > MAX_TEXT_BYTES:
        raise falcon.HTTPContentTooLarge(title="This text is too long")
    try:
        return body.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise falcon.HTTPBadRequest(title="This text is not UTF-8") from None


async def _take(sent: SentForm, name: str, content_type: str, part: BodyPart) -> None:
    """Keep a file if it and those before it are within the limits; read past it otherwise."""
    left = MAX_TOTAL_BYTES - sum(len(file.content) for file in sent.files)
    content = bytearray()
    async for chunk in _up_to(part, min(MAX_BYTES, left) + 1):
        content += chunk
    if len(content) > MAX_BYTES:
        sent.problem = sent.problem or too_large(name)
    elif len(content) > left:
        sent.problem = sent.problem or too_much()
    elif not sent.problem:
        sent.files.append(NewFile(name, media_type(content_type), bytes(content)))


async def _up_to(part: BodyPart, most: int) -> AsyncIterator[bytes]:
    """A part's first so many bytes; what comes after them is read and dropped."""
    async for chunk in part.stream:
        if most > 0:
            yield chunk[:most]
            most -= len(chunk)
