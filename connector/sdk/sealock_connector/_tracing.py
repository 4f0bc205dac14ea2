# SPDX-License-Identifier: Apache-2.0
"""Traces, where the environment names who collects them. OpenTelemetry is imported only then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

COLLECTORS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class TracingMissing(Exception):
    """Traces are wanted, and the extra `opentelemetry` is not installed."""


def provider_of(environ: Mapping[str, str], service: str) -> TracerProvider | None:
    """
    What makes traces and sends them by OTLP over HTTP; None where the environment names no collector.

    The standard `OTEL_` variables say the rest. Raises `TracingMissing`.
    """
    wanted = any(environ.get(name) for name in COLLECTORS) and environ.get("OTEL_TRACES_EXPORTER", "otlp") == "otlp"
    if not wanted or environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        raise TracingMissing(
            "traces are wanted (OTEL_EXPORTER_OTLP_ENDPOINT): install sealock[opentelemetry]"
        ) from None
    named = {} if environ.get("OTEL_SERVICE_NAME") else {"service.name": service}
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


class Traces:
    """Makes the spans of a connector. Their attributes are methods, codes, statuses and request ids, nothing else."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("sealock_connector")

    @contextmanager
    def call(self, method: str, carried: Mapping[str, str], request_id: str) -> Iterator[Callable[[str], None]]:
        """A span around a call, under its caller's. The function that it gives takes how the call ended."""
        from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        above = TraceContextTextMapPropagator().extract(carried)
        attributes = {"rpc.system": "grpc", "rpc.method": method, "sealock.request_id": request_id}
        with self._tracer.start_as_current_span(
            f"ConnectorService/{method}",
            context=above,
            kind=SpanKind.SERVER,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:

            def ended(code: str) -> None:
                span.set_attribute("rpc.response.status_code", code)
                if code != "OK":
                    span.set_status(StatusCode.ERROR)

            yield ended

    @contextmanager
    def origin_call(self, method: str) -> Iterator[Callable[[int], None]]:
        """A span around a call to the origin. The function that it gives takes the answer's status."""
        from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415

        with self._tracer.start_as_current_span(
            "origin",
            kind=SpanKind.CLIENT,
            attributes={"http.request.method": method},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:

            def answered(status: int) -> None:
                span.set_attribute("http.response.status_code", status)

            try:
                yield answered
            except BaseException:
                span.set_status(StatusCode.ERROR)
                raise

    def close(self) -> None:
        """Send what has not been sent."""
        self._provider.shutdown()


current: ContextVar[Traces] = ContextVar("traces")
"""The traces of the server that is answering; none where there are none."""


@contextmanager
def origin_span(method: str) -> Iterator[Callable[[int], None]]:
    """A span around a call to the origin, if there are traces."""
    traces = current.get(None)
    if traces is None:
        yield lambda _: None
        return
    with traces.origin_call(method) as answered:
        yield answered
