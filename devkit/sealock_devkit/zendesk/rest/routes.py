# SPDX-License-Identifier: Apache-2.0
"""The REST API over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable

import falcon
from falcon.asgi import App, Request, Response

from sealock_devkit.zendesk.faults import Faults
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.rest.arrival import fault_of
from sealock_devkit.zendesk.rest.rest_api import PATHS, RestAnswer

MAX_BODY_BYTES = 64 * 1024 * 1024


class WithoutSuffix:
    """Takes `.json` off the end of the REST API's paths: services call them with and without."""

    async def process_request(self, request: Request, _response: Response) -> None:
        """Let `push.json` be `push`."""
        if request.path.startswith("/api/v2/"):
            request.path = request.path.removesuffix(".json")


class RestCall:
    """One path of the REST API."""

    def __init__(self, kind: str, answer: Callable[[str | None, bytes, str], RestAnswer], faults: Faults) -> None:
        self._kind = kind
        self._answer = answer
        self._faults = faults

    async def on_post(self, request: Request, response: Response) -> None:
        """Answer the service, `null` where there is nothing to say."""
        raw = await request.stream.read(MAX_BODY_BYTES + 1)
        if len(raw) > MAX_BODY_BYTES:
            raise falcon.HTTPContentTooLarge(title="the body is too large")
        fault = await fault_of(self._kind, self._faults)
        answer = self._answer(request.get_header("authorization"), raw, fault)
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
