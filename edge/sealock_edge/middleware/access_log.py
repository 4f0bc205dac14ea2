# SPDX-License-Identifier: Apache-2.0
"""One log line and one count for every call. Never bodies, never query strings."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from falcon.asgi import Request, Response

from sealock_edge.endpoint import Outcome
from sealock_edge.integration import Call
from sealock_edge.telemetry import Journal


class AccessLog:
    """
    Writes the line when the answer is settled, or, for one that streams, when it has ended. While the edge drains, the
    answer ends the connection.
    """

    def __init__(self, journal: Journal, clock: Callable[[], float], draining: Callable[[], bool]) -> None:
        """`clock` is monotonic, in seconds; `draining` says whether the edge is about to stop."""
        self._journal = journal
        self._clock = clock
        self._draining = draining

    async def process_response(self, req: Request, resp: Response, _resource: Any, _req_succeeded: bool) -> None:
        """Runs for every call, failed ones included."""
        call: Call = req.context.call
        if self._draining():
            resp.set_header("Connection", "close")
        if call.streams:
            call.settle = partial(self._settle, req, resp, call)
        else:
            self._settle(req, resp, call)

    def _settle(self, req: Request, resp: Response, call: Call) -> None:
        seconds = self._clock() - call.arrived
        integration = call.integration
        if integration is None or call.endpoint is None:
            self._write(req, resp, call, seconds, endpoint="", integration="")
            return
        integration.metrics.in_flight.dec()
        integration.metrics.call(call.endpoint, call.outcome, seconds)
        self._write(req, resp, call, seconds, endpoint=call.endpoint, integration=integration.config.path)

    def _write(
        self, req: Request, resp: Response, call: Call, seconds: float, *, endpoint: str, integration: str
    ) -> None:
        status = resp.status_code
        outcome = call.outcome if integration or status < 400 else Outcome.NOT_HERE
        self._journal.call(
            request_id=call.request_id,
            endpoint=endpoint,
            integration=integration,
            method=req.method if req.method in _METHODS else "OTHER",
            status=status,
            outcome=outcome,
            seconds=seconds,
            account_id=call.account_id,
            resources=call.resources,
        )


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
