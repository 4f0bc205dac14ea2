# SPDX-License-Identifier: Apache-2.0
"""The page on which somebody says what Meta refuses from now on: messages, files, comments, answers, mentions."""

from __future__ import annotations

from falcon import HTTPForbidden, HTTPSeeOther
from falcon.asgi import Request, Response

from sealock_devkit.emulators.meta.emulator import Emulator
from sealock_devkit.emulators.meta.graph.errors import COMMENT_ERRORS, ERRORS, MESSAGE_ERRORS, GraphError
from sealock_devkit.emulators.meta.graph.params import read_params
from sealock_devkit.emulators.meta.web.pages import only_from_here
from sealock_devkit.emulators.meta.web.rendering import Pages

EDGES = {
    "messages": "Messages and private replies",
    "message_attachments": "Files for messages",
    "comments": "Comments of a Page",
    "replies": "Answers to comments on Instagram",
    "mentions": "Answers to mentions on Instagram",
}
"""What can be refused, by the edge that is written to."""
_PATH = "/refusals"


class RefusalsPage:
    """`/refusals`: GET shows what is refused, POST changes it."""

    def __init__(self, emulator: Emulator, pages: Pages) -> None:
        self._faults = emulator.store.faults
        self._pages = pages

    async def on_get(self, _: Request, resp: Response) -> None:
        """A choice of refusals for each edge: those for it first, then all others."""
        choices = {}
        for edge in EDGES:
            likely = MESSAGE_ERRORS if edge.startswith("message") else COMMENT_ERRORS
            choices[edge] = {**likely, **ERRORS}
        self._pages.answer(
            resp,
            "refusals.html",
            title="What is refused",
            edges=EDGES,
            choices=choices,
            refused=self._faults.refusals,
        )

    async def on_post(self, req: Request, _: Response) -> None:
        """Refuse what is chosen, until something else is."""
        only_from_here(req)
        try:
            params = await read_params(req)
        except GraphError as error:
            raise HTTPForbidden(description=error.kind.message) from None
        self._faults.refusals = {edge: params.get(edge) for edge in EDGES if params.get(edge) in ERRORS}
        raise HTTPSeeOther(_PATH)
