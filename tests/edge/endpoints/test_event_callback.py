# SPDX-License-Identifier: Apache-2.0
"""`POST /{integration}/event_callback`: every kind, several at once, each on its own."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import grpc
import pytest

from sealock.connector.v1.error_detail_pb2 import Reason
from sealock.connector.v1.event_pb2 import HandleEventRequest, HandleEventResponse
from sealock_edge.endpoints.event_callback import AT_ONCE, MOST_LINES, OF_A_REQUEST
from sealock_edge.sealing import EventTokens, Sealer
from sealock_edge.zendesk import BadEvent, Event, events
from tests.edge.scripted_connector import BareCode, Refusal, described
from tests.edge.serving import until
from tests.zendesk_schemas import requires_schemas, valid_event

ACCOUNT_KINDS = ("create", "destroy", "activate", "deactivate")
DATA: dict[str, dict[str, Any]] = {
    "create_integration": {"manifest_url": "https://channels.example.com/guestbook/manifest.json"},
    "destroy_integration": {"manifest_url": "https://channels.example.com/guestbook/manifest.json"},
    "create_integration_instance": {"metadata": "<account>"},
    "destroy_integration_instance": {"metadata": "<account>"},
    "activate_integration_instance": {"metadata": "<account>"},
    "deactivate_integration_instance": {"metadata": "<account>", "deactivated_by": "error", "deactivating_error": "x"},
    "destroy_user_identity": {"author": {"external_id": "guest-1"}, "metadata": "<account>"},
    "pull_request": {
        "integration_instance_name": "My guestbook",
        "url": "https://channels.example.com/guestbook/pull",
        "request_id": "r-1",
        "duplicate_external_ids": [{"external_id": "a", "request_id": "r-0", "ticket_id": 1, "comment_id": 2}],
    },
    "channelback": {
        "integration_instance_name": "My guestbook",
        "url": "https://channels.example.com/guestbook/channelback",
        "request_id": "r-1",
    },
    "resources_created_from_external_ids": {
        "request_id": "r-1",
        "resource_events": [
            {"type_id": "comment_on_new_ticket", "external_id": "a", "comment_id": 1, "ticket_id": 2},
            {"type_id": "comment_on_existing_ticket", "external_id": "b", "comment_id": 3, "ticket_id": 2},
            {
                "type_id": "comment_on_follow_up_ticket",
                "external_id": "c",
                "comment_id": 4,
                "ticket_id": 5,
                "follow_up_ticket_id": 2,
            },
            {
                "type_id": "external_id_associated_with_channelback",
                "external_id": "d",
                "comment_id": 6,
                "ticket_id": 2,
            },
        ],
    },
}


def event(kind: str, metadata: str = "", **changes: Any) -> dict[str, Any]:
    data = {key: metadata if value == "<account>" else value for key, value in DATA.get(kind, {}).items()}
    return {
        "type_id": kind,
        "timestamp": "2026-11-22T12:00:00Z",
        "subdomain": "example",
        "integration_name": "Guestbook",
        "integration_id": "org.example.guestbook",
        "data": data,
        **changes,
    }


async def send(edge, events: Any, *, token: str | None = None, **how: Any):
    body = events if isinstance(events, bytes) else json.dumps({"events": events}).encode()
    if token is None:
        url = (await edge.get("manifest.json")).json["urls"]["event_callback_url"]
        token = url.partition("token=")[2]
    return await edge.post(f"event_callback?token={token}", body, headers={"Content-Type": "application/json", **how})


@pytest.mark.parametrize("kind", list(DATA))
@requires_schemas
async def test_every_kind_is_passed_on(edge, connector, kind):
    connector.script("HandleEvent", HandleEventResponse())
    sent = event(kind, edge.metadata())
    valid_event(sent)

    result = await send(edge, [sent])

    assert result.json == {"events": 1, "passed_on": 1}
    [call] = connector.seen("HandleEvent")
    assert call.request.event.type_id == kind
    assert call.request.event.WhichOneof("kind") is not None
    has_account = "metadata" in DATA[kind]
    assert call.request.account_id == ("account-1" if has_account else "")
    assert call.request.account == (b'{"password":"canary-password"}' if has_account else b"")


async def test_the_four_resource_events_arrive_one_by_one(edge, connector):
    connector.script("HandleEvent", HandleEventResponse())

    await send(edge, [event("resources_created_from_external_ids")])

    events = connector.seen("HandleEvent")[0].request.event.resources_created.resource_events
    assert [each.external_id for each in events] == ["a", "b", "c", "d"]
    assert events[2].follow_up_ticket_id == 2


async def test_a_kind_of_the_future_is_accepted(edge, connector):
    connector.script("HandleEvent", HandleEventResponse())

    result = await send(edge, [event("thing_from_2031", data={"whatever": [1, {"a": None}]})])

    assert result.json == {"events": 1, "passed_on": 1}
    assert connector.seen("HandleEvent")[0].request.event.type_id == "thing_from_2031"
    [line] = [line for line in edge.lines if line["event"] == "zendesk_events"]
    assert line["kind"] == "unknown"


async def test_one_bad_event_does_not_fail_the_others(edge, connector):
    connector.script("HandleEvent", HandleEventResponse(), Refusal(Reason.REASON_INTERNAL), HandleEventResponse())
    good = event("create_integration_instance", edge.metadata())
    bad = event("create_integration_instance", "forged")

    result = await send(edge, [good, "canary", 7, event("channelback", data=3), bad, good, good])

    assert result.status_code == 200
    assert result.json == {"events": 7, "passed_on": 2, "failed": 1, "malformed": 3, "refused": 1}
    assert b"canary" not in edge.log.getvalue()


@pytest.mark.parametrize(
    "query", ["", "?token=", "?token=forged", "?token=a&token=b", "?token=%FF", f"?token={'A' * 9000}"]
)
async def test_without_the_token_a_request_costs_a_line_and_no_call(edge, connector, query):
    events = [event("create_integration"), event("activate_integration_instance", edge.metadata())] * 500
    before = len(edge.lines)

    body = json.dumps({"events": events}).encode()
    result = await edge.post(f"event_callback{query}", body, headers={"Content-Type": "application/json"})

    assert result.status_code == 401
    assert [line["outcome"] for line in edge.lines[before:]] == ["unsealable"]
    assert connector.calls == []


async def test_the_token_of_another_integration_is_none(edge, connector):
    token = EventTokens(Sealer(edge.ring, edge.clock)).token("org.example.other")

    assert (await send(edge, [event("create_integration")], token=token)).status_code == 401
    assert connector.seen("HandleEvent") == []


async def test_an_account_of_another_integration_is_refused(edge, connector):
    foreign = edge.metadata(integration_id="org.example.other")

    assert (await send(edge, [event("create_integration_instance", foreign)])).json == {"events": 1, "refused": 1}
    assert connector.seen("HandleEvent") == []


async def test_a_connector_that_wants_no_events_is_not_asked(edge, connector):
    connector.script("Describe", described(capabilities=[]))
    await edge.get("healthcheck")

    assert (await send(edge, [event("create_integration")])).json == {"events": 1, "noted": 1}
    assert connector.seen("HandleEvent") == []


async def test_an_empty_batch_and_a_repeated_event_are_fine(edge, connector):
    connector.script("HandleEvent", HandleEventResponse())
    twice = [event("create_integration"), event("create_integration")]

    assert (await send(edge, [])).json == {"events": 0}
    assert (await send(edge, twice)).json == {"events": 2, "passed_on": 2}


async def test_a_connector_that_is_down_does_not_make_zendesk_fail(edge, connector):
    connector.script("HandleEvent", BareCode(grpc.StatusCode.INTERNAL))

    assert (await send(edge, [event("create_integration")])).json == {"events": 1, "failed": 1}


@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", b"[]", b"{}", b'{"events": {}}', b'{"events": null}', b"\xff", b'{"events":' + b"[" * 5000],
)
async def test_an_envelope_that_is_not_one_is_refused(edge, body):
    result = await send(edge, body)

    assert result.status_code == 400


async def test_more_events_than_are_handled_at_once_are_refused(edge):
    assert (await send(edge, [{}] * 1001)).status_code == 400


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
async def test_another_content_type_is_refused(edge, content_type):
    assert (await send(edge, [], **{"Content-Type": content_type})).status_code == 415


class Gate:
    """Lets calls wait until it is opened, and counts how many do."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.waiting = self.most = 0

    async def __call__(self, _request: Any) -> HandleEventResponse:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        await self.opened.wait()
        self.waiting -= 1
        return HandleEventResponse()


async def test_all_requests_together_pass_on_a_bounded_number_at_once_and_the_rest_is_for_later(edge, connector):
    gate = Gate()
    connector.script("HandleEvent", gate)
    strangers = [asyncio.create_task(send(edge, [event("create_integration")] * 1000)) for _ in range(4)]
    await until(lambda: sum(task.done() for task in strangers) == 2 and gate.waiting == AT_ONCE)

    refused = [task.result() for task in strangers if task.done()]
    assert [(each.status_code, each.headers["retry-after"]) for each in refused] == [(503, "30")] * 2

    # Only Zendesk has accounts, and its events do not wait for the others.
    known = asyncio.create_task(send(edge, [event("activate_integration_instance", edge.metadata())]))
    await until(lambda: gate.waiting == AT_ONCE + 1)
    gate.opened.set()
    assert (await known).json == {"events": 1, "passed_on": 1}
    assert {(await task).status_code for task in strangers} == {200, 503}
    assert gate.most == AT_ONCE + 1
    assert (await send(edge, [event("create_integration")] * 1000)).json == {"events": 1000, "passed_on": 1000}


async def test_events_are_read_when_their_turn_comes_so_that_other_calls_have_theirs(edge, connector, monkeypatch):
    read: list[int] = []
    read_at_the_first_call: list[int] = []

    def reading(position: int, content: object) -> Event | BadEvent:
        read.append(position)
        return of_content(position, content)

    def answer(_: HandleEventRequest) -> HandleEventResponse:
        read_at_the_first_call.append(len(read))
        return HandleEventResponse()

    of_content = events._read
    monkeypatch.setattr(events, "_read", reading)
    connector.script("HandleEvent", answer)
    assert (await send(edge, [event("create_integration")] * 500)).json == {"events": 500, "passed_on": 500}
    assert len(read) == 500
    assert read_at_the_first_call[0] <= OF_A_REQUEST


async def test_a_thousand_events_are_a_few_lines_with_their_number(edge, connector):
    connector.script("HandleEvent", HandleEventResponse())
    accounts = [edge.metadata(f"account-{n}") for n in range(40)]
    events = [event("activate_integration_instance", metadata) for metadata in accounts] + [event("channelback")] * 200

    assert (await send(edge, events)).json == {"events": 240, "passed_on": 240}

    lines = [line for line in edge.lines if line["event"] == "zendesk_events"]
    assert len(lines) == MOST_LINES
    assert (lines[0]["kind"], lines[0]["count"]) == ("channelback", 200)
    sample = 'sealock_edge_zendesk_events_total{integration="guestbook",outcome="passed_on"}'
    assert await edge.metric(sample) == 240


async def test_a_list_of_more_than_a_thousand_elements_is_not_read(edge, connector):
    data = {"request_id": "r", "resource_events": [{}] * 100_000}

    result = await send(edge, [event("resources_created_from_external_ids", data=data)])

    assert result.json == {"events": 1, "malformed": 1}
