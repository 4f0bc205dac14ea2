# SPDX-License-Identifier: Apache-2.0
"""`GET /{integration}/clickthrough?external_id=...`: an agent's browser wants the page of an item."""

from __future__ import annotations

import falcon
from falcon.asgi import Request, Response

from sealock.connector.v1.clickthrough_pb2 import ResolveClickthroughRequest
from sealock.connector.v1.error_detail_pb2 import Reason
from sealock_edge.connectors import ConnectorError, ConnectorRefused
from sealock_edge.endpoint import Endpoint
from sealock_edge.endpoints.clickthrough_hosts import Destination, destination
from sealock_edge.integration import Call, Integration
from sealock_edge.pages import Pages
from sealock_edge.zendesk import limits
from sealock_edge.zendesk.forms import FormField, FormSpec, read_form

_QUERY = FormSpec(FormField("external_id", limits.EXTERNAL_ID_CHARS, required=True))


class Clickthrough:
    """Redirects to hosts that were declared; for any other the agent is asked on a page that names it."""

    endpoint = Endpoint.CLICKTHROUGH

    def __init__(self, pages: Pages, *, loopback_http: bool) -> None:
        """`loopback_http`: pages of this machine may be plain http (development)."""
        self._pages = pages
        self._loopback_http = loopback_http

    async def on_get(self, req: Request, resp: Response, integration: Integration) -> None:
        """Protocol: clickthrough."""
        call: Call = req.context.call
        query = read_form(req.query_string.encode("latin-1", "replace"), _QUERY)
        found = await integration.connector.client.resolve_clickthrough(
            ResolveClickthroughRequest(external_id=str(query["external_id"])), call.budget, call.request_id
        )
        kind, host = destination(found.url, await self._declared(call, integration), loopback_http=self._loopback_http)
        if kind is Destination.NONE:
            raise ConnectorRefused(Reason.REASON_NOT_FOUND)
        if kind is Destination.FOREIGN:
            wanted = req.get_header("Accept-Language") or ""
            self._pages.answer(resp, "interstitial.html", locale=wanted, host=host, url=found.url)
            return
        resp.status = falcon.HTTP_303
        resp.set_header("Location", found.url)

    async def _declared(self, call: Call, integration: Integration) -> tuple[str, ...]:
        try:
            description = await integration.connector.describe(call.request_id)
        except ConnectorError:
            return integration.config.clickthrough_hosts
        return (*integration.config.clickthrough_hosts, *description.clickthrough_hosts)
