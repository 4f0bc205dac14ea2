# SPDX-License-Identifier: Apache-2.0
"""Replies that failed after they were delivered."""

from __future__ import annotations

import json

import pytest

from tests.devkit.zendesk.scripted_service import resource
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
