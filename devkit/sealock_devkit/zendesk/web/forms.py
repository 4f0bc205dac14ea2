# SPDX-License-Identifier: Apache-2.0
"""Reads the forms that pages send."""

from __future__ import annotations

import falcon
from falcon.asgi import Request


async def read_form(request: Request) -> dict[str, str]:
    """The form's fields. Of a name that comes twice the last counts; lines end as the origin expects them: with LF."""
    if (request.content_type or "").partition(";")[0] != falcon.MEDIA_URLENCODED:
        raise falcon.HTTPUnsupportedMediaType(title="Send a form")
    media = await request.get_media(default_when_empty={})
    fields = {name: value[-1] if isinstance(value, list) else value for name, value in media.items()}
    return {name: value.replace("\r\n", "\n") for name, value in fields.items()}
