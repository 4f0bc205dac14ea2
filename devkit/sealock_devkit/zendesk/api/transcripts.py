# SPDX-License-Identifier: Apache-2.0
"""Transcripts for programs: downloading one, and opening one."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from typing import IO

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.api.requests import GREATEST, base64_bytes, only, read_object, text
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.transcripts.opened import OpenedTranscripts
from sealock_devkit.zendesk.transcripts.shape import PARTS
from sealock_devkit.zendesk.transcripts.writing import Extent, write_transcript

IN_MEMORY_BYTES = 1024 * 1024
PIECE_BYTES = 64 * 1024


def extent_of(request: Request, *others: str) -> Extent:
    """What is asked for: `integration`, `account` or `ticket` by number; with none, all. Raises falcon's 400."""
    given = [kind for kind in PARTS if request.get_param(kind)]
    unknown = set(request.params) - {*PARTS, *others}
    if unknown or len(given) > 1:
        raise falcon.HTTPBadRequest(title=f"A transcript is of all, or of one of: {', '.join(PARTS)}")
    if not given:
        return Extent()
    return Extent(given[0], request.get_param_as_int(given[0], required=True, min_value=1, max_value=GREATEST))


async def send_transcript(zendesk: LocalZendesk, extent: Extent, response: Response, *, words: bool) -> None:
    """Answer a transcript as a file, written whole before the first byte is sent. Raises `Unknown`, `TooMuch`."""
    out = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115 - it is closed when it is sent
    try:
        about = {"subdomain": zendesk.settings.subdomain, "now": zendesk.context.now()}
        await asyncio.to_thread(write_transcript, zendesk.store.database, extent, out, words=words, **about)
    except BaseException:
        out.close()
        raise
    out.seek(0)
    response.content_type = "application/jsonl; charset=utf-8"
    response.downloadable_as = extent.file_name
    response.stream = _pieces(out)


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while piece := file.read(PIECE_BYTES):
            yield piece


class Transcripts:
    """`/api/transcripts`: the transcript as a file; open one."""

    def __init__(self, zendesk: LocalZendesk, opened: OpenedTranscripts) -> None:
        self._zendesk = zendesk
        self._opened = opened

    async def on_get(self, request: Request, response: Response) -> None:
        """Of all or of one `integration`, `account` or `ticket`; what people wrote is in it with `words=kept` only."""
        words = request.get_param("words") == "kept"
        await send_transcript(self._zendesk, extent_of(request, "words"), response, words=words)

    async def on_post(self, request: Request, response: Response) -> None:
        """Open the file `content`, in base64; `page` is where it is shown."""
        media = await read_object(request)
        only(media, "name", "content")
        opened = await self._opened.open(text(media, "name"), base64_bytes(media, "content"))
        response.status = falcon.HTTP_201
        response.media = {"number": opened.number, "page": opened.start, "of": opened.about.extent}
