# SPDX-License-Identifier: Apache-2.0
"""Whatever a connector says, what leaves for Zendesk is valid against its own schemas."""

from __future__ import annotations

import copy
import json
from typing import Any

import orjson
import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Value
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sealock.connector.v1.external_resource_pb2 import ExternalResource
from sealock.connector.v1.pull_pb2 import PullResponse
from sealock_edge.zendesk import ResourceLinks, Sealed, pull_answer
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


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ids = st.sampled_from(["a", "b", "c", "d", "", " a", "ä", "x" * 255, "x" * 256]) | texts
urls = (
    st.sampled_from(["https://a.example/x", "http://a.example", "javascript:x", "https://a.example/" + "é" * 200])
    | texts
)
long_texts = texts | st.integers(65_500, 65_600).map(lambda n: "a b" * (n // 3) + "xyz"[: n % 3])
json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


no_numbers = st.sampled_from([float("nan"), float("inf")]).map(lambda number: Value(number_value=number))
values = json_values.map(lambda content: ParseDict(content, Value())) | no_numbers | st.just(Value())
fields = st.lists(st.fixed_dictionaries({"id": ids, "value": values}), max_size=4)


@st.composite
def resources(draw) -> ExternalResource:
    optional = {
        "html_message": long_texts,
        "allow_channelback": st.booleans(),
        "internal_note": st.booleans(),
        "fields": fields,
        "files": st.lists(
            st.fixed_dictionaries({"name": texts}, optional={"url": urls})
            | st.fixed_dictionaries({"name": texts, "reference": texts}),
            max_size=14,
        ),
    }
    author = {"name": texts | st.just("n" * 300), "image_url": urls, "locale": texts, "fields": fields}
    seconds = st.just(1_700_000_000) | st.integers(-(2**62), 2**62)
    given_fields = draw(
        st.fixed_dictionaries(
            {
                "external_id": ids,
                "message": long_texts,
                "author": st.fixed_dictionaries({"external_id": ids}, optional=author),
                "create_time": st.fixed_dictionaries({"seconds": seconds, "nanos": st.integers(-1, 10**9)}),
            },
            optional=optional,
        )
    )
    conversation = draw(st.sampled_from(["", "parent_id", "thread_id"]))
    if conversation:
        given_fields[conversation] = draw(ids)
    made = ExternalResource(**given_fields)
    for kind in draw(st.lists(ids, max_size=2)):
        entry = made.display_info.add(type=kind)
        entry.data.update(draw(st.dictionaries(texts, json_values, max_size=2)))
    return made


def link(resource: ExternalResource, file: object) -> str:
    return f"https://channels.example/files/{len(resource.external_id)}"


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(page=st.lists(resources(), max_size=5), clickthrough=st.booleans(), opens_files=st.booleans())
def test_every_page_that_leaves_is_valid(page, clickthrough, opens_files):
    links = ResourceLinks(clickthrough=clickthrough, file_link=link if opens_files else None)
    # As it comes from the wire.
    response = PullResponse.FromString(PullResponse(resources=page).SerializeToString())
    answer = pull_answer(response, links, Sealed("sealed"))
    body = orjson.loads(orjson.dumps(answer.body))
    valid("pull_payload", body)
    assert answer.answered + len(answer.set_aside) + answer.duplicates == len(page)
    for resource in body["external_resources"]:
        documented_limits_hold(resource)


def documented_limits_hold(resource: dict) -> None:
    """What the documents say beyond the schemas."""
    author = resource["author"]
    for external_id in (resource["external_id"], author["external_id"]):
        assert external_id.isascii()
    assert not {"parent_id", "thread_id"} <= set(resource)
    assert len(resource.get("file_urls", [])) <= 10
    assert len(author.get("image_url", "")) <= 255
    assert resource["message"].strip()
    assert "\x00" not in resource["message"]
