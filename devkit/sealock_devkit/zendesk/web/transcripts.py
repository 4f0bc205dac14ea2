# SPDX-License-Identifier: Apache-2.0
"""Transcripts: what happened as a file to download, with what is in it and what is not; and opening such a file."""

from __future__ import annotations

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.api.transcripts import extent_of, send_transcript
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.transcripts.opened import MOST_OPEN, OpenedTranscripts
from sealock_devkit.zendesk.transcripts.shape import MAX_BYTES, Unfit
from sealock_devkit.zendesk.transcripts.writing import Extent, TooMuch
from sealock_devkit.zendesk.web.forms import read_form, read_form_with_files
from sealock_devkit.zendesk.web.pages import Pages


class TranscriptsPage:
    """`/transcripts`: download one of all, or of one channel, account or ticket; open one; those that are open."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages, opened: OpenedTranscripts) -> None:
        self._zendesk = zendesk
        self._pages = pages
        self._opened = opened

    async def on_get(self, request: Request, response: Response) -> None:
        """The forms; `integration`, `account` or `ticket` says what the download is of."""
        self._show(response, extent_of(request))

    async def on_post(self, request: Request, response: Response) -> None:
        """Open the file of the form; what is wrong with it is said beside the form."""
        form = await read_form_with_files(request)
        problem = form.problem
        if not problem and not form.files:
            problem = "Choose the transcript's file."
        if not problem:
            try:
                opened = await self._opened.open(form.files[0].name, form.files[0].content)
            except Unfit as unfit:
                problem = str(unfit)
            else:
                raise falcon.HTTPSeeOther(opened.start)
        response.status = falcon.HTTP_422
        self._show(response, Extent(), refused=problem)

    async def on_get_download(self, request: Request, response: Response) -> None:
        """The file; without `words=kept` with dots for what people wrote."""
        extent = extent_of(request, "words")
        try:
            await send_transcript(self._zendesk, extent, response, words=request.get_param("words") == "kept")
        except TooMuch as much:
            response.status = falcon.HTTP_422
            self._show(response, extent, too_much=str(much))

    async def on_post_close(self, request: Request, _response: Response) -> None:
        """Close the one of the form's `number`."""
        number = (await read_form(request)).get("number", "")
        if number.isascii() and number.isdigit() and len(number) < 10:
            self._opened.close(int(number))
        raise falcon.HTTPSeeOther("/transcripts")

    async def on_get_gone(self, _request: Request, _response: Response, number: int) -> None:  # noqa: ARG002 - the route has it
        """Of one that is not open."""
        raise falcon.HTTPNotFound(
            title="This transcript is not open any more",
            description="What was opened from a file is forgotten when it is closed, and when this Zendesk ends. "
            "Open the file again under Transcripts.",
        )

    def _show(self, response: Response, extent: Extent, *, too_much: str = "", refused: str = "") -> None:
        store = self._zendesk.store
        accounts, integrations = store.accounts.names(), store.integrations.names()
        name = ""
        if extent.kind == "ticket":
            name = store.tickets.get(extent.number).subject
        elif extent.kind == "account":
            name = store.accounts.get(extent.number).name
        elif extent.kind == "integration":
            name = store.integrations.get(extent.number).manifest.name
        self._pages.answer(
            response,
            "transcripts.html",
            here="transcripts",
            extent=extent,
            name=name,
            accounts=accounts,
            integrations=integrations,
            open_ones=self._opened.all(),
            is_full=len(self._opened.all()) >= MOST_OPEN,
            most=MAX_BYTES,
            too_much=too_much,
            refused=refused,
        )
