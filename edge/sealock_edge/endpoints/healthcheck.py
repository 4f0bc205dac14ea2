# SPDX-License-Identifier: Apache-2.0
"""`GET /{integration}/healthcheck`: Zendesk asks whether the integration works."""

from __future__ import annotations

import orjson
from falcon.asgi import Request, Response

from sealock_edge.endpoint import Endpoint
from sealock_edge.integration import Call, Integration


class Healthcheck:
    """200 if the connector answers now, 503 if it does not."""

    endpoint = Endpoint.HEALTHCHECK

    async def on_get(self, req: Request, resp: Response, integration: Integration) -> None:
        """Protocol: health check."""
        call: Call = req.context.call
        description = await integration.connector.ask(call.request_id)
        resp.content_type = "application/json"
        resp.data = orjson.dumps({"healthy": True, "version": description.version})

    async def on_head(self, req: Request, resp: Response, integration: Integration) -> None:
        """The headers of a GET."""
        await self.on_get(req, resp, integration)
