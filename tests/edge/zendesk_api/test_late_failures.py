# SPDX-License-Identifier: Apache-2.0
"""Replies that failed after their answer: their agents learn of it, with or without Zendesk's API."""

from __future__ import annotations

import json

import pytest

from sealock.connector.v1.pull_pb2 import FailedReply, PullResponse
from tests.connector.loopback_http import Answer, site
from tests.edge.edge_under_test import add_key, build, settings, under_test
from tests.edge.endpoints.test_pull import resource
from tests.edge.zendesk_api.scripted_zendesk import REPORT

FAILED = FailedReply(external_id="reply-1", message_for_agent="The comment was removed.")


@pytest.fixture
async def zendesk():
    answers: list[Answer] = []
    async with site(lambda _: answers.pop(0) if answers else Answer(200, b"null")) as there:
        there.answers = answers
        yield there


@pytest.fixture
async def edge(zendesk, connector, tmp_path, edge_clock):
    """An edge whose development Zendesk is the scripted one."""
    add_key(tmp_path / "keys", edge_clock)
    tables = settings(connector.target)
    tables["zendesk"] = {"development_origins": [zendesk.url]}
    built, ring, log = build(tables, tmp_path / "keys", edge_clock)
    handle = under_test(built, ring, tmp_path / "keys", edge_clock, log)
    async with handle.client:
        yield handle


def notes(result) -> list[dict]:
    return [each for each in result.json["external_resources"] if each.get("internal_note")]


def told(edge) -> list[str]:
    return [line["told"] for line in edge.lines if line["event"] == "reply_failed_late"]


async def test_a_reply_that_failed_late_is_reported_to_zendesk(edge, connector, zendesk):
    connector.script("Pull", PullResponse(resources=[resource("a")], state=b"2", failed_replies=[FAILED]))
    result = await edge.pull()
    assert [each["external_id"] for each in result.json["external_resources"]] == ["a"]
    [request] = zendesk.requests
    assert (request.method, request.target) == ("POST", REPORT)
    assert request.headers["authorization"] == "Bearer canary-token"
    body = json.loads(request.body)
    assert (body["external_id"], body["description"]) == ("reply-1", "The comment was removed.")
    assert body["request_id"] == result.headers["x-request-id"]
    assert told(edge) == ["reported"]
    assert await edge.metric('sealock_edge_late_failures_total{integration="guestbook",told="reported"}') == 1


async def test_without_a_token_a_note_below_the_reply_tells_of_it_once(edge, connector, zendesk):
    connector.script("Pull", PullResponse(state=b"2", failed_replies=[FAILED]))
    found = [await edge.pull(edge.metadata(zendesk_access_token="", locale="de")) for _ in range(2)]
    [[note], [again]] = map(notes, found)
    assert note["parent_id"] == "reply-1"
    assert note["message"].endswith("The comment was removed.")
    assert "nicht erreicht" in note["message"]
    assert note["external_id"] == again["external_id"]
    assert zendesk.requests == []
    assert told(edge) == ["noted"] * 2


@pytest.mark.parametrize("answer", [Answer(404), Answer(401), Answer(422), Answer(429), Answer(302)])
async def test_what_zendesk_does_not_take_becomes_a_note(edge, connector, zendesk, answer):
    zendesk.answers.append(answer)
    connector.script("Pull", PullResponse(failed_replies=[FAILED]))
    [note] = notes(await edge.pull())
    assert note["parent_id"] == "reply-1"
    assert told(edge) == ["noted"]


async def test_an_unknown_reply_does_not_keep_the_next_from_being_reported(edge, connector, zendesk):
    zendesk.answers.append(Answer(404))
    connector.script("Pull", PullResponse(failed_replies=[FAILED, FailedReply(external_id="reply-2")]))
    [note] = notes(await edge.pull())
    assert note["parent_id"] == "reply-1"
    assert told(edge) == ["noted", "reported"]


async def test_ids_that_are_none_and_more_than_a_pull_holds_are_counted_and_told_nowhere(edge, connector):
    failed = [FailedReply(external_id=" "), *(FailedReply(external_id=f"reply-{n}") for n in range(2))]
    given = [resource(f"item-{number}") for number in range(199)]
    connector.script("Pull", PullResponse(resources=given, failed_replies=failed))
    result = await edge.pull(edge.metadata(zendesk_access_token=""))
    assert len(result.json["external_resources"]) == 200
    assert told(edge) == ["untold", "noted", "untold"]
    assert next(line for line in edge.lines if line["event"] == "reply_failed_late")["external_id"] == ""


async def test_a_pull_without_late_failures_asks_zendesk_nothing(edge, connector, zendesk):
    connector.script("Pull", PullResponse(resources=[resource("a")]))
    await edge.pull()
    assert zendesk.requests == []
