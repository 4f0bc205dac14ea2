# SPDX-License-Identifier: Apache-2.0
"""The edge's spans: one for each call, whose attributes are the fields of its log line that name no account."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from sealock_contract.tracing import Spans, failed

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

DISTRIBUTION: Final = "sealock-edge"
"""What has the extra that traces need."""

carried: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("carried", default=())
"""What calls to connectors carry, so that their spans come under this call's."""


class Traces:
    """Makes the spans of the edge."""

    def __init__(self, provider: TracerProvider) -> None:
        self._spans = Spans(provider, "sealock_edge")

    def begin(self, request_id: str, headers: Mapping[str, str]) -> Span:
        """Begin a call's span, under that of the ingress if it sent one; calls to connectors carry it on."""
        span = self._spans.received("call", headers, {"sealock.request_id": request_id})
        carried.set(tuple(self._spans.carried_by(span).items()))
        return span

    def end(self, span: Span, *, endpoint: str, integration: str, outcome: str, status: int, cause: str) -> None:
        """End a call's span."""
        if endpoint:
            span.update_name(endpoint)
        span.set_attributes(
            {"sealock.integration": integration, "sealock.outcome": outcome, "http.response.status_code": status}
        )
        if cause:
            span.set_attribute("sealock.cause", cause)
        if status >= 500:
            failed(span)
        span.end()

    def close(self) -> None:
        """Send what has not been sent."""
        self._spans.close()
