# SPDX-License-Identifier: Apache-2.0
"""Comments' files on the pages: how each stands, and its bytes, of which a browser shows nothing but pictures."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.guarded_files import POLICY, disposition
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.pictures import picture_type
from sealock_devkit.zendesk.store import File

THUMBNAIL_BYTES = 10 * 1024 * 1024
"""A larger picture is a link only."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A comment's file as its ticket shows it."""

    file: File
    link: str
    """Where it is downloaded; empty while it is not here."""
    is_picture: bool
    state: str
    """`waiting`, `failed`, `kept` when it is not sent to the origin, or empty."""


def attachments(zendesk: LocalZendesk, comment_id: int) -> list[Attachment]:
    """A comment's files, in order."""
    return [_attachment(zendesk, file) for file in zendesk.store.files.of_comment(comment_id)]


def _attachment(zendesk: LocalZendesk, file: File) -> Attachment:
    if file.status != "stored":
        return Attachment(file, "", is_picture=False, state=file.status)
    small = file.size <= THUMBNAIL_BYTES
    return Attachment(
        file,
        link=f"/files/{file.id}/{quote(file.name, safe='')}",
        is_picture=small and picture_type(zendesk.store.files.head(file.id)) != "",
        state="kept" if file.problem else "",
    )


class FileContent:
    """`/files/{number}/{name}`: a comment's file. A picture is shown; anything else is saved, and runs nothing."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, _request: Request, response: Response, number: int, name: str) -> None:
        """Its bytes."""
        file = self._zendesk.store.files.get(number)
        if name != file.name:
            raise falcon.HTTPNotFound(title="There is no such file")
        content = self._zendesk.store.files.content(number)
        picture = picture_type(content)
        response.set_header("Content-Disposition", disposition(file.name, shown=bool(picture)))
        response.content_type = picture or file.content_type
        response.data = content
        response.set_header("Content-Security-Policy", POLICY)
        response.set_header("X-Content-Type-Options", "nosniff")
        response.set_header("Cross-Origin-Resource-Policy", "same-origin")
        response.set_header("Cache-Control", "private, max-age=60")
