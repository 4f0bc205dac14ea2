# SPDX-License-Identifier: Apache-2.0
"""What happens around every call: its id, integration, span, body's limit, line in the log, and guards in a browser."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import falcon
from falcon.asgi import Request, Response

from sealock_contract.loop_lag import LoopWatch, RunningCalls
from sealock_contract.tracing import CARRIED
from sealock_edge.calls import Call, Integrations
from sealock_edge.connectors import Budget, Connector
from sealock_edge.failing_accounts import FailingAccounts
from sealock_edge.outcomes import Endpoint, Outcome
from sealock_edge.store import Store
from sealock_edge.telemetry import Journal
from sealock_edge.telemetry.tracing import Traces

OTHER_SECONDS = 25.0
"""The edge's time for calls other than pull and channelback: somebody waits for a page."""

_FITS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}", re.ASCII)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
CLIENT_GONE: Final = "sealock.client_gone"
"""In a request's scope: what the server calls when the client has hung up before its answer."""

LARGEST_BODY: Final = 1024 * 1024
"""What no endpoint's body may exceed: more than that is not even received."""

KEY_RING_SECONDS = 10.0
"""How often the directory of keys is read again."""


def random_id() -> str:
    """32 hexadecimal digits that nobody can guess."""
    return os.urandom(16).hex()


class RequestId:
    """Takes `X-Request-Id` from the ingress if it can stand in a log line as it is; else makes one."""

    def __init__(self, new_id: Callable[[], str], clock: Callable[[], float], running: RunningCalls) -> None:
        """`clock` is monotonic, in seconds; `running` is told of each call."""
        self._new_id = new_id
        self._clock = clock
        self._running = running

    async def process_request(self, req: Request, resp: Response) -> None:
        """Begin the call."""
        given = req.get_header("X-Request-Id")
        request_id = given if given is not None and _FITS.fullmatch(given) else self._new_id()
        arrived = self._clock()
        call = Call(request_id, arrived, Budget(arrived + OTHER_SECONDS, self._clock))
        req.context.call = call
        self._running.note(call.described)
        resp.set_header("X-Request-Id", request_id)


class Routing:
    """Gives the endpoint the integration itself instead of its name. An unknown one is not found."""

    def __init__(
        self, integrations: Integrations, seconds: Mapping[Endpoint, float], clock: Callable[[], float]
    ) -> None:
        self._integrations = integrations
        self._seconds = seconds
        self._clock = clock

    async def process_resource(self, req: Request, _resp: Response, endpoint: Any, params: dict[str, Any]) -> None:
        """Runs once the route is known, before the body is read."""
        if "integration" not in params:
            return
        integration = self._integrations.find(params["integration"])
        if integration is None:
            raise falcon.HTTPNotFound
        call: Call = req.context.call
        call.endpoint = endpoint.endpoint
        call.integration = params["integration"] = integration
        seconds = self._seconds.get(endpoint.endpoint)
        if seconds is not None:
            call.budget = Budget(call.arrived + seconds, self._clock)
        integration.metrics.in_flight.inc()


@dataclass(frozen=True, slots=True)
class BodyRule:
    """What an endpoint's POST takes: a content type, or (None) any, and at most so many bytes."""

    content_type: str | None
    max_bytes: int
    any_method: bool = False
    """Whether that is so of every method, not of POST alone."""


class BodyLimit:
    """
    Puts the body of a POST into the call, or refuses it: 415 for another content type, 413 for a longer one, 400 for
    one that ends early. A call without a body needs no content type. The server has the body whole before it calls.

    An endpoint has a `body` rule for its POST, or none if it has no POST.
    """

    async def process_resource(self, req: Request, resp: Response, endpoint: Any, _params: dict[str, Any]) -> None:
        """Runs once the endpoint is known."""
        rule: BodyRule | None = getattr(endpoint, "body", None)
        if rule is None or not (rule.any_method or req.method == "POST"):
            return
        length = req.content_length
        content_type = (req.content_type or "").partition(";")[0].strip().lower()
        if rule.content_type not in (None, content_type) and (
            content_type or length or req.get_header("Transfer-Encoding") is not None
        ):
            raise falcon.HTTPUnsupportedMediaType(description=f"The body must be {rule.content_type}.")
        if length is not None and length > rule.max_bytes:
            raise _too_large(resp)
        body = await req.stream.read(rule.max_bytes + 1)
        if len(body) > rule.max_bytes:
            raise _too_large(resp)
        if length is not None and len(body) != length:
            raise falcon.HTTPBadRequest(description="The body ended early.")
        call: Call = req.context.call
        call.body = body


def _too_large(resp: Response) -> falcon.HTTPError:
    resp.set_header("Connection", "close")
    return falcon.HTTPContentTooLarge(description="The body is too large.")


@dataclass(slots=True)
class Draining:
    """Whether the edge is about to stop: set once, by the server."""

    begun: bool = False

    def __call__(self) -> bool:
        """Whether it has begun."""
        return self.begun


class AccessLog:
    """
    Writes the line when the answer is settled, or, for one that streams, when it has ended. While the edge drains, the
    answer ends the connection.
    """

    def __init__(
        self,
        journal: Journal,
        clock: Callable[[], float],
        draining: Callable[[], bool],
        failing: FailingAccounts,
    ) -> None:
        """
        `clock` is monotonic, in seconds; `draining` says whether the edge is about to stop; `failing` is told how each
        account's pulls end.
        """
        self._journal = journal
        self._failing = failing
        self._clock = clock
        self._draining = draining

    async def process_response(self, req: Request, resp: Response, _endpoint: Any, _req_succeeded: bool) -> None:
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
        integration.metrics.call(call.endpoint, call.outcome, seconds, call.cause)
        if call.endpoint is Endpoint.PULL and call.account_id:
            path = integration.config.path
            self._failing.pulled(path, call.account_id, call.outcome, call.cause, origin=integration.origin)
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
            cause=call.cause,
            seconds=seconds,
            account_id=call.account_id,
            resources=call.resources,
        )


class Protection:
    """
    Nothing of an answer runs, is framed, is kept or is taken for another type; an endpoint that needs more than that
    says so in its own headers.

    HTTP Strict Transport Security is not among them: it binds the whole host with all its ports, which the edge may
    share, and nothing here is ever linked by http. Where TLS ends, it can be added.
    """

    async def process_request(self, _req: Request, resp: Response) -> None:
        """Runs for every call, before anything can fail."""
        resp.set_headers(HEADERS)


class Tracing:
    """Traces calls. The span of a file ends when its first bytes are known."""

    def __init__(self, traces: Traces) -> None:
        self._traces = traces

    async def process_request(self, req: Request, _: Response) -> None:
        """Begin the call's span."""
        req.context.span = self._traces.begin(req.context.call.request_id, _trace_headers(req))

    async def process_response(self, req: Request, resp: Response, _endpoint: Any, _req_succeeded: bool) -> None:
        """End it."""
        call: Call = req.context.call
        self._traces.end(
            req.context.span,
            endpoint=call.endpoint or "",
            integration=call.integration.config.path if call.integration else "",
            outcome=call.outcome,
            status=resp.status_code,
            cause=call.cause,
        )

    async def process_shutdown(self, _scope: dict[str, Any], _event: dict[str, Any]) -> None:
        """Send what has not been sent."""
        await asyncio.to_thread(self._traces.close)


def _trace_headers(req: Request) -> dict[str, str]:
    given = {name: req.get_header(name) for name in CARRIED}
    return {name: value for name, value in given.items() if value is not None}


class Lifespan:
    """
    Runs inside the worker's event loop, after any fork: gRPC channels must not cross one.

    Connectors that are down do not keep the edge from starting.
    """

    def __init__(
        self,
        connectors: Iterable[Connector],
        watch_keys: Callable[[], None],
        loop_watch: LoopWatch,
        store: Store,
        *,
        stopping: Callable[[], Awaitable[None]],
        closing: Callable[[], Awaitable[None]],
    ) -> None:
        """
        `watch_keys` reads the key ring again and notes its metrics; it must not raise. `stopping` ends what still calls
        connectors, `closing` is called last.
        """
        self._connectors = tuple(connectors)
        self._watch_keys = watch_keys
        self._loop_watch = loop_watch
        self._store = store
        self._stopping = stopping
        self._closing = closing
        self._watching: asyncio.Task[None] | None = None

    async def process_startup(self, _scope: dict[str, Any], _event: dict[str, Any]) -> None:
        """Called by the server before the first request."""
        for connector in self._connectors:
            await connector.open()
        await self._store.open()
        self._loop_watch.start()
        self._watching = asyncio.create_task(_every(KEY_RING_SECONDS, self._watch_keys))

    async def process_shutdown(self, _scope: dict[str, Any], _event: dict[str, Any]) -> None:
        """Called by the server after the last answer."""
        self._loop_watch.stop()
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        self._watch_keys()
        await self._stopping()
        await _all(connector.close() for connector in self._connectors)
        await self._closing()
        await self._store.close()


async def _every(seconds: float, do: Callable[[], None]) -> None:
    while True:
        # A folder on a file system that hangs keeps its own thread waiting, and no call.
        await asyncio.to_thread(do)
        await asyncio.sleep(seconds)


async def _all(closing: Iterable[Awaitable[None]]) -> None:
    await asyncio.gather(*closing)
