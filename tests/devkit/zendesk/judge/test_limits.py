# SPDX-License-Identifier: Apache-2.0
"""Both sets of limits: every rule has an example that breaks it, and Zendesk's schemas agree with our own checks."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_devkit.zendesk.judge import (
    Findings,
    check_channelback_answer,
    check_manifest,
    check_pull_answer,
    check_return_form,
)
from sealock_devkit.zendesk.urls import is_service_url
from tests.devkit.zendesk.scripted_service import resource
from tests.zendesk_schemas import SchemaViolation, requires_schemas, valid

FULL = resource(
    "c1",
    html_message="<p>hello</p>",
    thread_id="t1",
    allow_channelback=True,
    internal_note=False,
    author={"external_id": "ann", "name": "Ann", "image_url": "https://a.example/a.png", "locale": "de", "fields": []},
    display_info=[{"type": "guid", "data": {"a": 1}}],
    fields=[{"id": "subject", "value": "s"}, {"id": 7, "value": None}],
    file_urls=["https://f.example/a.png"],
)
MANIFEST = {
    "name": "n",
    "id": "i",
    "version": "1",
    "author": "a",
    "push_client_id": "p",
    "channelback_files": True,
    "create_followup_tickets": False,
    "urls": {"admin_ui": "https://s.example/admin", "pull_url": "https://s.example/pull"},
}
CHANNELBACK = {"external_id": "r1", "allow_channelback": True, "metadata_needs_update": False, "metadata": "m"}
ABSENT = object()


def changed(base: dict, path: str, value: object) -> dict:
    """A copy of `base` with the value at a dotted path replaced, or taken away."""
    result = copy.deepcopy(base)
    *way, last = path.split(".")
    holder = result
    for step in way:
        holder = holder[int(step)] if isinstance(holder, list) else holder[step]
    if value is ABSENT:
        del holder[last]
    else:
        holder[int(last) if isinstance(holder, list) else last] = value
    return result


def found(check, instance, **options) -> list[tuple[str, str]]:
    findings = Findings()
    check(instance, findings, **options)
    return [(finding.path, finding.source) for finding in findings]


RESOURCE_BREAKS = [
    ("external_id", ABSENT, "schema"),
    ("external_id", "", "schema"),
    ("external_id", 7, "schema"),
    ("external_id", "x" * 256, "schema"),
    ("external_id", " x", "schema"),
    ("external_id", "x\n", "schema"),
    ("external_id", "é", "documented"),
    ("message", ABSENT, "schema"),
    ("message", "", "schema"),
    ("message", "x" * 65_536, "schema"),
    ("html_message", "", "schema"),
    ("html_message", "x" * 65_536, "schema"),
    ("created_at", ABSENT, "schema"),
    ("created_at", "yesterday", "schema"),
    ("created_at", "2026-02-30T00:00:00Z", "schema"),
    ("created_at", "2026-02-03 00:00:00Z", "schema"),
    ("created_at", 1_767_323_045, "schema"),
    ("thread_id", "", "schema"),
    ("thread_id", "x" * 256, "schema"),
    ("thread_id", "x ", "schema"),
    ("thread_id", None, "schema"),
    ("allow_channelback", "yes", "schema"),
    ("internal_note", 1, "schema"),
    ("author", ABSENT, "schema"),
    ("author", "ann", "schema"),
    ("author.external_id", ABSENT, "schema"),
    ("author.external_id", "x" * 256, "schema"),
    ("author.external_id", "ü", "documented"),
    ("author.name", "", "schema"),
    ("author.name", "x" * 256, "schema"),
    ("author.image_url", "http://a.example/a.png", "advice"),
    ("author.image_url", "https://a.example/" + "x" * 238, "documented"),
    ("author.image_url", "https://a.example/" + "x" * 494, "schema"),
    ("author.locale", "x" * 256, "schema"),
    ("author.fields", [{"id": "notes", "value": 1}] * 65, "schema"),
    ("author.fields", [{"id": "notes"}], "schema"),
    ("display_info", {}, "schema"),
    ("display_info", [{"type": "t", "data": {}}] * 17, "schema"),
    ("display_info", ["x"], "schema"),
    ("display_info.0.type", ABSENT, "schema"),
    ("display_info.0.type", "x" * 256, "schema"),
    ("display_info.0.data", ABSENT, "schema"),
    ("display_info.0.data", '{"a": 1}', "schema"),
    ("fields", [{"id": "subject", "value": "s"}] * 65, "schema"),
    ("fields", [{"value": "s"}], "schema"),
    ("fields", [{"id": "", "value": "s"}], "schema"),
    ("fields", [{"id": True, "value": "s"}], "schema"),
    ("fields", [{"id": "x" * 256, "value": "s"}], "schema"),
    ("fields", ["x"], "schema"),
    ("file_urls", "https://f.example/a.png", "schema"),
    ("file_urls", ["https://f.example/a.png"] * 11, "documented"),
    ("file_urls", ["https://f.example/a.png"] * 65, "schema"),
    ("file_urls", ["http://f.example/a.png"], "schema"),
    ("file_urls", ["a.png"], "schema"),
    ("file_urls", ["https://f.example/" + "x" * 511], "schema"),
    ("file_urls", [7], "schema"),
]


def agrees(name: str, instance: object, source: str) -> None:
    """What our check refuses the schema refuses, and the other way round."""
    if source == "schema":
        with pytest.raises(SchemaViolation):
            valid(name, instance)
    else:
        valid(name, instance)


@requires_schemas
@pytest.mark.parametrize(("path", "value", "source"), RESOURCE_BREAKS)
def test_every_rule_for_a_resource_is_broken_by_its_example(path, value, source):
    answer = {"external_resources": [changed(FULL, path, value)]}
    findings = found(check_pull_answer, answer, loopback_http_is_https=True)
    assert {kind for _, kind in findings} == {source}
    where = path.replace(".0.", "[0].").replace(".0", "[0]")
    assert all(path.startswith(f"external_resources[0].{where}") for path, _ in findings)
    agrees("pull_payload", answer, source)


@requires_schemas
def test_a_full_resource_breaks_no_rule():
    answer = {"external_resources": [FULL], "state": "", "metadata": "x" * 5_000, "metadata_needs_update": True}
    assert found(check_pull_answer, answer, loopback_http_is_https=False) == []
    valid("pull_payload", answer)


PULL_BREAKS = [
    ([], "", "schema"),
    ({}, "external_resources", "schema"),
    ({"external_resources": {}}, "external_resources", "schema"),
    ({"external_resources": [7]}, "external_resources[0]", "schema"),
    ({"external_resources": [], "state": {}}, "state", "schema"),
    ({"external_resources": [], "state": "x" * 5_001}, "state", "schema"),
    ({"external_resources": [], "metadata": None}, "metadata", "schema"),
    ({"external_resources": [], "metadata": "x" * 5_001}, "metadata", "schema"),
    ({"external_resources": [], "metadata_needs_update": "true"}, "metadata_needs_update", "schema"),
    ({"external_resources": [resource(f"c{n}") for n in range(257)]}, "external_resources", "schema"),
    ({"external_resources": [resource(f"c{n}") for n in range(201)]}, "external_resources", "documented"),
    ({"external_resources": [resource("c1", parent_id="p", thread_id="t")]}, "external_resources[0]", "documented"),
    ({"external_resources": [resource("c1"), resource("c1")]}, "external_resources[1].external_id", "advice"),
    (
        {"external_resources": [resource("c2", parent_id="c1"), resource("c1")]},
        "external_resources[0].parent_id",
        "advice",
    ),
]


@requires_schemas
@pytest.mark.parametrize(("answer", "path", "source"), PULL_BREAKS)
def test_every_rule_for_a_pull_answer_is_broken_by_its_example(answer, path, source):
    assert found(check_pull_answer, answer, loopback_http_is_https=True) == [(path, source)]
    agrees("pull_payload", answer, source)


CHANNELBACK_BREAKS = [
    ("external_id", ABSENT, "schema"),
    ("external_id", "", "schema"),
    ("external_id", "x" * 256, "schema"),
    ("external_id", " x", "schema"),
    ("external_id", "é", "documented"),
    ("allow_channelback", None, "schema"),
    ("metadata_needs_update", 0, "schema"),
    ("metadata", "x" * 5_001, "schema"),
]


@requires_schemas
@pytest.mark.parametrize(("path", "value", "source"), CHANNELBACK_BREAKS)
def test_every_rule_for_a_channelback_answer_is_broken_by_its_example(path, value, source):
    answer = changed(CHANNELBACK, path, value)
    assert found(check_channelback_answer, answer) == [(path, source)]
    agrees("channelback_payload_v2", answer, source)


MANIFEST_BREAKS = [
    ("name", ABSENT, "schema"),
    ("name", "", "schema"),
    ("name", "x" * 256, "schema"),
    ("id", ABSENT, "schema"),
    ("id", "x" * 512, "schema"),
    ("version", "", "schema"),
    ("version", 1, "schema"),
    ("author", {"name": "a"}, "schema"),
    ("push_client_id", "x" * 128, "documented"),
    ("push_client_id", "x" * 129, "schema"),
    ("channelback_files", "true", "schema"),
    ("create_followup_tickets", None, "schema"),
    ("urls", ABSENT, "schema"),
    ("urls", [], "schema"),
    ("urls.admin_ui", ABSENT, "schema"),
    ("urls.pull_url", "http://s.example/pull", "schema"),
    ("urls.pull_url", "./pull", "schema"),
    ("urls.pull_url", "https://s.example/" + "x" * 511, "schema"),
    ("urls.pull_url", "https://s.example/a b", "schema"),
    ("urls.pull_url", 7, "schema"),
]


@requires_schemas
@pytest.mark.parametrize(("path", "value", "source"), MANIFEST_BREAKS)
def test_every_rule_for_a_manifest_is_broken_by_its_example(path, value, source):
    manifest = changed(MANIFEST, path, value)
    assert found(check_manifest, manifest, loopback_http_is_https=True) == [(path, source)]
    agrees("manifest", manifest, source)


@pytest.mark.parametrize(
    ("fields", "paths"),
    [
        ({"name": "n", "metadata": "m"}, []),
        ({"name": "n", "metadata": "m", "state": ""}, []),
        ({"metadata": "m"}, ["name"]),
        ({"name": "", "metadata": "m"}, ["name"]),
        ({"name": "n"}, ["metadata"]),
        ({"name": "x" * 256, "metadata": "m"}, ["name"]),
        ({"name": "n", "metadata": "x" * 5_001}, ["metadata"]),
        ({"name": "n", "metadata": "m", "state": "x" * 5_001}, ["state"]),
    ],
)
def test_every_rule_for_the_return_form_is_broken_by_its_example(fields, paths):
    assert found(check_return_form, fields) == [(path, "protocol") for path in paths]


@pytest.mark.parametrize(
    ("url", "strictly", "loosely"),
    [
        ("https://s.example/x", True, True),
        ("http://127.0.0.1:8080/x", False, True),
        ("http://localhost/x", False, True),
        ("http://[::1]:8080/x", False, True),
        ("http://s.example/x", False, False),
        ("http://127.0.0.1.s.example/x", False, False),
        ("http://localhost.s.example/x", False, False),
        ("ftp://127.0.0.1/x", False, False),
        ("https://s.example:port/x", False, False),
        ("https://[::1/x", False, False),
        ("https:///x", False, False),
        ("javascript:alert(1)", False, False),
        ("", False, False),
    ],
)
def test_plain_http_counts_as_https_on_this_machine_only(url, strictly, loosely):
    assert is_service_url(url, loopback_http_is_https=False) is strictly
    assert is_service_url(url, loopback_http_is_https=True) is loosely


def test_findings_measure_a_value_and_never_repeat_it():
    findings = Findings()
    answer = {"external_resources": [], "metadata": "canary-secret" * 1_000, "state": {"canary-secret": 1}}
    check_pull_answer(answer, findings, loopback_http_is_https=True)
    assert len(findings) == 2
    assert "canary" not in " ".join(f"{finding} {finding!r}" for finding in findings)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=5),
    st.sampled_from(["", " x", "x" * 255, "x" * 256, "x" * 512, "2026-01-01T00:00:00Z", "https://a.example/"]),
    st.lists(st.one_of(st.text(max_size=3), st.just({"id": 1, "value": 2}), st.just({"type": "t", "data": {}}))),
    st.dictionaries(st.sampled_from(["external_id", "name", "id", "type"]), st.text(max_size=3)),
)
PLACES = [*FULL, "author.name", "author.external_id", "author.fields", "fields.0", "display_info.0", "fields.0.id"]


@requires_schemas
@given(st.lists(st.tuples(st.sampled_from(PLACES), VALUES), min_size=1, max_size=2, unique_by=lambda pair: pair[0]))
def test_our_checks_refuse_exactly_what_the_schemas_refuse(changes):
    broken = FULL
    for path, value in changes:
        try:
            broken = changed(broken, path, value)
        except (TypeError, KeyError, IndexError, ValueError):
            continue  # an earlier change took the place away
    answer = {"external_resources": [broken]}
    ours = any(source == "schema" for _, source in found(check_pull_answer, answer, loopback_http_is_https=False))
    try:
        valid("pull_payload", answer)
    except SchemaViolation:
        theirs = True
    else:
        theirs = False
    assert ours == theirs
