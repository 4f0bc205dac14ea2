# SPDX-License-Identifier: Apache-2.0
"""`GET /{integration}/dashboard`: whether this integration works, for those who run it."""

from __future__ import annotations

from falcon.asgi import Request, Response

from sealock_edge.connectors import ConnectorError
from sealock_edge.endpoint import Endpoint
from sealock_edge.endpoints.abilities import abilities, inabilities
from sealock_edge.integration import Call, Integration
from sealock_edge.pages import Pages, language_for


class Dashboard:
    """A page without anything secret: it is open to everybody."""

    endpoint = Endpoint.DASHBOARD

    def __init__(self, edge_version: str, pages: Pages) -> None:
        self._edge_version = edge_version
        self._pages = pages

    async def on_get(self, req: Request, resp: Response, integration: Integration) -> None:
        """Protocol: dashboard_url."""
        call: Call = req.context.call
        try:
            await integration.connector.ask(call.request_id)
        except ConnectorError:
            ready = False
        else:
            ready = True
        language = language_for(req.get_header("Accept-Language") or "").tag
        description = await integration.connector.describe_in(language, call.request_id)
        self._pages.answer(
            resp,
            "dashboard.html",
            locale=language,
            integration=integration.config,
            ready=ready,
            description=description,
            edge_version=self._edge_version,
            abilities=abilities(description),
            inabilities=inabilities(description),
            about_url=f"{integration.base_url}/about",
        )
