# SPDX-License-Identifier: Apache-2.0
"""From the first part of the path to the integration, and from the endpoint to its time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import falcon
from falcon.asgi import Request, Response

from sealock_edge.connectors import Budget
from sealock_edge.endpoint import Endpoint
from sealock_edge.integration import Call, Integrations


class Routing:
    """Gives the resource the integration itself instead of its name. An unknown one is not found."""

    def __init__(
        self, integrations: Integrations, seconds: Mapping[Endpoint, float], clock: Callable[[], float]
    ) -> None:
        self._integrations = integrations
        self._seconds = seconds
        self._clock = clock

    async def process_resource(self, req: Request, _resp: Response, resource: Any, params: dict[str, Any]) -> None:
        """Runs once the route is known, before the body is read."""
        if "integration" not in params:
            return
        integration = self._integrations.find(params["integration"])
        if integration is None:
            raise falcon.HTTPNotFound
        call: Call = req.context.call
        call.endpoint = resource.endpoint
        call.framed = getattr(resource, "framed", False)
        call.integration = params["integration"] = integration
        seconds = self._seconds.get(resource.endpoint)
        if seconds is not None:
            call.budget = Budget(call.arrived + seconds, self._clock)
        integration.metrics.in_flight.inc()
