# SPDX-License-Identifier: Apache-2.0
"""A connector's spans. Their attributes are methods, codes, statuses and request ids, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from sealock_contract.tracing import Spans, failed

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider


class Traces:
    """Makes the spans of a connector."""

    def __init__(self, provider: TracerProvider) -> None:
        self._spans = Spans(provider, "sealock_connector")

    @contextmanager
    def call(self, method: str, carried: Mapping[str, str], request_id: str) -> Iterator[Callable[[str], None]]:
        """A span around a call, under its caller's. The function that it gives takes how the call ended."""
        attributes = {"rpc.system": "grpc", "rpc.method": method, "sealock.request_id": request_id}
        span = self._spans.received(f"ConnectorService/{method}", carried, attributes)

        def ended(code: str) -> None:
            span.set_attribute("rpc.response.status_code", code)
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
