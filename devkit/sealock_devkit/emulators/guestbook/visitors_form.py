# SPDX-License-Identifier: Apache-2.0
"""The form of the pages as it comes back: with files, or without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from falcon import HTTPBadRequest
from falcon.asgi import Request
from falcon.asgi.multipart import BodyPart

from sealock_devkit.emulators.guestbook.files import MAX_VISITORS_FILE_BYTES, NewFile

MAX_FIELD_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class VisitorsForm:
    """What a visitor typed, by field, and the files that were chosen."""

    fields: Mapping[str, str]
    files: list[NewFile] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")


async def read_visitors_form(req: Request) -> VisitorsForm:
    """The form; a field that is repeated or is no text counts as missing. Raises `HTTPBadRequest`."""
    form: Any = await req.get_media()
    if isinstance(form, dict):
        return VisitorsForm({name: value for name, value in form.items() if isinstance(value, str)})
    fields: dict[str, str] = {}
    files: list[NewFile] = []
    try:
        async for part in form:
            if part.filename is None:
                fields[part.name or ""] = (await part.stream.read(MAX_FIELD_BYTES)).decode()
            else:
                files += await _file(part)
    except UnicodeDecodeError:
        raise HTTPBadRequest(description="The form is not UTF-8.") from None
    return VisitorsForm(fields, files)


async def _file(part: BodyPart) -> list[NewFile]:
    """The file, or none for a field that nothing was chosen in."""
    name = (part.filename or "").replace("\\", "/").rpartition("/")[2].strip()
    data = await part.stream.read(MAX_VISITORS_FILE_BYTES + 1)
    if not name and not data:
        return []
    return [NewFile(name, part.content_type.partition(";")[0].strip().lower(), data)]
