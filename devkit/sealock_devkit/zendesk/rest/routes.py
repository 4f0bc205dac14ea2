# SPDX-License-Identifier: Apache-2.0
"""The REST API and agents' files over HTTP."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable

import falcon
from falcon.asgi import App, Request, Response

from sealock_devkit.guarded_files import POLICY, disposition
from sealock_devkit.zendesk.engine.faults import Faults
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.rest.access import RestRefused
from sealock_devkit.zendesk.rest.rest_api import PATHS, RestAnswer
from sealock_devkit.zendesk.store import File

USUAL_PAUSE = 60
"""What `busy` asks for where it has no seconds."""


async def fault_of(kind: str, faults: Faults, response: Response) -> str:
    """The fault that hits a call of the service, after the time for which it has to wait; empty for none."""
    fault = faults.take(kind)
    if fault is None:
        return ""
    if fault.kind == "delay":
        await asyncio.sleep(fault.seconds)
    if fault.kind == "busy":
        response.set_header("retry-after", str(math.ceil(fault.seconds) or USUAL_PAUSE))
    return fault.kind


class Attachments:
    """`/attachments/`: agents' files for the service; and `/api/files/{number}`: any file, for this machine."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get_token(self, request: Request, response: Response, token: str) -> None:
        """A file as Zendesk's host gives it, or the way to it."""
        authorization = request.get_header("authorization")
        fault = await fault_of("attachment", self._zendesk.faults, response)
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


MAX_BODY_BYTES = 64 * 1024 * 1024


class WithoutSuffix:
    """Takes `.json` off the end of the REST API's paths: services call them with and without."""

    async def process_request(self, request: Request, _response: Response) -> None:
        """Let `push.json` be `push`."""
        if request.path.startswith("/api/v2/"):
            request.path = request.path.removesuffix(".json")


class RestCall:
    """One path of the REST API."""

    def __init__(self, kind: str, answer: Callable[[str | None, bytes, str, str], RestAnswer], faults: Faults) -> None:
        self._kind = kind
        self._answer = answer
        self._faults = faults

    async def on_post(self, request: Request, response: Response) -> None:
        """Answer the service, `null` where there is nothing to say."""
        raw = await request.stream.read(MAX_BODY_BYTES + 1)
        if len(raw) > MAX_BODY_BYTES:
            raise falcon.HTTPContentTooLarge(title="the body is too large")
        fault = await fault_of(self._kind, self._faults, response)
        answer = self._answer(request.get_header("authorization"), raw, request.content_type or "", fault)
        response.status = answer.status
        response.content_type = falcon.MEDIA_JSON
        response.data = json.dumps(answer.media, ensure_ascii=False).encode()
        for name, value in answer.headers.items():
            response.set_header(name, value)


def add_rest_routes(app: App[Request, Response], zendesk: LocalZendesk) -> None:
    """Everything that a service calls at Zendesk."""
    app.add_middleware(WithoutSuffix())
    rest = zendesk.rest
    answers = {"push": rest.push, "validate_token": rest.validate_token, "report_error": rest.report_error}
    for name, answer in answers.items():
        app.add_route(PATHS[name], RestCall(name, answer, zendesk.faults))
