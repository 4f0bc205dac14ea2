# SPDX-License-Identifier: Apache-2.0
"""Valid answers, and answers one step away from them, are judged as Zendesk's own schemas judge them."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings

from sealock_devkit.zendesk.judge import (
    Findings,
    check_channelback_answer,
    check_external_resource,
    check_manifest,
    check_pull_answer,
)
from sealock_devkit.zendesk.rest.rest_api import check_push_frame, check_reported_error
from tests.devkit.zendesk.oracle.mutations import (
    CHANNELBACKS,
    FULL_CHANNELBACK,
    FULL_MANIFEST,
    FULL_PULL,
    FULL_PUSH,
    FULL_REPORT,
    MANIFESTS,
    PULLS,
    PUSHES,
    REPORTS,
    every_step_away,
    one_step_away,
)
from tests.zendesk_schemas import SchemaViolation, requires_schemas, valid

pytestmark = requires_schemas
thorough = hypothesis_settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])

STRICTER = {
    "at most 200 items": "documented",
    "at most 10 items": "documented",
    "at most 255 characters": "documented",
    "at most 127 characters": "documented",
    "ASCII only": "documented",
    "thread_id or parent_id, not both": "documented",
    "each resource once in an answer": "advice",
    "parents before their children": "advice",
    "an https URL": "advice",
}
"""All that the local Zendesk minds beyond the schemas, and whose rule it is. An answer is never refused for it."""


def agree(schema: str, answer: object, check, **options) -> None:
    """Checks that our check refuses exactly what the schema refuses, and minds nothing else but what is listed."""
    findings = Findings()
    check(answer, findings, **options)
    try:
        valid(schema, answer)
    except SchemaViolation:
        fits = False
    else:
        fits = True
    assert fits == (not findings.refusals)
    for finding in findings:
        assert finding.source == "schema" or STRICTER[finding.rule] == finding.source


def check_push(body, findings) -> None:
    """A push as a whole: its frame, and then each resource."""
    check_push_frame(body, findings, most=256)
    resources = body.get("external_resources") if isinstance(body, dict) else None
    for each in resources if isinstance(resources, list) else []:
        check_external_resource(each, "r", findings, loopback_http_is_https=False)


@thorough
@given(PULLS)
def test_any_valid_pull_answer_is_taken(answer):
    agree("pull_payload", answer, check_pull_answer, loopback_http_is_https=False)
    valid("pull_payload", answer)


@thorough
@given(one_step_away(PULLS))
@example({"external_resources": [], "state": None})
def test_a_pull_answer_one_step_away_is_judged_the_same(answer):
    agree("pull_payload", answer, check_pull_answer, loopback_http_is_https=False)


@thorough
@given(one_step_away(CHANNELBACKS))
def test_a_channelback_answer_one_step_away_is_judged_the_same(answer):
    agree("channelback_payload_v2", answer, check_channelback_answer)


@thorough
@given(one_step_away(MANIFESTS))
def test_a_manifest_one_step_away_is_judged_the_same(manifest):
    agree("manifest", manifest, check_manifest, loopback_http_is_https=False)


@thorough
@given(one_step_away(PUSHES))
def test_a_push_one_step_away_is_judged_the_same(body):
    agree("push_parameters", body, check_push)


@thorough
@given(one_step_away(REPORTS))
def test_a_reported_error_one_step_away_is_judged_the_same(body):
    agree("report_channelback_error", body, check_reported_error)


FULL = [
    ("pull_payload", FULL_PULL, check_pull_answer, {"loopback_http_is_https": False}, 1_300),
    ("channelback_payload_v2", FULL_CHANNELBACK, check_channelback_answer, {}, 90),
    ("manifest", FULL_MANIFEST, check_manifest, {"loopback_http_is_https": False}, 500),
    ("push_parameters", FULL_PUSH, check_push, {}, 600),
    ("report_channelback_error", FULL_REPORT, check_reported_error, {}, 130),
]


@pytest.mark.parametrize(("schema", "full", "check", "options", "least"), FULL, ids=[each[0] for each in FULL])
def test_every_single_step_from_a_full_answer_is_judged_the_same(schema, full, check, options, least):
    agree(schema, full, check, **options)
    valid(schema, full)
    steps = list(every_step_away(full))
    assert len(steps) > least
    for answer in steps:
        agree(schema, answer, check, **options)


DIFFERENT = [
    ("manifest", {"name": "n", "id": "i", "urls": {"admin_ui": "http://127.0.0.1/a"}}, True, "plain http here"),
    ("manifest", {"name": "n", "id": "i", "urls": {"admin_ui": "https://s.example:port/a"}}, False, "a port in words"),
]


@pytest.mark.parametrize(
    ("schema", "answer", "we_take_it"), [each[:3] for each in DIFFERENT], ids=[e[3] for e in DIFFERENT]
)
def test_where_the_two_differ_on_purpose(schema, answer, we_take_it):
    findings = Findings()
    check_manifest(answer, findings, loopback_http_is_https=True)
    try:
        valid(schema, answer)
    except SchemaViolation:
        they_take_it = False
    else:
        they_take_it = True
    assert (not findings.refusals, they_take_it) == (we_take_it, not we_take_it)
