# SPDX-License-Identifier: Apache-2.0
"""The pages' style sheet, scripts and icon."""

from __future__ import annotations

from pathlib import Path

import falcon
from falcon.asgi import Request, Response

FOLDER = Path(__file__).parent / "assets"
TYPES = {
    "style.css": "text/css; charset=utf-8",
    "composer.js": "text/javascript; charset=utf-8",
    "live.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


class Assets:
    """`/assets/{name}`: the files that pages need, and no others."""

    async def on_get(self, _request: Request, response: Response, name: str) -> None:
        """One of them."""
        if name not in TYPES:
            raise falcon.HTTPNotFound(title="There is no such file")
        response.content_type = TYPES[name]
        response.text = (FOLDER / name).read_text("utf-8")
        response.set_header("Cache-Control", "no-cache")
        response.set_header("X-Content-Type-Options", "nosniff")
