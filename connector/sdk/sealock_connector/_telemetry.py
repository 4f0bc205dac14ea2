# SPDX-License-Identifier: Apache-2.0
"""
What a connector tells those who run it: metrics, spans and log lines.

Labels and attributes are RPCs, codes, reasons and fixed words: never accounts, hosts or ids.
"""

from __future__ import annotations

import enum
import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import TYPE_CHECKING, Final, TextIO
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from sealock_connector._answers.nearly_json import ODDITIES
from sealock_connector.errors import InvalidAnswer, OriginUnreached
from sealock_contract import log_lines
from sealock_contract.log_lines import described, request_id
from sealock_contract.loop_lag import Stall
from sealock_contract.tracing import Spans, failed

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0)
_SHARES = (0.25, 0.5, 0.75, 0.8, 0.9, 0.95, 1.0)


class Miss(enum.Enum):
    """What a pull could not have of an origin, though it went on."""

    TITLE = "title"
    NAME = "name"
    PICTURE = "picture"
    PARENT = "parent"
    ATTACHMENT = "attachment"
    PERMALINK = "permalink"
    FIELDS = "fields"
    """An item came with the fields that it cannot do without, because the origin did not give all of them."""
    PERMISSION = "permission"
    """A list that the account's credentials may not read."""
    SET_ASIDE = "set_aside"
    """An item that cannot be had: an internal note with its link came in its place."""
    PASSED_OVER = "passed_over"
    """An item that cannot be read, or whose id is none that the connector knows."""
    POSTPONED = "postponed"
    """Something that cannot be read now; it is remembered, and asked for again later."""
    GIVEN_UP = "given_up"
    """What was postponed, and is asked for no more."""


class Metrics:
    """All metrics of a served connector, in one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.calls = Counter(
            "sealock_connector_calls",
            "Calls of the contract answered, by gRPC code, reason and cause",
            ["rpc", "code", "reason", "cause"],
            registry=registry,
        )
        self.interruptions = Counter(
            "sealock_connector_pull_interruptions",
            "Pulls that an error cut short after some of what was new, by reason and cause",
            ["reason", "cause"],
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
        self.callers_refused = Counter(
            "sealock_connector_callers_refused", "Calls of callers that are not allowed", registry=registry
        )
        self.calls_refused = Counter(
            "sealock_connector_calls_refused",
            "Calls that were refused because as many as there may be were under way",
            registry=registry,
        )
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
        self.loop_lag = Histogram(
            "sealock_connector_loop_lag_seconds",
            "Seconds that the event loop let whatever was ready wait, asked twice a second",
            buckets=_SECONDS,
            registry=registry,
        )
        self.markup = Counter(
            "sealock_connector_markup",
            "Pieces of markup that went to a process of their own, by what became of them",
            ["outcome"],
            registry=registry,
        )
        self.odd_answers = Counter(
            "sealock_connector_odd_answers",
            "Answers of the origin that were nearly JSON and were read all the same, by what was odd about them",
            ["what"],
            registry=registry,
        )
        self.odd_answers_told: set[str] = set()
        """What was odd about an answer, and is in the log already."""
        self.pull_misses = Counter(
            "sealock_connector_pull_misses",
            "What pulls could not have of the origin and went on without",
            ["what"],
            registry=registry,
        )
        # There from the start at 0: Prometheus does not see the first of a series that begins at 1.
        for outcome in ("posted", "repeated", "found", "not_sent", "uncertain"):
            self.replies.labels(outcome)
        for oddity in ODDITIES:
            self.odd_answers.labels(oddity)
        for miss in Miss:
            self.pull_misses.labels(miss.value)
        self.interruptions.labels("ORIGIN_UNAVAILABLE", "")
        for outcome in ("done", "failed"):
            self.markup.labels(outcome)
        outcomes = ("2xx", "3xx", "4xx", "5xx", "throttled", "unreached", "unavailable")
        self._origin_outcomes = {outcome: self.origin_calls.labels(outcome) for outcome in outcomes}

    def count_origin_call(self, outcome: str, seconds: float) -> None:
        """Count a call to the origin."""
        counter = self._origin_outcomes.get(outcome)
        if counter is None:
            counter = self._origin_outcomes[outcome] = self.origin_calls.labels(outcome)
        counter.inc()
        self.origin_seconds.observe(seconds)


current_metrics: ContextVar[Metrics] = ContextVar("metrics")
"""The metrics of the server that is answering; none where no server runs, as in a test of a client alone."""


def quota_used(share: float) -> None:
    """Take note of the share (0 to 1, more if it is overdrawn) of an account's quota that its origin says is used."""
    if (metrics := current_metrics.get(None)) is not None:
        metrics.quota_used.observe(share)


def note_interruption(log: logging.Logger, reason: str, cause: str) -> None:
    """Count and log that a pull was cut short. Its call ends well, with what it had until then."""
    log.info("a pull was cut short", extra={"event": "interruption", "reason": reason, "cause": cause})
    if (metrics := current_metrics.get(None)) is not None:
        metrics.interruptions.labels(reason, cause).inc()


def count_reply(outcome: str) -> None:
    """Count an attempt to deliver a reply."""
    if (metrics := current_metrics.get(None)) is not None:
        metrics.replies.labels(outcome).inc()


def count_miss(what: Miss) -> None:
    """Count what a pull could not have of the origin and went on without."""
    if (metrics := current_metrics.get(None)) is not None:
        metrics.pull_misses.labels(what.value).inc()


def count_odd_answer(what: str) -> bool:
    """Count an answer that was nearly JSON; whether it is the first of its kind in this process."""
    if (metrics := current_metrics.get(None)) is None:
        return True
    metrics.odd_answers.labels(what).inc()
    first = what not in metrics.odd_answers_told
    metrics.odd_answers_told.add(what)
    return first


def count_outbox_failure() -> None:
    """Count a time that the outbox could not be reached."""
    if (metrics := current_metrics.get(None)) is not None:
        metrics.outbox_failures.inc()


def count_markup(outcome: str) -> None:
    """Count a piece of markup that went to a process of its own."""
    if (metrics := current_metrics.get(None)) is not None:
        metrics.markup.labels(outcome).inc()


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


class Traces:
    """Makes the spans of a connector."""

    def __init__(self, provider: TracerProvider) -> None:
        self._spans = Spans(provider, "sealock_connector")

    @contextmanager
    def call(self, method: str, carried: Mapping[str, str], request_id: str) -> Iterator[Callable[[str, str], None]]:
        """A span around a call, under its caller's. The function that it gives takes the call's code and its cause."""
        attributes = {"rpc.system": "grpc", "rpc.method": method, "sealock.request_id": request_id}
        span = self._spans.received(f"ConnectorService/{method}", carried, attributes)

        def ended(code: str, cause: str) -> None:
            span.set_attribute("rpc.response.status_code", code)
            if cause:
                span.set_attribute("sealock.cause", cause)
            if code != "OK":
                failed(span)

        with self._spans.within(span):
            yield ended

    @contextmanager
    def origin_call(self, method: str) -> Iterator[Callable[[int], None]]:
        """A span around a call to the origin. The function that it gives takes the answer's status."""
        with self._spans.made("origin", {"http.request.method": method}) as span:
            yield lambda status: span.set_attribute("http.response.status_code", status)

    def close(self) -> None:
        """Send what has not been sent."""
        self._spans.close()


current_traces: ContextVar[Traces] = ContextVar("traces")
"""The traces of the server that is answering; none where there are none."""


class OriginCall:
    """Counts, times and traces a call to the origin, in a block that is given what takes the answer's status."""

    __slots__ = ("_clock", "_metrics", "_outcome", "_span", "_spanned", "_start")

    def __init__(self, method: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._metrics = current_metrics.get(None)
        traces = current_traces.get(None)
        self._span = traces.origin_call(method) if traces is not None else None

    def __enter__(self) -> Callable[[int], None]:
        self._start, self._outcome = self._clock(), "unavailable"
        self._spanned = self._span.__enter__() if self._span is not None else None
        return self._answered

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, OriginUnreached):
            self._outcome = "unreached"
        if self._metrics is not None:
            self._metrics.count_origin_call(self._outcome, self._clock() - self._start)
        if self._span is not None:
            self._span.__exit__(kind, error, traceback)

    def _answered(self, status: int) -> None:
        self._outcome = "throttled" if status == 429 else f"{status // 100}xx"
        if self._spanned is not None:
            self._spanned(status)


FIELDS: Final = (
    "method",
    "code",
    "reason",
    "cause",
    "ms",
    "error",
    "frames",
    "listen",
    "port",
    "origin",
    "signal",
    "option",
    "caller",
)
"""What a line may have besides what every line has."""


def log_to(stream: TextIO | None = None, level: str = "info") -> log_lines.Lines | None:
    """
    Send the process's log lines to the stream, stderr by default.

    Gives what writes the line of each call there at once; None where the level leaves them out.
    """
    logging.getLogger("grpc._cython.cygrpc").addFilter(_is_not_of_a_caller)
    return log_lines.log_to(stream or sys.stderr, level.upper(), FIELDS)


def log_stall(log: logging.Logger, origin: str, stall: Stall) -> None:
    """Log that the event loop is held up: by which call, if it is one, and where. Called from another thread."""
    fields = {name: value for name, value in stall.call.items() if name != "request_id"}
    about = {"event": "stall", "origin": origin, "ms": round(stall.seconds * 1000, 1), "frames": stall.frames}
    before = request_id.set(stall.call.get("request_id", ""))
    log.warning("the event loop is held up", extra=about | fields)
    request_id.reset(before)


def _is_not_of_a_caller(record: logging.LogRecord) -> bool:
    """False for what gRPC says of metadata that are not UTF-8: a caller could have a line written for each call."""
    return not str(record.msg).startswith("Invalid encoding")


def log_fault(log: logging.Logger, words: str, error: BaseException) -> None:
    """Log a fault of the connector: the error's type and where it was raised, its text only if it is ours."""
    if isinstance(error, InvalidAnswer):
        words = f"{words}: {error}"
    log.error(words, extra={"event": "fault", **described(error)})
