# SPDX-License-Identifier: Apache-2.0
"""`GET /{integration}/about`: what this integration is, for administrators who consider it."""

from __future__ import annotations

from falcon.asgi import Request, Response

from sealock_edge.endpoint import Endpoint
from sealock_edge.endpoints.abilities import abilities, inabilities, setup_steps
from sealock_edge.integration import Call, Integration
from sealock_edge.pages import Pages, language_for


class About:
    """A page without anything secret: it is open to everybody."""

    endpoint = Endpoint.ABOUT

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def on_get(self, req: Request, resp: Response, integration: Integration) -> None:
        """Protocol: about_url."""
        call: Call = req.context.call
        language = language_for(req.get_header("Accept-Language") or "").tag
        description = await integration.connector.describe_in(language, call.request_id)
        self._pages.answer(
            resp,
            "about.html",
            locale=language,
            integration=integration.config,
            description=description,
            abilities=abilities(description),
            inabilities=inabilities(description),
            setup_steps=setup_steps(description),
            manifest_url=f"{integration.base_url}/manifest.json",
        )
