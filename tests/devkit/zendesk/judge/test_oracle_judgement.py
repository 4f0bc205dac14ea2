# SPDX-License-Identifier: Apache-2.0
"""Zendesk's schemas and our own limits refuse the same: valid answers of any shape, and one step away from them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from sealock_devkit.zendesk.judge import (
    Findings,
    check_channelback_answer,
    check_external_resource,
    check_manifest,
    check_pull_answer,
)
from sealock_devkit.zendesk.rest.rest_api import check_push_frame, check_reported_error
from tests.zendesk_schemas import SchemaViolation, requires_schemas, valid

INSTANTS = st.sampled_from(["2015-09-08T22:48:09Z", "2026-01-02T03:04:05.123+05:30", "2024-02-29t23:59:59z"])
URLS = st.sampled_from(
    ["https://s.example/a", "https://s.example:8443/a?b=c#d", "https://[::1]/x", "https://s/" + "x" * 490]
)
IDS = st.one_of(
    st.sampled_from(["a", "x" * 255, "a b", "é", "0"]), st.text(min_size=1, max_size=6).map(lambda t: f"i{t}i")
)
TEXTS = st.one_of(st.sampled_from([" ", "hello", "x" * 255]), st.text(min_size=1, max_size=8))
ANY = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.just([1]), st.just({"a": 1}))
FIELDS = st.lists(st.fixed_dictionaries({"id": st.one_of(TEXTS, st.integers()), "value": ANY}), max_size=2)


def some(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with all of the required keys and any of the others."""
    return st.fixed_dictionaries(required, optional=optional)


AUTHORS = some({"external_id": IDS}, {"name": TEXTS, "image_url": URLS, "locale": TEXTS, "fields": FIELDS})
INFOS = st.lists(some({"type": TEXTS, "data": st.just({"a": [1]})}, {}), max_size=2)
RESOURCES = some(
    {"external_id": IDS, "message": TEXTS, "created_at": INSTANTS, "author": AUTHORS},
    {
        "html_message": TEXTS,
        "parent_id": IDS,
        "thread_id": IDS,
        "allow_channelback": st.booleans(),
        "internal_note": st.booleans(),
        "display_info": INFOS,
        "fields": FIELDS,
        "file_urls": st.lists(URLS, max_size=2),
        "unknown": ANY,
    },
)
KEPT = st.sampled_from(["", "s", "x" * 5_000])
PULLS = some(
    {"external_resources": st.lists(RESOURCES, max_size=2)},
    {"state": KEPT, "metadata": KEPT, "metadata_needs_update": st.booleans(), "unknown": ANY},
)
CHANNELBACKS = some(
    {"external_id": IDS},
    {"allow_channelback": st.booleans(), "metadata_needs_update": st.booleans(), "metadata": KEPT, "unknown": ANY},
)
URL_KEYS = ("pull_url", "channelback_url", "clickthrough_url", "healthcheck_url", "event_callback_url", "about_url")
MANIFESTS = some(
    {
        "name": TEXTS,
        "id": st.sampled_from(["i", "x" * 511]),
        "urls": some({"admin_ui": URLS}, {**dict.fromkeys(URL_KEYS, URLS), "dashboard_url": URLS}),
    },
    {
        "version": TEXTS,
        "author": TEXTS,
        "push_client_id": st.sampled_from(["p", "x" * 127, "x" * 128]),
        "channelback_files": st.booleans(),
        "create_followup_tickets": st.booleans(),
        "unknown": ANY,
    },
)
PUSHES = some(
    {"instance_push_id": TEXTS, "external_resources": st.lists(RESOURCES, max_size=2)},
    {"request_id": st.sampled_from(["r", "x" * 64]), "unknown": ANY},
)
REPORTS = some(
    {"instance_push_id": TEXTS, "external_id": IDS},
    {"request_id": st.sampled_from(["r", "x" * 64]), "description": st.sampled_from(["", "d", "x" * 511])},
)

LENGTHS = (0, 1, 64, 65, 127, 128, 129, 255, 256, 511, 512, 5_000, 5_001, 65_535, 65_536)
COUNTS = (0, 1, 10, 11, 16, 17, 64, 65, 200, 201, 256, 257)


def places(value: Any, path: tuple = ()) -> list[tuple]:
    """The path of every value inside another one."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [] if not path else [path]
    for key, item in inside:
        found += places(item, (*path, key))
    return found


def _others(value: Any) -> list[Any]:
    """What may stand in a value's place: other types, and the borders of its own."""
    found: list[Any] = [None, True, 0, 7, 1.5, "", "text", "2026-02-30T00:00:00Z", "http://s.example/", [], {}, [None]]
    if isinstance(value, str):
        found += [f" {value}", f"{value}\n", f"{value}\u00a0", f"{value}\u00e9", value.upper(), value[:-1]]
        found += ["x" * length for length in LENGTHS]
        found += [f"https://s.example/{'x' * (length - 18)}" for length in LENGTHS[5:]]
    if isinstance(value, list):
        found += [value[:1] * count for count in COUNTS if value]
        found += [[*value, None], [*value, "text"]]
    return found


def changed(answer: Any, path: tuple, *value: Any) -> Any:
    """A copy with the value at a path replaced, or taken away."""
    result = copy.deepcopy(answer)
    holder = result
    for step in path[:-1]:
        holder = holder[step]
    if value:
        holder[path[-1]] = value[0]
    else:
        del holder[path[-1]]
    return result


def every_step_away(answer: Any) -> Iterator[Any]:
    """Each answer that is one step away from this one."""
    for path in places(answer):
        yield changed(answer, path)
        value = answer
        for step in path:
            value = value[step]
        for other in _others(value):
            yield changed(answer, path, other)


@st.composite
def one_step_away(draw, valid: st.SearchStrategy[Any]) -> Any:
    """A valid answer in which one value was taken away, replaced or repeated."""
    answer = draw(valid)
    path = draw(st.sampled_from(places(answer)))
    value = answer
    for step in path:
        value = value[step]
    if draw(st.integers(0, 4)) == 0:
        return changed(answer, path)
    return changed(answer, path, draw(st.sampled_from(_others(value))))


FULL_RESOURCE = {
    "external_id": "c1",
    "message": "hello",
    "html_message": "<p>hello</p>",
    "created_at": "2026-01-02T03:04:05Z",
    "parent_id": "c0",
    "allow_channelback": True,
    "internal_note": False,
    "author": {
        "external_id": "ann",
        "name": "Ann",
        "image_url": "https://a.example/a.png",
        "locale": "de",
        "fields": [{"id": "notes", "value": "a"}],
    },
    "display_info": [{"type": "guid", "data": {"a": 1}}],
    "fields": [{"id": "subject", "value": "s"}],
    "file_urls": ["https://f.example/a.png"],
}
FULL_PULL = {
    "external_resources": [FULL_RESOURCE, {**FULL_RESOURCE, "external_id": "c2", "thread_id": "t"}],
    "state": "s",
    "metadata": "m",
    "metadata_needs_update": False,
}
FULL_CHANNELBACK = {"external_id": "r", "allow_channelback": True, "metadata_needs_update": False, "metadata": "m"}
FULL_MANIFEST = {
    "name": "n",
    "id": "i",
    "version": "1",
    "author": "a",
    "push_client_id": "p",
    "channelback_files": True,
    "create_followup_tickets": False,
    "urls": {key: f"https://s.example/{key}" for key in ("admin_ui", *URL_KEYS, "dashboard_url")},
}
FULL_PUSH = {"instance_push_id": "p", "request_id": "r", "external_resources": [FULL_RESOURCE]}
FULL_REPORT = {"instance_push_id": "p", "request_id": "r", "external_id": "e", "description": "d"}


pytestmark = requires_schemas
thorough = hypothesis_settings(suppress_health_check=[HealthCheck.too_slow])

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
