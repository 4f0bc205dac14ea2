# SPDX-License-Identifier: Apache-2.0
"""Traces, where the environment names who collects them. OpenTelemetry is imported only then."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

COLLECTORS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

carried: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("carried", default=())
"""What calls to connectors carry, so that their spans come under this call's."""


class TracingMissing(Exception):
    """Traces are wanted, and the extra `opentelemetry` is not installed."""


def wanted(environ: Mapping[str, str]) -> bool:
    """Whether traces are asked for. Raises `TracingMissing` if they are and cannot be made."""
    if not any(environ.get(name) for name in COLLECTORS) or environ.get("OTEL_TRACES_EXPORTER", "otlp") != "otlp":
        return False
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    if importlib.util.find_spec("opentelemetry") is None:
        raise TracingMissing("traces are wanted (OTEL_EXPORTER_OTLP_ENDPOINT): install sealock[opentelemetry]")
    return True


def provider_of(environ: Mapping[str, str]) -> TracerProvider | None:
    """
    What makes traces and sends them by OTLP over HTTP; None where the environment asks for none.

    The standard `OTEL_` variables say the rest. Starts a thread: not before a fork. Raises `TracingMissing`.
    """
    if not wanted(environ):
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    named = {} if environ.get("OTEL_SERVICE_NAME") else {"service.name": "sealock-edge"}
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


class Traces:
    """Makes the spans of the edge. Their attributes are the fields of a call's log line that name no account."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("sealock_edge")

    def begin(self, request_id: str, headers: Mapping[str, str]) -> Span:
        """Begin a call's span, under that of the ingress if it sent one; calls to connectors carry it on."""
        from opentelemetry.trace import SpanKind, set_span_in_context  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        propagator = TraceContextTextMapPropagator()
        attributes = {"sealock.request_id": request_id}
        span = self._tracer.start_span(
            "call", context=propagator.extract(headers), kind=SpanKind.SERVER, attributes=attributes
        )
        onward: dict[str, str] = {}
        propagator.inject(onward, context=set_span_in_context(span))
        carried.set(tuple(onward.items()))
        return span

    def end(self, span: Span, *, endpoint: str, integration: str, outcome: str, status: int) -> None:
        """End a call's span."""
        from opentelemetry.trace import StatusCode  # noqa: PLC0415

        if endpoint:
            span.update_name(endpoint)
        span.set_attributes(
            {"sealock.integration": integration, "sealock.outcome": outcome, "http.response.status_code": status}
        )
        if status >= 500:
            span.set_status(StatusCode.ERROR)
        span.end()

    def close(self) -> None:
        """Send what has not been sent."""
        self._provider.shutdown()
