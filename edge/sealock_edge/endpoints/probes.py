# SPDX-License-Identifier: Apache-2.0
"""Whether all is well: Zendesk's health check of an integration, the cluster's probes, and what Prometheus collects."""

from __future__ import annotations

from collections.abc import Callable

import falcon
import orjson
from falcon.asgi import Request, Response

from sealock_edge.calls import Call, Integration, Integrations
from sealock_edge.connectors import Connector
from sealock_edge.heavy_work import HeavyWork
from sealock_edge.outcomes import Endpoint
from sealock_edge.sealing import KeyRing


class Livez:
    """`GET /livez`: 200 as long as the event loop turns. Nothing outside the process can change that."""

    async def on_get(self, _req: Request, resp: Response) -> None:
        """For the liveness probe."""
        resp.content_type = "application/json"
        resp.data = b'{"live":true}'


class Readyz:
    """
    `GET /readyz`: 200 while the edge wants calls, 503 once it drains.

    A connector that does not answer is told, but does not count: the edge is ready for all the others, and answers
    this one's calls with what is to be said.
    """

    def __init__(self, integrations: Integrations, ring: KeyRing, draining: Callable[[], bool]) -> None:
        self._integrations = integrations
        self._ring = ring
        self._draining = draining

    async def on_get(self, _req: Request, resp: Response) -> None:
        """For the readiness probe, and for people."""
        draining = self._draining()
        resp.status = falcon.HTTP_503 if draining else falcon.HTTP_200
        resp.content_type = "application/json"
        resp.data = orjson.dumps(
            {
                "ready": not draining,
                "draining": draining,
                "key_ring": self._ring.problem or "ok",
                "integrations": {
                    integration.config.path: _readiness(integration.connector) for integration in self._integrations
                },
            }
        )


def _readiness(connector: Connector) -> dict[str, bool | str]:
    return {"ready": True} if connector.fault is None else {"ready": False, "cause": connector.fault}


class MetricsText:
    """`GET /metrics`: for Prometheus. The text is made beside the loop: with many integrations it takes a while."""

    def __init__(self, render: Callable[[], bytes], heavy: HeavyWork) -> None:
        self._render = render
        self._heavy = heavy

    async def on_get(self, _req: Request, resp: Response) -> None:
        """The text format."""
        resp.content_type = "text/plain; version=0.0.4; charset=utf-8"
        resp.data = await self._heavy.do(self._render)


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
