# SPDX-License-Identifier: Apache-2.0
"""The pages of log lines and metrics say what there is, and nothing else."""

from __future__ import annotations

import io
import json
import logging
import re
from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase

from sealock_connector._telemetry import FIELDS, log_fault, log_stall, note_interruption
from sealock_connector._telemetry import Metrics as ConnectorMetrics
from sealock_contract.log_lines import JsonLines, request_id
from sealock_contract.loop_lag import Stall
from sealock_edge.telemetry import Metrics
from sealock_edge.telemetry.logs import Journal
from tests.docs.pages import DOCS, name_of, pages, rows, section

LOGS_PAGE = DOCS / "logs.md"
EVERYWHERE = {"time", "level", "logger", "event"}
CALL = {"request_id": "r", "integration": "i"}


def raised() -> Exception:
    """An exception with a traceback and a secret in its text."""
    try:
        int("a secret")
    except ValueError as error:
        return error
    raise AssertionError


def written() -> dict[str, set[str]]:
    """The fields of every line that the journal can write, by event."""
    stream = io.BytesIO()
    journal = Journal(stream, lambda: datetime(2026, 1, 2, tzinfo=UTC))
    journal.call(
        **CALL,
        endpoint="pull",
        method="POST",
        status=200,
        outcome="ok",
        cause="C",
        seconds=1,
        account_id="a",
        resources=1,
    )
    journal.set_aside(**CALL, account_id="a", external_id="e", reason="author_id")
    journal.zendesk_events(**CALL, kind="k", account_id="a", outcome="noted", count=2)
    journal.zendesk_refused(**CALL, account_id="a", call="push", refusal="token")
    journal.zendesk_busy(**CALL, account_id="a", call="push", seconds=60.0)
    journal.not_pushed(**CALL, account_id="a", code="halted", count=2)
    journal.reply_failed_late(**CALL, account_id="a", external_id="e", told="noted")
    journal.nudge(**CALL, account_id="a", outcome="pushed", resources=2, seconds=0.1)
    journal.connector(integration="i", fault="")
    journal.connector(integration="i", fault="SILENT")
    journal.account_failing(
        integration="i", account_id="a", since=datetime.now(UTC), outcome="o", cause="c", why="A sentence."
    )
    journal.account_well(integration="i", account_id="a", since=datetime.now(UTC))
    journal.key_ring(problem="p")
    journal.store(problem="p")
    journal.few_open_files(needed=2, connections=1)
    journal.any_zendesk()
    journal.fault(**CALL, endpoint="pull", error=raised())
    journal.stall(Stall(1.0, ["a.py:1 b"], {**CALL, "endpoint": "pull"}))
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    return {line["event"]: set(line) - EVERYWHERE for line in lines}


def documented_events(side: str = "The edge's lines") -> dict[str, set[str]]:
    found = {}
    for events, _, fields in rows(section(LOGS_PAGE, side)):
        for event in re.findall(r"`(\w+)`", events):
            found[event] = set(re.findall(r"`(\w+)`", fields))
    return found


def test_every_line_of_the_edge_is_documented_with_its_fields():
    assert {event: fields for event, fields in documented_events().items() if event != "log"} == written()


@pytest.mark.parametrize("error", [None, raised()], ids=["a message", "an exception"])
@pytest.mark.parametrize("side", ["The edge's lines", "A connector's lines"])
def test_a_library_s_line_has_the_documented_fields_and_no_exception_s_text(error, side):
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("grpc", logging.ERROR, "", 0, "words", (), info)
    line = json.loads(JsonLines().format(record))
    assert set(line) >= EVERYWHERE
    assert set(line) - EVERYWHERE <= documented_events(side)["log"]
    assert "a secret" not in json.dumps(line)


def test_every_field_that_lines_may_have_everywhere_is_explained():
    explained = {name for row in rows(section(LOGS_PAGE, "The form")) for name in re.findall(r"`(\w+)`", row[0])}
    assert explained == EVERYWHERE | {"message", "request_id", "error", "frames"}


def test_a_connector_s_fault_and_call_have_the_documented_fields(caplog):
    logger = logging.getLogger("sealock_connector.calls")
    with caplog.at_level(logging.INFO):
        log_fault(logger, "a fault of the connector", raised())
        call = {"event": "call", "method": "Pull", "code": "OK", "ms": 1.0, "reason": "INTERNAL", "cause": "MOVED"}
        logger.info("call", extra=call)
        note_interruption(logger, "ORIGIN_UNAVAILABLE", "MOVED")
        log_stall(logger, "o", Stall(1.0, ["a.py:1 b"], {"method": "Pull", "request_id": "r"}))
    token = request_id.set("r")
    lines = [json.loads(JsonLines(FIELDS).format(record)) for record in caplog.records]
    request_id.reset(token)
    found = {line["event"]: set(line) - EVERYWHERE for line in lines}
    assert found == {
        event: fields for event, fields in documented_events("A connector's lines").items() if event != "log"
    }
    assert "a secret" not in json.dumps(lines)


METRICS_PAGE = DOCS / "metrics.md"
HEADINGS = ("The edge's metrics", "A connector's metrics")


def live() -> dict[str, tuple[str, set[str]]]:
    """Kind and labels of every metric, under the name that Prometheus sees."""
    found = {}
    programs = (Metrics(CollectorRegistry()), ConnectorMetrics(CollectorRegistry()))
    for metric in (each for program in programs for each in vars(program).values()):
        if isinstance(metric, MetricWrapperBase):
            [family] = metric.describe()
            name = f"{family.name}_total" if family.type == "counter" else family.name
            found[name] = (family.type, set(metric._labelnames))
    return found


def documented_metrics() -> dict[str, tuple[str, set[str]]]:
    table = [row for heading in HEADINGS for row in rows(section(METRICS_PAGE, heading))]
    return {row[0].strip("`"): (row[1], set(re.findall(r"`(\w+)`", row[2]))) for row in table}


def test_every_metric_is_documented_with_its_kind_and_labels():
    assert documented_metrics() == live()


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_no_page_names_a_metric_that_does_not_exist(page):
    named = set(re.findall(r"\bsealock_(?:edge|key|connector)_[a-z_]+\b", page.read_text()))
    modules = {"sealock_edge_", "sealock_connector_"}
    assert named - set(live()) - modules == set()
