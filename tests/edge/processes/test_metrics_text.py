# SPDX-License-Identifier: Apache-2.0
"""What Prometheus collects: how much it is for many integrations, and that making it keeps nobody waiting."""

from __future__ import annotations

import asyncio
import threading

import pytest
from prometheus_client import CollectorRegistry, disable_created_metrics, enable_created_metrics, generate_latest

from sealock_edge.endpoints.probes import MetricsText
from sealock_edge.heavy_work import HeavyWork
from sealock_edge.outcomes import Endpoint, Outcome
from sealock_edge.telemetry import IntegrationMetrics, Metrics

INTEGRATIONS = 200
MEGABYTE = 1_000_000


@pytest.fixture(autouse=True)
def no_created_metrics():
    disable_created_metrics()
    yield
    enable_created_metrics()


def test_the_text_for_200_integrations_is_under_a_megabyte():
    metrics = Metrics(CollectorRegistry())
    for number in range(INTEGRATIONS):
        of_one = IntegrationMetrics(metrics, f"integration-{number:03}")
        of_one.call(Endpoint.PULL, Outcome.OK, 0.01)
        of_one.pull(answered=1, set_aside=0, duplicates=0)
        of_one.connector_call("Pull", "OK")
        of_one.call(Endpoint.CHANNELBACK, Outcome.OK, 0.01)
        of_one.connector_call("Channelback", "OK")
    assert len(generate_latest(metrics.registry)) < MEGABYTE


def test_what_alerts_look_at_begins_at_nothing():
    metrics = Metrics(CollectorRegistry())
    IntegrationMetrics(metrics, "one")
    text = generate_latest(metrics.registry).decode()
    for endpoint in ("pull", "channelback"):
        for outcome in ("connector_down", "origin_unavailable", "internal"):
            line = f'sealock_edge_calls_total{{endpoint="{endpoint}",integration="one",outcome="{outcome}"}} 0.0'
            assert line in text


def test_what_alerts_of_webhooks_look_at_begins_with_an_integration_s_first_one():
    metrics = Metrics(CollectorRegistry())
    of_one = IntegrationMetrics(metrics, "one")
    of_one.call(Endpoint.WEBHOOK, Outcome.OK, 0.01)
    text = generate_latest(metrics.registry).decode()
    for line in (
        'sealock_edge_calls_total{endpoint="webhook",integration="one",outcome="webhook_refused"} 0.0',
        'sealock_edge_hints_total{fate="dropped",integration="one"} 0.0',
        'sealock_edge_nudges_total{integration="one",outcome="failed"} 0.0',
        'sealock_edge_pulls_without_hints_total{integration="one"} 0.0',
    ):
        assert line in text


async def test_the_loop_turns_while_the_text_is_made():
    made = threading.Event()

    def render() -> bytes:
        assert made.wait(30), "the loop waited for the text"
        return b"text"

    class Answer:
        content_type = ""
        data = b""

    answer = Answer()
    collecting = asyncio.create_task(MetricsText(render, HeavyWork()).on_get(None, answer))  # type: ignore[arg-type]
    await asyncio.sleep(0.01)
    made.set()
    await collecting
    assert answer.data == b"text"
