# SPDX-License-Identifier: Apache-2.0
"""Files of replies: kept in the site's media library, and linked below the reply."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

from sealock_connector import Attachment
from sealock_origins.wordpress.comments import Unreadable

_NOT_IN_HEADERS = str.maketrans(dict.fromkeys('";\\', "_"))


@dataclass(frozen=True, slots=True)
class Medium:
    """A file of the site's media library."""

    url: str

    @classmethod
    def read(cls, told: Any) -> Medium:
        """From the API's JSON. Raises `Unreadable`."""
        url = told.get("source_url") if isinstance(told, dict) else None
        if not isinstance(url, str) or not url.startswith(("https://", "http://")):
            raise Unreadable("source_url")
        return cls(url)


async def whole(file: Attachment) -> bytes:
    """The file's bytes: few sites take a body whose length is not said beforehand. The SDK holds it to the limit."""
    return b"".join([chunk async for chunk in file.chunks()])


def upload_headers(file: Attachment) -> dict[str, str | bytes]:
    """What WordPress wants to know of a file whose bytes are the body."""
    name = file.name.translate(_NOT_IN_HEADERS)
    return {
        "Content-Type": file.content_type,
        "Content-Disposition": f'attachment; filename="{name}"'.encode(),
    }


def link(name: str, medium: Medium) -> str:
    """The file as a line of a comment."""
    return f'<a href="{html.escape(medium.url)}">{html.escape(name)}</a>'
