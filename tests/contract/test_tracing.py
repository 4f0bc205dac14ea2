# SPDX-License-Identifier: Apache-2.0
"""Spans are made where the environment asks for them, come under their callers', and hold no exception's text."""

from __future__ import annotations

import sys

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from sealock_contract.tracing import CARRIED, Spans, TracingMissing, failed, provider_of, wanted

COLLECTOR = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


@pytest.fixture
def exported() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def spans(exported) -> Spans:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exported))
    return Spans(provider, "a_package")


@pytest.mark.parametrize(
    ("environ", "asked"),
    [
        ({}, False),
        (COLLECTOR, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, True),
        (COLLECTOR | {"OTEL_TRACES_EXPORTER": "otlp"}, True),
        (COLLECTOR | {"OTEL_TRACES_EXPORTER": "none"}, False),
        (COLLECTOR | {"OTEL_SDK_DISABLED": "True"}, False),
    ],
)
def test_traces_are_off_unless_a_collector_is_named_and_they_are_not_switched_off(environ, asked):
    assert wanted(environ, "sealock-edge") is asked
    if not asked:
        assert provider_of(environ, "service", "sealock-edge") is None


@pytest.mark.parametrize("missing", ["opentelemetry", "opentelemetry.exporter"])
def test_without_the_extra_it_is_said_what_to_install(missing, monkeypatch):
    for name in [name for name in sys.modules if name == missing or name.startswith(f"{missing}.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(TracingMissing, match=r"install sealock-edge\[opentelemetry\]"):
        wanted(COLLECTOR, "sealock-edge")
    assert not wanted({}, "sealock-edge")


def test_a_call_comes_under_its_callers_span_and_is_carried_on(spans, exported):
    caller = spans.received("outer", {}, {})
    carried = spans.carried_by(caller)
    assert set(carried) <= set(CARRIED)
    inner = spans.received("inner", carried, {"a.b": "c"})
    inner.end()
    caller.end()
    first, second = exported.get_finished_spans()
    assert (first.name, first.kind, dict(first.attributes)) == ("inner", SpanKind.SERVER, {"a.b": "c"})
    assert first.parent.span_id == second.context.span_id
    assert first.context.trace_id == second.context.trace_id


def test_calls_that_a_call_makes_come_under_it(spans, exported):
    with spans.within(spans.received("call", {}, {})), spans.made("origin", {}):
        pass
    made, call = exported.get_finished_spans()
    assert (made.name, made.kind, made.parent.span_id) == ("origin", SpanKind.CLIENT, call.context.span_id)
    assert made.status.status_code is call.status.status_code is StatusCode.UNSET


def test_a_call_that_failed_says_so_without_the_exceptions_text(spans, exported):
    call = spans.received("call", {}, {})
    with pytest.raises(ValueError, match="canary"), spans.within(call), spans.made("origin", {}):
        raise ValueError("canary")
    made, call = exported.get_finished_spans()
    assert (made.status.status_code, call.status.status_code) == (StatusCode.ERROR, StatusCode.UNSET)
    assert "canary" not in made.to_json() + call.to_json()


def test_a_failure_can_be_noted(spans, exported):
    span = spans.received("call", {}, {})
    failed(span)
    span.end()
    assert exported.get_finished_spans()[0].status.status_code is StatusCode.ERROR


def test_closing_sends_what_has_not_been_sent(exported):
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(exported, schedule_delay_millis=3_600_000))
    spans = Spans(provider, "a_package")
    spans.received("call", {}, {}).end()
    assert exported.get_finished_spans() == ()
    spans.close()
    assert [span.name for span in exported.get_finished_spans()] == ["call"]
