# SPDX-License-Identifier: Apache-2.0
"""Calls of the REST API: reported errors, the settings that decide, and what the network does to them."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.devkit.zendesk.scripted_service import CHANNELBACK, resource
from tests.zendesk_schemas import EXAMPLES, requires_schemas, valid

REPORT = "channelback/report_error"


@pytest.fixture
async def reply(zendesk, service, rest):
    await rest.push(resource("p1"))
    return await zendesk.settled(zendesk.reply(zendesk.tickets()[0].id, "answer"))


@pytest.mark.parametrize(
    ("more", "shown"),
    [({"description": "HTML is not supported"}, "HTML is not supported"), ({}, "the origin could not keep it")],
)
async def test_the_agent_reads_why_a_delivered_reply_failed(zendesk, rest, reply, more, shown):
    assert reply.status == "delivered"
    answer = await rest.call(REPORT, {"external_id": reply.external_id, **more})
    assert (answer.status_code, answer.text) == (200, "null")
    after = zendesk.store.replies.get(reply.id)
    assert (after.status, after.problem, after.external_id) == ("failed", shown, reply.external_id)
    assert zendesk.store.tickets.comment(reply.comment_id).problem == shown


@pytest.mark.parametrize(("setting", "status"), [("refused", 404), ("ignored", 200)])
async def test_what_an_unknown_id_does_is_a_setting(zendesk, rest, reply, setting, status):
    zendesk.change_settings({"report_unknown_id": setting})
    for external_id in ("nothing", "p1"):
        assert (await rest.call(REPORT, {"external_id": external_id})).status_code == status
    assert zendesk.store.replies.get(reply.id).status == "delivered"


async def test_another_accounts_reply_cannot_be_reported(zendesk, service, rest, reply):
    service.good_answers["Site"] = "https://other.example"
    other = await zendesk.add_account(zendesk.store.integrations.all()[0], [service.good_answers])
    answer = await rest.call(REPORT, {"external_id": reply.external_id}, account=other)
    assert answer.status_code == 404
    assert zendesk.store.replies.get(reply.id).status == "delivered"


INVALID = [
    ({}, "external_id"),
    ({"external_id": " x"}, "external_id"),
    ({"external_id": "x" * 256}, "external_id"),
    ({"external_id": "x", "description": "d" * 512}, "description"),
    ({"external_id": "x", "request_id": 7}, "request_id"),
]


@pytest.mark.parametrize(("body", "path"), INVALID)
async def test_a_report_that_breaks_the_schema_is_refused(zendesk, rest, body, path):
    answer = await rest.call(REPORT, body)
    assert (answer.status_code, answer.json["description"].partition(":")[0]) == (422, path)
    assert zendesk.store.violations.all()[0].path == path


@requires_schemas
async def test_the_example_is_taken(rest, zendesk):
    body = json.loads((EXAMPLES / "docs_report_error_request.json").read_text("utf-8"))
    valid("report_channelback_error", body)
    del body["instance_push_id"]
    zendesk.change_settings({"report_unknown_id": "ignored"})
    assert (await rest.call(REPORT, body)).text == "null"


def codes(answer) -> list[str]:
    return [result["status"]["code"] for result in answer.json["results"]]


@pytest.mark.parametrize("path", ["push", "validate_token", "channelback/report_error"])
async def test_whether_tokens_are_still_accepted(zendesk, rest, path):
    body = {"external_resources": [], "external_id": "x"}
    assert (await rest.call(path, body)).status_code != 401
    zendesk.change_settings({"access_tokens": "ended"})
    answer = await rest.call(path, body)
    assert (answer.status_code, answer.json["description"]) == (401, "the access token has ended")


async def test_what_stands_for_a_pushs_missing_request_id(zendesk, service, rest):
    await rest.push(resource("p1"))
    zendesk.change_settings({"push_without_request_id": "empty"})
    await rest.push(resource("p2"))
    await rest.call("push", {"external_resources": [resource("p3")], "request_id": "r-1"})
    await zendesk.wait_until(zendesk.is_idle)
    events = [each for each in service.events() if each["type_id"] == "resources_created_from_external_ids"]
    generated, *others = [event["data"]["request_id"] for event in events]
    assert (len(generated) > 8, others) == (True, ["", "r-1"])


async def test_whether_a_too_long_description_is_cut(zendesk, rest):
    await rest.push(resource("c1"))
    await zendesk.settled(zendesk.reply(1, "answer"))
    body = {"external_id": "reply-1", "description": "x" * 512}
    assert (await rest.call("channelback/report_error", body)).status_code == 422
    zendesk.change_settings({"report_too_long": "cut"})
    assert (await rest.call("channelback/report_error", body)).status_code == 200
    assert zendesk.store.replies.all()[0].problem == "x" * 511
    assert [each.path for each in zendesk.store.violations.all()] == ["description", "description"]
    assert (await rest.call("channelback/report_error", {**body, "description": 7})).status_code == 422


FIELD = {"id": "status", "value": "weird"}
FIELDS = [("error in pushes", "processing_error"), ("error", "processing_error"), ("left out", "success")]


@pytest.mark.parametrize(("setting", "code"), FIELDS)
async def test_what_a_ticket_field_that_cannot_be_does_to_a_pushed_resource(zendesk, rest, setting, code):
    zendesk.change_settings({"bad_field": setting})
    answer = await rest.push(resource("p1", fields=[FIELD]))
    assert codes(answer) == [code]
    assert [ticket.status for ticket in zendesk.tickets()] == ([] if code == "processing_error" else ["new"])


async def test_the_most_of_a_push_and_what_only_the_documentation_forbids_are_settings_here_too(zendesk, rest):
    files = [f"https://files.example/{number}" for number in range(11)]
    assert codes(await rest.push(resource("p1", file_urls=files))) == ["success"]
    zendesk.change_settings({"documented_rules": "refused"})
    assert (await rest.push(resource("p2", file_urls=files))).status_code == 422
    zendesk.change_settings({"resources_refused_above": 1})
    assert (await rest.push(resource("p3"), resource("p4"))).status_code == 422
    assert codes(await rest.push(resource("p5"))) == ["success"]


async def test_a_relative_file_of_a_push_is_fetched_from_the_manifests_folder(zendesk, service, rest):
    assert (await rest.push(resource("p1", file_urls=["files/a.png"]))).status_code == 422
    zendesk.change_settings({"relative_file_urls": "resolved"})
    assert codes(await rest.push(resource("p1", file_urls=["files/a.png"]))) == ["success"]
    await zendesk.wait_until(zendesk.is_idle)
    assert len(service.calls("/files/a.png")) == 1


CALLS = {
    "push": ("push", {"external_resources": [resource("p1")]}),
    "validate_token": ("validate_token", {}),
    "report_error": ("channelback/report_error", {"external_id": "reply-1"}),
}


@pytest.fixture
async def replied(zendesk, service, rest):
    """A delivered reply with a file."""
    await rest.push(resource("c1"))
    await zendesk.settled(zendesk.reply(1, "answer"))


@pytest.mark.parametrize("kind", CALLS)
@pytest.mark.parametrize(("fault", "status"), [("lose answer", 504), ("drop", 502), ("delay", 200)])
async def test_a_fault_hits_a_call_of_the_service(zendesk, rest, replied, kind, fault, status):
    seconds = 0.2 if fault == "delay" else 0
    zendesk.faults.switch_on({"call": kind, "kind": fault, "seconds": seconds})
    started = asyncio.get_running_loop().time()
    answer = await rest.call(*CALLS[kind])
    assert (answer.status_code, asyncio.get_running_loop().time() - started >= seconds) == (status, True)
    (call,) = [each for each in zendesk.store.calls.all(kind=kind) if each.fault]
    problems = {"lose answer": "answer lost", "drop": "the call was dropped", "delay": ""}
    assert (call.fault, call.problem) == (fault, problems[fault])
    done = {
        "push": len(zendesk.tickets()) == 2,
        "report_error": zendesk.store.replies.count("failed") == 1,
        "validate_token": fault != "drop",
    }
    assert done[kind] == (fault != "drop"), "what was answered in vain was done"
    assert (await rest.call(*CALLS[kind])).status_code == 200


@pytest.mark.parametrize("kind", CALLS)
@pytest.mark.parametrize(("seconds", "asked_for"), [(0, "60"), (7, "7"), (0.5, "1")])
async def test_a_busy_zendesk_does_nothing_and_says_when_to_come_again(
    zendesk, rest, replied, kind, seconds, asked_for
):
    zendesk.faults.switch_on({"call": kind, "kind": "busy", "seconds": seconds})
    answer = await rest.call(*CALLS[kind])
    assert (answer.status_code, answer.headers["retry-after"]) == (429, asked_for)
    assert len(zendesk.tickets()) == 1
    assert zendesk.store.replies.count("failed") == 0
    assert (await rest.call(*CALLS[kind])).status_code == 200


async def test_a_push_that_is_repeated_because_its_answer_was_lost_brings_nothing_twice(zendesk, rest):
    zendesk.faults.switch_on({"call": "push", "kind": "lose answer"})
    assert (await rest.push(resource("p1"))).status_code == 504
    again = await rest.push(resource("p1"))
    assert again.json["results"][0]["status"] == {"code": "already_imported"}
    assert len(zendesk.tickets()) == 1


@pytest.mark.parametrize(("fault", "status"), [("lose answer", 504), ("drop", 502), ("busy", 429), ("delay", 200)])
async def test_a_fault_hits_a_file_that_the_service_fetches(zendesk, service, rest, fault, status):
    from sealock_devkit.zendesk.engine.files import NewFile

    service.manifest["channelback_files"] = True
    await zendesk.installer.read_again(rest.account.integration_id)
    await rest.push(resource("c1"))
    await zendesk.settled(zendesk.reply(1, "answer", files=[NewFile("a.txt", "text/plain", b"a")]))
    zendesk.faults.switch_on({"call": "attachment", "kind": fault, "seconds": 0.01})
    path = service.calls(CHANNELBACK)[0]["file_urls[]"].partition(".com")[2]
    for expected in (status, 200):
        answer = await rest.conductor.simulate_get(path.partition("?")[0], host="127.0.0.1")
        assert answer.status_code == expected
    assert [call.fault for call in zendesk.store.calls.all(kind="attachment")] == [fault, ""]
