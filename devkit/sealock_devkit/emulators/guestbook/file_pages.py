# SPDX-License-Identifier: Apache-2.0
"""Files by HTTP: the owner brings and fetches them, everybody sees those of entries."""

from __future__ import annotations

from falcon import HTTP_NO_CONTENT, HTTPNotFound
from falcon.asgi import Request, Response

from sealock_devkit.emulators.guestbook.files import MAX_FILE_BYTES, Files, StoredFile
from sealock_devkit.guarded_files import POLICY, disposition

PROTECTION = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "private, max-age=3600",
}


class OwnersFile:
    """
    `/api/files/{key}`: PUT brings a file for an entry that is posted afterwards, under a key of the caller's; GET gives
    a file that an entry has.
    """

    def __init__(self, files: Files) -> None:
        self._files = files

    async def on_put(self, req: Request, resp: Response, key: str) -> None:
        """Keep the body as a file with the given `name`. A repeat under the same key replaces it."""
        name = req.get_param("name", required=True)
        data = bytearray()
        while len(data) <= MAX_FILE_BYTES and (part := await req.stream.read(65_536)):
            data += part
        content_type = (req.content_type or "").partition(";")[0].strip().lower()
        self._files.put(key, name=name, content_type=content_type, data=bytes(data))
        resp.status = HTTP_NO_CONTENT

    async def on_get(self, _: Request, resp: Response, key: str) -> None:
        """The file's bytes, with its name in Content-Disposition."""
        found = self._files.read(key)
        if found is None:
            raise HTTPNotFound
        _give(resp, *found, shown=False)


class FilePage:
    """`/files/{key}/{name}`: a file of an entry."""

    def __init__(self, files: Files) -> None:
        self._files = files

    async def on_get(self, _: Request, resp: Response, key: str, name: str) -> None:
        """The file; pictures are shown, all others are downloaded."""
        found = self._files.read(key)
        if found is None or found[0].name != name:
            raise HTTPNotFound
        _give(resp, *found, shown=found[0].is_picture)


def _give(resp: Response, file: StoredFile, data: bytes, *, shown: bool) -> None:
    resp.data = data
    resp.content_type = file.content_type
    resp.set_headers(PROTECTION)
    resp.set_header("Content-Disposition", disposition(file.name, shown=shown))
