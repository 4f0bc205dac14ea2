# SPDX-License-Identifier: Apache-2.0
"""Events: a strict envelope, each event on its own, and kinds of tomorrow are passed on."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_edge.zendesk import BadEvent, BadForm, Event, read_events
from sealock_edge.zendesk.events import KINDS
from tests.zendesk_schemas import EVENT_SCHEMAS, EXAMPLES, requires_schemas


def event(type_id: str = "channelback", data: object = None, **changes) -> dict:
    if data is None:
        data = {"integration_instance_name": "n", "url": "https://svc.example/cb", "request_id": "r"}
    common = {
        "type_id": type_id,
        "timestamp": "2015-09-08T22:48:09Z",
        "subdomain": "demo",
        "integration_name": "Guestbook",
        "integration_id": "org.example.guestbook",
        "data": data,
    }
    return {name: value for name, value in (common | changes).items() if value is not ...}


def read(*events: object) -> list:
    return list(read_events(json.dumps({"events": events}).encode()))


def test_the_ten_kinds_are_those_that_zendesk_has():
    assert set(KINDS) == set(EVENT_SCHEMAS)


@requires_schemas
def test_every_example_event_is_read():
    events = list(read_events((EXAMPLES / "synthetic_event_callback_all_types.json").read_bytes()))
    assert all(isinstance(e, Event) for e in events)
    by_kind = {e.event.type_id: e for e in events}
    assert {e.event.WhichOneof("kind") for e in events} == {
        "integration_created",
        "integration_destroyed",
        "account_created",
        "account_destroyed",
        "account_activated",
        "account_deactivated",
        "user_identity_destroyed",
        "pull_made",
        "channelback_made",
        "resources_created",
    }
    one = by_kind["create_integration_instance"]
    assert one.metadata.startswith('{"instagram_username"')
    assert (one.event.subdomain, one.event.integration_id) == ("example", "com.example.acme")
    assert one.event.event_time.ToJsonString() == "2015-09-08T22:48:09Z"
    assert by_kind["destroy_user_identity"].event.user_identity_destroyed.author_external_id == "bob"
    assert by_kind["pull_request"].event.error == "HTTP 503"
    assert by_kind["channelback"].metadata == ""
    created = by_kind["resources_created_from_external_ids"].event.resources_created
    assert [(e.type_id, e.external_id, e.ticket_id, e.follow_up_ticket_id) for e in created.resource_events] == [
        ("comment_on_new_ticket", "a1", 222, 0),
        ("comment_on_existing_ticket", "a2", 222, 0),
        ("comment_on_follow_up_ticket", "a3", 223, 222),
        ("external_id_associated_with_channelback", "cb1", 222, 0),
    ]


@requires_schemas
def test_duplicates_of_a_pull_are_read_with_and_without_tickets():
    events = list(read_events((EXAMPLES / "synthetic_event_callback_all_types.json").read_bytes()))
    pull = next(e.event.pull_made for e in events if e.event.type_id == "pull_request")
    assert [(d.external_id, d.ticket_id, d.comment_id) for d in pull.duplicates] == [
        ("20151210082200-bob", 35436, 99001),
        ("20151210082300-amy", 0, 0),
    ]


def test_a_kind_of_tomorrow_is_passed_on_by_its_name():
    (one,) = read(event("ticket_solved", data={"metadata": "sealed", "ticket": 1}))
    assert isinstance(one, Event)
    assert one.event.type_id == "ticket_solved"
    assert one.event.WhichOneof("kind") is None
    assert one.metadata == "sealed"


def test_a_resource_event_of_tomorrow_is_passed_on():
    item = {"type_id": "comment_on_merged_ticket", "external_id": "a", "comment_id": 1, "ticket_id": 2.0}
    (one,) = read(event("resources_created_from_external_ids", {"request_id": "r", "resource_events": [item]}))
    assert one.event.resources_created.resource_events[0].type_id == "comment_on_merged_ticket"
    assert one.event.resources_created.resource_events[0].ticket_id == 2


def test_an_empty_list_is_fine():
    assert read() == []


def test_one_bad_event_does_not_spoil_the_others():
    first, second, third = read(event(), event(timestamp=...), event())
    assert isinstance(first, Event)
    assert second == BadEvent(1, "channelback", "event.timestamp is missing")
    assert isinstance(third, Event)


@pytest.mark.parametrize("timestamp", ["yesterday", "2015-09-08 22:48:09 UTC", "", "9" * 40])
def test_a_time_that_cannot_be_read_does_not_cost_the_event(timestamp):
    (one,) = read(event(timestamp=timestamp))
    assert isinstance(one, Event)
    assert not one.event.HasField("event_time")


BAD = {
    "a number": (7, "", "event is not an object"),
    "no kind": (event(type_id=...), "", "event.type_id is missing"),
    "a kind that is a number": (event(type_id=5), "", "event.type_id is not a text"),
    "no data": (event(data=...), "channelback", "event.data is missing"),
    "data that is a list": (event(data=[]), "channelback", "event.data is not an object"),
    "no subdomain": (event(subdomain=...), "channelback", "event.subdomain is missing"),
    "an error that is an object": (event(error={}), "channelback", "event.error is not a text"),
    "an account event without metadata": (
        event("create_integration_instance", data={"x": 1}),
        "create_integration_instance",
        "event.data.metadata is missing",
    ),
    "metadata that is an object": (
        event("destroy_user_identity", data={"author": {"external_id": "a"}, "metadata": {}}),
        "destroy_user_identity",
        "event.data.metadata is not a text",
    ),
    "an author without id": (
        event("destroy_user_identity", data={"author": {"name": "a"}}),
        "destroy_user_identity",
        "event.data.author.external_id is missing",
    ),
    "a ticket that is a text": (
        event(
            "resources_created_from_external_ids",
            data={
                "request_id": "r",
                "resource_events": [{"type_id": "t", "external_id": "a", "comment_id": 1, "ticket_id": "canary"}],
            },
        ),
        "resources_created_from_external_ids",
        "event.data.resource_events[0].ticket_id is not a whole number",
    ),
    "duplicates that are no list": (
        event(
            "pull_request",
            data={"integration_instance_name": "n", "url": "u", "request_id": "r", "duplicate_external_ids": {}},
        ),
        "pull_request",
        "event.data.duplicate_external_ids is not a list",
    ),
    "an unknown kind without data": (event("canary", data=...), "", "event.data is missing"),
}


@pytest.mark.parametrize(("content", "type_id", "problem"), BAD.values(), ids=BAD)
def test_a_bad_event_says_what_is_wrong_and_no_values(content, type_id, problem):
    assert read(content) == [BadEvent(0, type_id, problem)]


@pytest.mark.parametrize("number", [True, 1.5, 2**63, 1e300, "1", []])
def test_what_is_no_whole_number_of_64_bits_is_refused(number):
    item = {"type_id": "t", "external_id": "a", "comment_id": number, "ticket_id": 1}
    (one,) = read(event("resources_created_from_external_ids", {"request_id": "r", "resource_events": [item]}))
    assert isinstance(one, BadEvent)


ENVELOPES = {
    "nothing": (b"", "the body", "is not JSON"),
    "not JSON": (b"{", "the body", "is not JSON"),
    "not UTF-8": (b'{"events": ["\xff"]}', "the body", "is not JSON"),
    "JSON with a number that is none": (b'{"events": [NaN]}', "the body", "is not JSON"),
    "a list": (b"[]", "the body", "is not a JSON object"),
    "an object without events": (b"{}", "events", "is missing"),
    "events that are an object": (b'{"events": {}}', "events", "is not a list"),
    "events that are null": (b'{"events": null}', "events", "is not a list"),
    "1,001 events": (b'{"events": [' + b",".join([b"0"] * 1001) + b"]}", "events", "has more than 1000 events"),
    "nested too deep": (b'{"events": ' + b"[" * 100_000, "the body", "is not JSON"),
}


@pytest.mark.parametrize(("body", "field", "problem"), ENVELOPES.values(), ids=ENVELOPES)
def test_a_bad_envelope_is_refused_whole(body, field, problem):
    with pytest.raises(BadForm) as caught:
        read_events(body)
    assert (caught.value.field, caught.value.problem) == (field, problem)


@requires_schemas
@given(data=st.data())
def test_an_event_spoiled_anywhere_is_read_or_refused_but_never_breaks(data):
    events = json.loads((EXAMPLES / "synthetic_event_callback_all_types.json").read_text("utf-8"))["events"]
    spoiled = copy.deepcopy(data.draw(st.sampled_from(events)))
    place = spoiled
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if isinstance(place[key], dict | list) and place[key] and data.draw(st.booleans()):
            place = place[key]
            continue
        place[key] = data.draw(st.none() | st.booleans() | st.integers() | st.text() | st.just([]) | st.just({}))
        break
    (one,) = read(spoiled)
    assert isinstance(one, Event | BadEvent)
