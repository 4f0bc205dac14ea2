# SPDX-License-Identifier: Apache-2.0
"""Every reason stands in every table that has to answer for it, and the tables agree with the contract."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from sealock.connector.v1.error_detail_pb2 import Reason
from sealock_connector._translate.failures import CLASSES, CODES, WORDS
from sealock_edge.outcomes import Endpoint
from sealock_edge.problems import REASONS
from tests.architecture.source_tree import ROOT, modules, named

TABLES = {"the SDK's codes": CODES, "the SDK's words": WORDS, "the SDK's errors": CLASSES}
TABLES |= {f"the edge's answers at {endpoint}": REASONS[endpoint] for endpoint in Endpoint}
AUTHOR_ERRORS = {reason: kind for reason, kind in CLASSES.items() if kind.reason != Reason.REASON_INTERNAL}


@pytest.mark.parametrize("table", list(TABLES.values()), ids=list(TABLES))
def test_every_reason_stands_in_every_table(table):
    assert set(table) == set(Reason.values())


def test_every_endpoint_has_a_table():
    assert set(REASONS) == set(Endpoint)


@pytest.mark.parametrize(("reason", "kind"), list(AUTHOR_ERRORS.items()), ids=str)
def test_an_error_carries_the_reason_that_leads_back_to_it(reason, kind):
    assert kind.reason == reason


def codes_in_the_contract() -> dict[str, str]:
    """The gRPC code that the comment above each reason names."""
    text = (ROOT / "protos/sealock/connector/v1/error_detail.proto").read_text()
    found = {}
    for comment, name in re.findall(r"((?:^  //.*\n)+)  (REASON_\w+) = \d+;", text, re.MULTILINE):
        words = " ".join(line.strip(" /") for line in comment.splitlines())
        if code := re.search(r"gRPC code ([A-Z_]+)", words):
            found[name] = code[1]
    return found


def test_the_code_of_each_reason_is_the_one_that_the_contract_names():
    codes = {Reason.Name(reason): code.name for reason, code in CODES.items()}
    assert codes.pop("REASON_UNSPECIFIED") == "INTERNAL"
    assert codes == codes_in_the_contract()


@pytest.mark.parametrize("endpoint", list(Endpoint))
def test_every_answer_is_an_http_status_that_zendesk_or_a_browser_knows(endpoint):
    for problem in REASONS[endpoint].values():
        assert problem.status in {200, 400, 401, 404, 409, 422, 429, 500, 503}
        assert problem.status != 200 or endpoint is Endpoint.PULL


@pytest.mark.parametrize("endpoint", list(Endpoint))
def test_whoever_is_asked_to_come_back_is_told_when(endpoint):
    for problem in REASONS[endpoint].values():
        assert (problem.retry_after is not None) == (problem.status in {429, 503})


def without_a_cause(path: Path) -> list[str]:
    """Where an origin is said to be unavailable and nothing is said of why: calls, and classes raised as they are."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in UNAVAILABLE:
            said = {keyword.arg for keyword in node.keywords}
            if not said & {"cause", None}:
                found.append(f"{named(path)}:{node.lineno}")
        elif isinstance(node, ast.Raise) and getattr(node.exc, "id", "") in UNAVAILABLE:
            found.append(f"{named(path)}:{node.lineno}")
    return found


UNAVAILABLE = {"OriginUnavailable", "OriginUnreached"}


@pytest.mark.parametrize("package", ["sealock_connector", "sealock_origins"])
def test_whoever_says_that_an_origin_is_unavailable_says_why(package):
    assert [where for path in modules(package) for where in without_a_cause(path)] == []
