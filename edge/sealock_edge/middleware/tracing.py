# SPDX-License-Identifier: Apache-2.0
"""A span for every call, from its arrival until its answer is settled."""

from __future__ import annotations

import asyncio
from typing import Any

from falcon.asgi import Request, Response

from sealock_edge.integration import Call
from sealock_edge.telemetry.tracing import Traces


class Tracing:
    """Traces calls. The span of a file ends when its first bytes are known."""

    def __init__(self, traces: Traces) -> None:
        self._traces = traces

    async def process_request(self, req: Request, _: Response) -> None:
        """Begin the call's span."""
        req.context.span = self._traces.begin(req.context.call.request_id, _trace_headers(req))

    async def process_response(self, req: Request, resp: Response, _resource: Any, _req_succeeded: bool) -> None:
        """End it."""
        call: Call = req.context.call
        self._traces.end(
            req.context.span,
            endpoint=call.endpoint or "",
            integration=call.integration.config.path if call.integration else "",
            outcome=call.outcome,
            status=resp.status_code,
        )

    async def process_shutdown(self, _scope: dict[str, Any], _event: dict[str, Any]) -> None:
        """Send what has not been sent."""
        await asyncio.to_thread(self._traces.close)


def _trace_headers(req: Request) -> dict[str, str]:
    given = {name: req.get_header(name) for name in ("traceparent", "tracestate")}
    return {name: value for name, value in given.items() if value is not None}
