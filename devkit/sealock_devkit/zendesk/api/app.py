# SPDX-License-Identifier: Apache-2.0
"""The JSON API as an ASGI application."""

from __future__ import annotations

import falcon
from falcon.asgi import App, Request, Response

from sealock_devkit.zendesk.api.errors import add_error_handlers
from sealock_devkit.zendesk.api.routes import add_routes
from sealock_devkit.zendesk.foreign_pages import (
    HEADERS,
    has_foreign_origin,
    is_fetched_from_elsewhere,
    is_for_this_machine,
)
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.rest.attachment_routes import add_attachment_routes
from sealock_devkit.zendesk.rest.routes import add_rest_routes

REST = "/api/v2/"
CHANGING = {"POST", "PATCH", "DELETE", "PUT"}


class OnlyThisMachine:
    """
    Keeps web pages of elsewhere out: a browser would send them here, as it is on the same machine.

    The Host must be this machine, what changes something must be JSON, which no form can send, and what says that
    another site's page sent it is refused. Zendesk's own REST API looks at the content type by itself, for those who
    have a token.
    """

    async def process_request(self, request: Request, response: Response) -> None:
        """Refuse what a person or a test would not send."""
        response.set_headers(HEADERS)
        if not is_for_this_machine(request):
            raise falcon.HTTPForbidden(title="only for this machine")
        if has_foreign_origin(request) or is_fetched_from_elsewhere(request):
            raise falcon.HTTPForbidden(title="not for other sites' pages")
        if request.method not in CHANGING or request.path.startswith(REST):
            return
        if (request.content_type or "").partition(";")[0] != falcon.MEDIA_JSON:
            raise falcon.HTTPUnsupportedMediaType(title="send application/json")


def create_app(zendesk: LocalZendesk) -> App[Request, Response]:
    """The API over a local Zendesk that runs already."""
    app: App[Request, Response] = App(middleware=[OnlyThisMachine()])
    add_error_handlers(app)
    add_routes(app, zendesk)
    add_rest_routes(app, zendesk)
    add_attachment_routes(app, zendesk)
    return app
