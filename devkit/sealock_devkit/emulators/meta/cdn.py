# SPDX-License-Identifier: Apache-2.0
"""Links to files, as the platform's content network has them: for anybody who has the link, until it expires."""

from __future__ import annotations

import hmac
from urllib.parse import quote

from falcon import HTTPForbidden, HTTPNotFound
from falcon.asgi import Request, Response

from sealock_devkit.emulators.meta.world import World
from sealock_devkit.guarded_files import disposition

PROTECTION = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class Cdn:
    """Makes and checks the links."""

    def __init__(self, world: World) -> None:
        self._world = world

    def link(self, file_id: str) -> str:
        """A fresh link to a file."""
        file = self._world.files[file_id]
        until = format(int(self._world.now() + self._world.settings.cdn_seconds), "x")
        return (
            f"{self._world.base_url}/cdn/{file_id}/{quote(file.name, safe='')}"
            f"?oe={until}&oh={self._signature(file_id, until)}"
        )

    def is_valid(self, file_id: str, until: str, signature: str) -> bool:
        """Whether a link was made here and has not expired."""
        if not hmac.compare_digest(self._signature(file_id, until).encode(), signature.encode()):
            return False
        return self._world.now() < int(until, 16)

    def _signature(self, file_id: str, until: str) -> str:
        key = self._world.keys.app_secret.encode()
        return hmac.new(key, f"cdn {file_id} {until}".encode(), "sha256").hexdigest()[:32]


class CdnFile:
    """`/cdn/{file}/{name}`: a file."""

    def __init__(self, world: World, cdn: Cdn) -> None:
        self._world = world
        self._cdn = cdn

    async def on_get(self, req: Request, resp: Response, file_id: str, name: str) -> None:
        """The file; 403 once the link has expired."""
        until, signature = req.get_param("oe", default=""), req.get_param("oh", default="")
        if not self._cdn.is_valid(file_id, until, signature):
            raise HTTPForbidden(description="URL signature expired")
        file, data = self._world.files.get(file_id), self._world.database.content(file_id)
        if file is None or data is None or file.name != name:
            raise HTTPNotFound
        resp.content_type = file.content_type
        resp.data = data
        resp.set_headers(PROTECTION)
        resp.set_header("Content-Disposition", disposition(name, shown=file.kind in {"image", "audio", "video"}))
