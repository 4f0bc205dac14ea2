# SPDX-License-Identifier: Apache-2.0
"""The oracle itself: it takes what Zendesk's examples show, and catches what is wrong on purpose."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from tests.zendesk_schemas import EVENT_SCHEMAS, EXAMPLES, SchemaViolation, requires_schemas, valid, valid_event

pytestmark = requires_schemas

EXAMPLE_SCHEMAS = {
    "docs_push_request.json": "push_parameters",
    "docs_report_error_request.json": "report_channelback_error",
    "synthetic_channelback_response_full.json": "channelback_payload_v2",
    "synthetic_pull_response_full.json": "pull_payload",
    "synthetic_push_request_full.json": "push_parameters",
    "wordpress_channelback_response.json": "channelback_payload_v2",
    "wordpress_pull_response.json": "pull_payload",
}


def example(name: str) -> Any:
    return json.loads((EXAMPLES / name).read_text("utf-8"))


@pytest.mark.parametrize(("name", "schema"), EXAMPLE_SCHEMAS.items())
def test_an_example_of_the_wire_is_valid(name, schema):
    valid(schema, example(name))


def test_every_example_event_is_valid_as_its_own_kind():
    events = example("synthetic_event_callback_all_types.json")["events"]
    assert {event["type_id"] for event in events} == set(EVENT_SCHEMAS)
    for event in events:
        valid_event(event)
        valid("event_callback_any", event)


def test_the_sample_manifest_is_valid_once_its_relative_urls_are_resolved():
    manifest = example("wordpress_manifest.json")
    with pytest.raises(SchemaViolation, match="urls/admin_ui: format"):
        valid("manifest", manifest)
    manifest["urls"] = {key: url.replace("./", "https://svc.example/") for key, url in manifest["urls"].items()}
    valid("manifest", manifest)


BREAK_A_PULL = {
    "state that is an object": (lambda a: a.update(state={}), "state: type"),
    "no list of resources": (lambda a: a.pop("external_resources"), r"\(all\): required"),
    "257 resources": (lambda a: a.update(external_resources=a["external_resources"][:1] * 257), "maxItems"),
    "an empty message": (lambda a: a["external_resources"][0].update(message=""), "0/message: minLength"),
    "a message too long": (lambda a: a["external_resources"][0].update(message="x" * 65536), "0/message: maxLength"),
    "a time in words": (lambda a: a["external_resources"][0].update(created_at="yesterday"), "created_at: format"),
    "a 13th month": (lambda a: a["external_resources"][0].update(created_at="2026-13-01T00:00:00Z"), "format"),
    "an id with a space before": (lambda a: a["external_resources"][0].update(external_id=" a"), "format"),
    "no author id": (lambda a: a["external_resources"][0].update(author={"name": "Bob"}), "0/author: required"),
    "a file without https": (lambda a: a["external_resources"][0].update(file_urls=["http://a/b"]), "file_urls/0"),
    "data that is a text": (
        lambda a: a["external_resources"][0].update(display_info=[{"type": "t", "data": "{}"}]),
        "display_info/0/data: type",
    ),
    "an explicit null": (lambda a: a["external_resources"][0].update(thread_id=None), "thread_id: type"),
    "a field without value": (lambda a: a["external_resources"][0].update(fields=[{"id": "x"}]), "fields/0: required"),
}


@pytest.mark.parametrize(("breaks", "where"), BREAK_A_PULL.values(), ids=BREAK_A_PULL)
def test_a_deliberately_wrong_pull_answer_is_caught(breaks, where):
    answer = copy.deepcopy(example("synthetic_pull_response_full.json"))
    breaks(answer)
    with pytest.raises(SchemaViolation, match=where):
        valid("pull_payload", answer)


def test_what_is_said_beside_a_reference_counts_too():
    event = next(
        e for e in example("synthetic_event_callback_all_types.json")["events"] if e["type_id"] == "channelback"
    )
    del event["data"]["request_id"]
    with pytest.raises(SchemaViolation, match="data: required"):
        valid_event(event)


def test_a_follow_up_without_its_other_ticket_is_caught():
    events = example("synthetic_event_callback_all_types.json")["events"]
    event = next(e for e in events if e["type_id"] == "resources_created_from_external_ids")
    follow_up = next(r for r in event["data"]["resource_events"] if "follow_up_ticket_id" in r)
    del follow_up["follow_up_ticket_id"]
    with pytest.raises(SchemaViolation, match="resource_events/2"):
        valid_event(event)


def test_an_event_of_an_unknown_kind_is_caught():
    with pytest.raises(SchemaViolation, match="type_id"):
        valid_event({"type_id": "ticket_solved"})


def test_a_violation_names_the_place_and_not_the_value():
    with pytest.raises(SchemaViolation) as caught:
        valid("pull_payload", {"external_resources": [], "state": ["canary-secret"]})
    assert "state" in str(caught.value)
    assert "canary" not in str(caught.value)
