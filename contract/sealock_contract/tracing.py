# SPDX-License-Identifier: Apache-2.0
"""Traces, where the environment names who collects them. OpenTelemetry is imported only then."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

COLLECTORS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
CARRIED: Final = ("traceparent", "tracestate")
"""The names of what a call carries so that its spans come under its caller's."""


class TracingMissing(Exception):
    """Traces are wanted, and the extra `opentelemetry` is not installed."""


def wanted(environ: Mapping[str, str], distribution: str) -> bool:
    """Whether traces are asked for. Raises `TracingMissing`, which names the distribution, if they cannot be made."""
    if not any(environ.get(name) for name in COLLECTORS) or environ.get("OTEL_TRACES_EXPORTER", "otlp") != "otlp":
        return False
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    if not _installed():
        raise TracingMissing(f"traces are wanted (OTEL_EXPORTER_OTLP_ENDPOINT): install {distribution}[opentelemetry]")
    return True


def provider_of(environ: Mapping[str, str], service: str, distribution: str) -> TracerProvider | None:
    """
    What makes the traces of a service and sends them by OTLP over HTTP; None where the environment asks for none.

    The standard `OTEL_` variables say the rest, and may name the service otherwise. Starts a thread: not before a fork.
    Raises `TracingMissing`.
    """
    if not wanted(environ, distribution):
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    named = {} if environ.get("OTEL_SERVICE_NAME") else {"service.name": service}
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def _installed() -> bool:
    try:
        return importlib.util.find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    except ModuleNotFoundError:
        return False


class Spans:
    """Makes spans of calls. What they say of a call is up to who makes them, and never an exception's text."""

    def __init__(self, provider: TracerProvider, scope: str) -> None:
        """`scope` is the package that makes them."""
        self._provider = provider
        self._tracer = provider.get_tracer(scope)

    def received(self, name: str, carried: Mapping[str, str], attributes: Mapping[str, Any]) -> Span:
        """Begin the span of a call that came in, under its caller's span if the call carried one."""
        from opentelemetry.trace import SpanKind  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        above = TraceContextTextMapPropagator().extract(carried)
        return self._tracer.start_span(name, context=above, kind=SpanKind.SERVER, attributes=dict(attributes))

    def carried_by(self, span: Span) -> dict[str, str]:
        """What calls carry on, so that their spans come under this one."""
        from opentelemetry.trace import set_span_in_context  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        carried: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(carried, context=set_span_in_context(span))
        return carried

    @contextmanager
    def within(self, span: Span) -> Iterator[None]:
        """Spans that are made in the block come under this one, which ends with the block."""
        from opentelemetry.trace import use_span  # noqa: PLC0415

        with use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            yield

    @contextmanager
    def made(self, name: str, attributes: Mapping[str, Any]) -> Iterator[Span]:
        """A span around a call to somebody else; it has failed if the block raises."""
        from opentelemetry.trace import SpanKind  # noqa: PLC0415

        span = self._tracer.start_span(name, kind=SpanKind.CLIENT, attributes=dict(attributes))
        with self.within(span):
            try:
                yield span
            except BaseException:
                failed(span)
                raise

    def close(self) -> None:
        """Send what has not been sent."""
        self._provider.shutdown()


def failed(span: Span) -> None:
    """Note that the call of the span failed."""
    from opentelemetry.trace import StatusCode  # noqa: PLC0415

    span.set_status(StatusCode.ERROR)
