# SPDX-License-Identifier: Apache-2.0
"""A connector's Prometheus metrics. Labels are RPCs, codes, reasons and fixed words: never accounts, hosts or ids."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from sealock_connector.errors import OriginUnreached

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0)
_SHARES = (0.25, 0.5, 0.75, 0.8, 0.9, 0.95, 1.0)


class Metrics:
    """All metrics of a served connector, in one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.calls = Counter(
            "sealock_connector_calls",
            "Calls of the contract answered, by gRPC code and reason",
            ["rpc", "code", "reason"],
            registry=registry,
        )
        self.call_seconds = Histogram(
            "sealock_connector_call_seconds",
            "Seconds from a call's arrival to its end",
            ["rpc"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.in_flight = Gauge("sealock_connector_calls_in_flight", "Calls under way", registry=registry)
        self.origin_calls = Counter(
            "sealock_connector_origin_calls",
            "HTTP calls to the origin, by the answer's class of status, or why there was none",
            ["outcome"],
            registry=registry,
        )
        self.origin_seconds = Histogram(
            "sealock_connector_origin_call_seconds",
            "Seconds until the origin's answer began",
            buckets=_SECONDS,
            registry=registry,
        )
        self.quota_used = Histogram(
            "sealock_connector_origin_quota_used_ratio",
            "The share of an account's quota that was used, each time the origin told",
            buckets=_SHARES,
            registry=registry,
        )
        self.replies = Counter(
            "sealock_connector_replies",
            "Attempts to deliver a reply, by what became of them",
            ["outcome"],
            registry=registry,
        )
        self.outbox_failures = Counter(
            "sealock_connector_outbox_failures", "Times the outbox could not be reached", registry=registry
        )
        # There from the start at 0: Prometheus does not see the first of a series that begins at 1.
        for outcome in ("posted", "repeated", "found", "not_sent", "uncertain"):
            self.replies.labels(outcome)
        for outcome in ("2xx", "3xx", "4xx", "5xx", "throttled", "unreached", "unavailable"):
            self.origin_calls.labels(outcome)


current: ContextVar[Metrics] = ContextVar("metrics")
"""The metrics of the server that is answering; none where no server runs, as in a test of a client alone."""


@contextmanager
def origin_call(clock: Callable[[], float] = time.monotonic) -> Iterator[Callable[[int], None]]:
    """Count a call to the origin. The function that it gives is told the answer's status."""
    metrics, start, outcome = current.get(None), clock(), "unavailable"

    def answered(status: int) -> None:
        nonlocal outcome
        outcome = "throttled" if status == 429 else f"{status // 100}xx"

    try:
        yield answered
    except OriginUnreached:
        outcome = "unreached"
        raise
    finally:
        if metrics is not None:
            metrics.origin_calls.labels(outcome).inc()
            metrics.origin_seconds.observe(clock() - start)


def quota_used(share: float) -> None:
    """Take note of the share (0 to 1, more if it is overdrawn) of an account's quota that its origin says is used."""
    if (metrics := current.get(None)) is not None:
        metrics.quota_used.observe(share)


def reply(outcome: str) -> None:
    """Count an attempt to deliver a reply."""
    if (metrics := current.get(None)) is not None:
        metrics.replies.labels(outcome).inc()


def outbox_failed() -> None:
    """Count a time that the outbox could not be reached."""
    if (metrics := current.get(None)) is not None:
        metrics.outbox_failures.inc()


class Listener:
    """Serves the metrics over plain HTTP, in a thread of its own. Raises `OSError` if the address is taken."""

    def __init__(self, address: str, registry: CollectorRegistry) -> None:
        host, _, port = address.rpartition(":")
        served = start_http_server(int(port), host.strip("[]"), registry)
        self._server: WSGIServer = served[0]
        self._thread = served[1]
        self.port: int = self._server.server_port
        """The port that it listens on."""

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
