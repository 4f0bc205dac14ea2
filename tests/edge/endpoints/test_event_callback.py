# SPDX-License-Identifier: Apache-2.0
"""`POST /{integration}/event_callback`: every kind, several at once, each on its own."""

from __future__ import annotations

import json
from typing import Any

import grpc
import pytest

from sealock.connector.v1.error_detail_pb2 import Reason
from sealock.connector.v1.event_pb2 import HandleEventResponse
from tests.edge.scripted_connector import BareCode, Refusal, described
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
    [line] = [line for line in edge.lines if line["event"] == "zendesk_event"]
    assert line["kind"] == "unknown"


async def test_one_bad_event_does_not_fail_the_others(edge, connector):
    connector.script("HandleEvent", HandleEventResponse(), Refusal(Reason.REASON_INTERNAL), HandleEventResponse())
    good = event("create_integration_instance", edge.metadata())
    bad = event("create_integration_instance", "forged")

    result = await send(edge, [good, "canary", 7, event("channelback", data=3), bad, good, good])

    assert result.status_code == 200
    assert result.json == {"events": 7, "passed_on": 2, "failed": 1, "malformed": 3, "refused": 1}
    assert b"canary" not in edge.log.getvalue()


async def test_without_a_token_only_events_with_an_account_are_believed(edge, connector):
    connector.script("HandleEvent", HandleEventResponse())
    events = [event("create_integration"), event("activate_integration_instance", edge.metadata())]

    result = await send(edge, events, token="forged")

    assert result.json == {"events": 2, "passed_on": 1, "refused": 1}
    assert connector.seen("HandleEvent")[0].request.event.type_id == "activate_integration_instance"


@pytest.mark.parametrize("query", ["", "?token=", "?token=a&token=b", "?token=%FF"])
async def test_a_token_that_cannot_be_read_is_none(edge, query):
    body = json.dumps({"events": [event("create_integration")]}).encode()

    result = await edge.post(f"event_callback{query}", body, headers={"Content-Type": "application/json"})

    assert result.json == {"events": 1, "refused": 1}


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
