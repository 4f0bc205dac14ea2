# SPDX-License-Identifier: Apache-2.0
"""Files over HTTP. Whatever a file is, a browser that opens its address saves it and runs nothing in it."""

from __future__ import annotations

import falcon
from falcon.asgi import App, Request, Response

from sealock_devkit.guarded_files import POLICY, disposition
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.rest.arrival import fault_of
from sealock_devkit.zendesk.rest.refusal import RestRefused
from sealock_devkit.zendesk.store import File


class Attachments:
    """`/attachments/`: agents' files for the service; and `/api/files/{number}`: any file, for this machine."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get_token(self, request: Request, response: Response, token: str) -> None:
        """A file as Zendesk's host gives it, or the way to it."""
        authorization = request.get_header("authorization")
        fault = await fault_of("attachment", self._zendesk.faults)
        file, elsewhere = self._zendesk.attachments.at_zendesk(token, authorization, fault)
        if elsewhere:
            raise falcon.HTTPFound(elsewhere)
        self._give(response, file)

    async def on_get_stored(self, request: Request, response: Response, key: str, name: str) -> None:  # noqa: ARG002 - falcon passes all
        """A file as object storage gives it."""
        self._give(response, self._zendesk.attachments.in_storage(key, request.get_header("authorization")))

    async def on_get_number(self, _request: Request, response: Response, number: int) -> None:
        """A file for the pages and tests of this machine."""
        self._give(response, self._zendesk.store.files.get(number))

    def _give(self, response: Response, file: File) -> None:
        response.data = self._zendesk.store.files.content(file.id)
        response.content_type = file.content_type
        response.set_header("Content-Disposition", disposition(file.name))
        response.set_header("content-security-policy", POLICY)


async def answer_refusal(_request: Request, response: Response, error: RestRefused, _params: object) -> None:
    """The shape of all refusals of the REST API."""
    response.status = error.status
    response.media = {"error": error.error, "description": error.description}


def add_attachment_routes(app: App[Request, Response], zendesk: LocalZendesk) -> None:
    """Every address that a file has."""
    attachments = Attachments(zendesk)
    app.add_error_handler(RestRefused, answer_refusal)
    app.add_route("/attachments/token/{token}/", attachments, suffix="token")
    app.add_route("/attachments/stored/{key}/{name}", attachments, suffix="stored")
    app.add_route("/api/files/{number:int}", attachments, suffix="number")
