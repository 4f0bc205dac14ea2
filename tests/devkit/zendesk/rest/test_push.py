# SPDX-License-Identifier: Apache-2.0
"""Pushed resources: what they become, and the result of each."""

from __future__ import annotations

import json

import pytest

from tests.devkit.zendesk.scripted_service import resource
from tests.zendesk_schemas import EXAMPLES, requires_schemas, valid, valid_event


def codes(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [result["status"]["code"] for result in answer.json["results"]]


@pytest.mark.parametrize("path", ["push", "push.json"])
async def test_a_pushed_resource_is_a_ticket_when_the_answer_comes(zendesk, rest, path):
    answer = await rest.call(path, {"external_resources": [resource("p1", "pushed")], "request_id": "r-1"})
    assert answer.json == {"results": [{"external_resource_id": "p1", "status": {"code": "success"}}]}
    (ticket,) = zendesk.tickets()
    (comment,) = zendesk.store.tickets.comments(ticket.id)
    assert (comment.body, comment.external_id) == ("pushed", "p1")


async def test_results_stand_in_the_order_of_the_resources_and_children_follow(zendesk, rest):
    first = await rest.push(resource("p1"), resource("p2", parent_id="p1"), resource("p3", thread_id="t"))
    assert codes(first) == ["success"] * 3
    assert len(zendesk.tickets()) == 2
    again = await rest.push(resource("p2"), resource("p4", thread_id="t"), resource("p1"))
    assert codes(again) == ["already_imported", "success", "already_imported"]
    assert [result["external_resource_id"] for result in again.json["results"]] == ["p2", "p4", "p1"]
    assert (await rest.push()).json == {"results": []}


HALTS = [
    ({}, resource("x", parent_id="gone"), ["success", "could_not_locate_parent_external_resource", "halted"]),
    (
        {"push_halts_after": "processing error"},
        resource("x", parent_id="gone"),
        ["success", "could_not_locate_parent_external_resource", "success"],
    ),
    ({}, resource("x", parent_id="a", thread_id="b"), ["success", "processing_error", "halted"]),
    (
        {"push_halts_after": "processing error"},
        resource("x", parent_id="a", thread_id="b"),
        ["success", "processing_error", "halted"],
    ),
    (
        {"push_invalid_resource": "processing error"},
        resource("x", message=""),
        ["success", "processing_error", "halted"],
    ),
    ({"both_ids": "thread_id"}, resource("x", parent_id="a", thread_id="b"), ["success"] * 3),
]


@pytest.mark.parametrize(("changes", "middle", "expected"), HALTS)
async def test_what_halts_a_push_and_what_does_not(zendesk, rest, changes, middle, expected):
    zendesk.change_settings(changes)
    resources = [resource("p1"), middle, resource("p2")]
    assert codes(await rest.push(*resources)) == expected
    missing = [each["external_id"] for each, code in zip(resources, expected, strict=True) if code != "success"]
    scope = f"account {rest.account.id}"
    assert all(zendesk.store.resources.find(scope, external_id) is None for external_id in missing)


async def test_what_was_halted_can_be_pushed_again(rest):
    lost = resource("x", parent_id="gone")
    assert codes(await rest.push(lost, resource("p1")))[1] == "halted"
    assert codes(await rest.push(resource("gone"), lost, resource("p1"))) == ["success"] * 3


async def test_an_unknown_parent_is_named_whatever_pulls_do_with_it(zendesk, rest):
    assert zendesk.settings.unknown_parent == "new ticket"
    (result,) = (await rest.push(resource("x", parent_id="gone-1"))).json["results"]
    assert result["status"]["description"] == "gone-1"
    assert zendesk.tickets() == []


async def test_pull_and_push_know_each_others_resources(zendesk, service, rest):
    service.resources = [resource("c1"), resource("p1")]
    await rest.push(resource("p1"))
    pulled = await zendesk.pull(rest.account.id)
    assert (pulled.received, pulled.duplicates) == (1, 1)
    assert codes(await rest.push(resource("c1"), resource("p2", parent_id="c1"))) == ["already_imported", "success"]


async def test_what_was_pulled_and_waits_is_converted_before_a_push(zendesk, service, rest):
    service.resources = [resource("c1")]
    await zendesk.puller.pull(rest.account.id)
    assert zendesk.store.resources.waiting_count() == 1
    body = {"instance_push_id": rest.account.instance_push_id, "external_resources": [resource("p1", parent_id="c1")]}
    answer = zendesk.rest.push(f"Bearer {rest.account.access_token}", json.dumps(body).encode())
    assert answer.media["results"][0]["status"] == {"code": "success"}
    assert [ticket.id for ticket in zendesk.tickets()] == [1]


@requires_schemas
async def test_events_tell_what_was_pushed_and_under_which_request(zendesk, service, rest):
    body = {"external_resources": [resource("p1"), resource("p2", parent_id="p1")], "request_id": "r-1"}
    await rest.call("push", body)
    await rest.push(resource("p1"))
    await rest.push(resource("p3"))
    await zendesk.wait_until(zendesk.is_idle)
    events = [each for each in service.events() if each["type_id"] == "resources_created_from_external_ids"]
    for event in events:
        valid_event(event)
    sent = [[(e["type_id"], e["external_id"]) for e in event["data"]["resource_events"]] for event in events]
    assert sent == [
        [("comment_on_new_ticket", "p1"), ("comment_on_existing_ticket", "p2")],
        [("comment_on_new_ticket", "p3")],
    ]
    assert events[0]["data"]["request_id"] == "r-1"
    assert events[1]["data"]["request_id"]


INVALID = [
    ({"external_resources": [resource("a"), resource("b", message="")]}, "external_resources[1].message"),
    ({"external_resources": [7]}, "external_resources[0]"),
    ({"external_resources": {}}, "external_resources"),
    ({}, "external_resources"),
    ({"external_resources": [resource(f"r{n}") for n in range(257)]}, "external_resources"),
    ({"external_resources": [], "request_id": "x" * 65}, "request_id"),
    ({"external_resources": [], "request_id": ""}, "request_id"),
    ({"external_resources": [], "instance_push_id": 7}, "instance_push_id"),
    ({"external_resources": [], "instance_push_id": "x" * 256}, "instance_push_id"),
    ("[]", "the answer"),
    ("{", "the answer"),
    ('{"more": ' + "[" * 900 + "]" * 900 + "}", "the answer"),
    ('{"more": ' + "[" * 120 + "]" * 120 + "}", "the answer"),
    ("", "the answer"),
]


@pytest.mark.parametrize(("body", "path"), INVALID)
async def test_a_body_that_breaks_the_schema_is_refused_whole_and_recorded(zendesk, rest, body, path):
    answer = await rest.call("push", body)
    assert (answer.status_code, answer.json["error"]) == (422, "RecordInvalid")
    assert answer.json["description"].startswith(path.replace("the answer", "the body"))
    (violation, *_) = zendesk.store.violations.all()
    assert (violation.endpoint, violation.account_id) == ("push", rest.account.id)
    assert zendesk.tickets() == []


async def test_what_only_the_documentation_forbids_is_taken_and_recorded(zendesk, rest):
    urls = [f"https://files.example/{number}.png" for number in range(11)]
    assert codes(await rest.push(resource("ä", file_urls=urls))) == ["success"]
    assert {each.source for each in zendesk.store.violations.all()} == {"documented"}


async def test_as_many_as_the_schema_has_are_taken(rest):
    assert codes(await rest.push(*(resource(f"r{n}") for n in range(256)))) == ["success"] * 256


@requires_schemas
@pytest.mark.parametrize("name", ["docs_push_request", "synthetic_push_request_full"])
async def test_the_examples_are_taken(rest, name):
    body = json.loads((EXAMPLES / f"{name}.json").read_text("utf-8"))
    valid("push_parameters", body)
    del body["instance_push_id"]
    answer = await rest.call("push", body)
    assert answer.status_code == 200
    ids = [each["external_id"] for each in body["external_resources"]]
    assert [each["external_resource_id"] for each in answer.json["results"]] == ids


@requires_schemas
async def test_the_documented_pair_is_answered_as_documented(rest):
    body = json.loads((EXAMPLES / "docs_push_request.json").read_text("utf-8"))
    del body["instance_push_id"]
    expected = json.loads((EXAMPLES / "docs_push_response.json").read_text("utf-8"))
    assert (await rest.call("push", body)).json == expected


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("processing error", ["processing_error", "halted", "halted"]),
        ("missing parent", ["could_not_locate_parent_external_resource", "halted", "halted"]),
    ],
)
async def test_a_fault_ends_a_push_s_first_resource_with_a_code_of_its_own(zendesk, rest, fault, expected):
    zendesk.faults.switch_on({"call": "push", "kind": fault})
    given = [resource(each) for each in "abc"]
    assert codes(await rest.push(*given)) == expected
    assert zendesk.tickets() == []
    assert codes(await rest.push(*given)) == ["success"] * 3


async def test_no_parent_halts_nothing_where_the_settings_say_so(zendesk, rest):
    zendesk.change_settings({"push_halts_after": "processing error"})
    zendesk.faults.switch_on({"call": "push", "kind": "missing parent"})
    answer = await rest.push(resource("a"), resource("b"))
    assert codes(answer) == ["could_not_locate_parent_external_resource", "success"]
