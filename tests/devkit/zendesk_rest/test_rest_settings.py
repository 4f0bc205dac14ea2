# SPDX-License-Identifier: Apache-2.0
"""What is not known about the REST API: each setting's values, and what each does."""

from __future__ import annotations

import pytest

from tests.devkit.zendesk.scripted_service import resource


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
