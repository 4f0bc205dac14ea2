# SPDX-License-Identifier: Apache-2.0
"""docs/metrics.md lists every metric with its kind and labels, and no page names one that does not exist."""

from __future__ import annotations

import re

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase

from sealock_connector._telemetry import Metrics as ConnectorMetrics
from sealock_edge.telemetry import Metrics
from tests.docs.pages import DOCS, name_of, pages, rows, section

PAGE = DOCS / "metrics.md"
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


def documented() -> dict[str, tuple[str, set[str]]]:
    table = [row for heading in HEADINGS for row in rows(section(PAGE, heading))]
    return {row[0].strip("`"): (row[1], set(re.findall(r"`(\w+)`", row[2]))) for row in table}


def test_every_metric_is_documented_with_its_kind_and_labels():
    assert documented() == live()


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_no_page_names_a_metric_that_does_not_exist(page):
    named = set(re.findall(r"\bsealock_(?:edge|key|connector)_[a-z_]+\b", page.read_text()))
    modules = {"sealock_edge_", "sealock_connector_"}
    assert named - set(live()) - modules == set()
