# SPDX-License-Identifier: Apache-2.0
"""`POST /{integration}/pull` through a real connector, also one of another version."""

from __future__ import annotations

import grpc
import pytest

from sealock.connector.v1.describe_pb2 import DescribeResponse
from sealock.connector.v1.error_detail_pb2 import ConnectorErrorDetail, Reason
from sealock.connector.v1.external_resource_pb2 import Author, ExternalResource
from sealock.connector.v1.pull_pb2 import PullResponse
from tests.edge.edge_under_test import add_key
from tests.edge.scripted_connector import BareCode, Refusal, described


def resource(external_id: str = "item-1", **changes) -> ExternalResource:
    made = ExternalResource(
        **{"external_id": external_id, "message": "Hi", "author": Author(external_id="guest-1"), **changes}
    )
    if not made.HasField("create_time"):
        made.create_time.seconds = 1_770_000_000
    return made


async def test_a_first_pull_hands_over_what_the_connector_gives(edge, connector):
    connector.script("Pull", PullResponse(resources=[resource("a"), resource("b", parent_id="a")], state=b"2"))

    result = await edge.pull()

    assert result.status_code == 200
    assert [item["external_id"] for item in result.json["external_resources"]] == ["a", "b"]
    assert edge.opened_state(result.json["state"]) == b"2"
    assert "metadata" not in result.json
    [call] = connector.seen("Pull")
    assert call.request.account == b'{"password":"canary-password"}'
    assert call.request.account_id == "account-1"
    assert call.request.state == b""
    assert (call.request.max_resources, call.request.max_bytes) == (200, 1 << 20)
    assert call.metadata["x-request-id"] == result.headers["x-request-id"]
    assert 40 < call.seconds_left < 50


async def test_zendesks_token_never_reaches_a_connector(edge, connector):
    connector.script("Pull", PullResponse())

    await edge.pull()

    assert b"canary-token" not in b"".join(call.request.SerializeToString() for call in connector.calls)


async def test_the_state_of_the_last_pull_comes_back_to_the_connector(edge, connector):
    connector.script("Pull", PullResponse(state=b"next"))

    await edge.pull(state=edge.state(b"last"))

    assert connector.seen("Pull")[0].request.state == b"last"


async def test_an_unchanged_state_is_answered_as_it_came(edge, connector):
    connector.script("Pull", lambda request: PullResponse(state=request.state))
    state = edge.state(b"same")

    assert (await edge.pull(state=state)).json["state"] == state


async def test_a_renewed_account_becomes_new_metadata(edge, connector):
    connector.script("Pull", PullResponse(account=b"renewed"))

    record = edge.opened((await edge.pull()).json["metadata"])

    assert record.connector_account == b"renewed"
    assert record.zendesk_access_token == "canary-token"


async def test_an_account_that_did_not_change_is_not_sealed_again(edge, connector):
    connector.script("Pull", lambda request: PullResponse(account=request.account))

    assert "metadata" not in (await edge.pull()).json


async def test_what_came_under_an_old_key_is_answered_under_the_new_one(edge, connector):
    connector.script("Pull", lambda request: PullResponse(state=request.state))
    metadata, state = edge.metadata(), edge.state(b"kept")
    add_key(edge.keys, edge.clock)
    edge.ring.reload()

    result = await edge.pull(metadata, state)

    assert edge.accounts.open_metadata(result.json["metadata"], "org.example.guestbook").stale is False
    assert edge.opened_state(result.json["state"]) == b"kept"
    assert result.json["state"] != state
    again = await edge.pull(result.json["metadata"], result.json["state"])
    assert "metadata" not in again.json
    assert again.json["state"] == result.json["state"]
    assert await edge.metric('sealock_edge_resealed_total{integration="guestbook",what="metadata"}') == 1


@pytest.mark.parametrize(
    ("reason", "needs_update"),
    [
        (Reason.REASON_ACCOUNT_REVOKED, True),
        (Reason.REASON_NOT_FOUND, True),
        (Reason.REASON_ORIGIN_THROTTLED, None),
    ],
)
async def test_a_dead_account_or_a_quota_is_an_empty_page_with_the_state_as_it_came(
    edge, connector, reason, needs_update
):
    connector.script("Pull", Refusal(reason, retry_after=7))
    state = edge.state(b"kept")

    result = await edge.pull(state=state)

    assert result.status_code == 200
    assert result.json.pop("metadata_needs_update", None) is needs_update
    assert result.json["external_resources"] == []
    assert result.json["state"] == state


@pytest.mark.parametrize("after_some", [False, True], ids=["at once", "after some resources"])
@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Facebook ended the sign-in of the Page Harbour.", "Facebook ended the sign-in of the Page Harbour."),
        ("", "Guestbook no longer accepts this account. An administrator has to reconnect it."),
    ],
)
async def test_an_account_that_needs_its_administrator_says_why_in_the_connectors_words(
    edge, connector, said, told, after_some
):
    why = ConnectorErrorDetail(reason=Reason.REASON_ACCOUNT_REVOKED, message_for_agent=said)
    cut = PullResponse(resources=[resource()], state=b"1", interruption=why)
    connector.script("Pull", cut if after_some else Refusal(why.reason, message_for_agent=said))

    result = await edge.pull()

    assert (result.json["metadata_needs_update"], result.json["error_info"]) == (True, told)


@pytest.mark.parametrize("reason", [reason for reason in Reason.values() if reason], ids=Reason.Name)
async def test_what_was_read_before_an_interruption_is_answered(edge, connector, reason):
    page = PullResponse(resources=[resource()], state=b"1", interruption=ConnectorErrorDetail(reason=reason))
    connector.script("Pull", page)

    result = await edge.pull()

    assert result.status_code == 200
    assert len(result.json["external_resources"]) == 1
    wants_admin = reason in {Reason.REASON_ACCOUNT_REVOKED, Reason.REASON_NOT_FOUND}
    assert result.json.get("metadata_needs_update", False) is wants_admin


async def test_one_poisoned_resource_does_not_stop_the_others(edge, connector):
    poisoned = resource("", message="canary-text")
    connector.script("Pull", PullResponse(resources=[resource("a"), poisoned, resource("c")], state=b"3"))

    result = await edge.pull()

    assert [item["external_id"] for item in result.json["external_resources"]] == ["a", "c"]
    assert edge.opened_state(result.json["state"]) == b"3"
    [line] = [line for line in edge.lines if line["event"] == "resource_set_aside"]
    assert line["reason"] == "external_id"
    assert await edge.metric('sealock_edge_resources_total{fate="set_aside",integration="guestbook"}') == 1


async def test_a_page_that_is_too_long_is_the_connectors_fault(edge, connector):
    connector.script("Pull", PullResponse(resources=[resource(f"item-{n}") for n in range(201)], state=b"3"))

    result = await edge.pull()

    assert result.status_code == 503
    assert result.headers["retry-after"] == "60"


async def test_a_renewed_account_that_zendesk_cannot_keep_is_the_connectors_fault(edge, connector):
    connector.script("Pull", PullResponse(account=b"x" * 5000))

    assert (await edge.pull()).status_code == 503


async def test_the_call_is_counted_and_logged_without_anything_secret(edge, connector):
    connector.script("Pull", PullResponse(resources=[resource(message="canary-text")], state=b"canary-state"))

    result = await edge.pull()

    [line] = [line for line in edge.lines if line["event"] == "call"]
    assert line["request_id"] == result.headers["x-request-id"]
    assert (line["endpoint"], line["status"], line["outcome"], line["resources"]) == ("pull", 200, "ok", 1)
    assert line["account_id"] == "account-1"
    assert b"canary" not in edge.log.getvalue()
    calls = 'sealock_edge_calls_total{endpoint="pull",integration="guestbook",outcome="ok"}'
    assert await edge.metric(calls) == 1
    assert "canary" not in await edge.metrics()


A_FIELD_THAT_IS_NOT_KNOWN = b"\xc2\x3e\x05later"
"""Number 1000, length-delimited."""
A_LATER_CAPABILITY = A_LATER_REASON = 99


def of_later(message: DescribeResponse | PullResponse) -> bytes:
    """The message as a later version would send it."""
    return message.SerializeToString() + A_FIELD_THAT_IS_NOT_KNOWN


async def test_what_a_newer_connector_adds_is_not_minded(edge, connector):
    told = described()
    told.capabilities.append(A_LATER_CAPABILITY)
    connector.script("Describe", of_later(told))
    connector.script("Pull", of_later(PullResponse(resources=[resource()], state=b"2")))

    manifest, pull = await edge.get("manifest.json"), await edge.pull()

    assert (manifest.status_code, pull.status_code) == (200, 200)
    assert edge.opened_state(pull.json["state"]) == b"2"


async def test_a_reason_of_later_counts_as_a_fault_and_harms_no_account(edge, connector):
    connector.script("Pull", Refusal(A_LATER_REASON))

    result = await edge.pull()

    assert result.status_code == 500
    assert "metadata_needs_update" not in result.json


@pytest.mark.parametrize("rpc", ["Pull", "Channelback"])
async def test_what_an_older_connector_does_not_have_yet_is_late_and_not_lost(edge, connector, rpc):
    connector.script(rpc, BareCode(grpc.StatusCode.UNIMPLEMENTED))

    result = await (edge.pull() if rpc == "Pull" else edge.channelback())

    assert result.status_code == 503
    assert "retry-after" in result.headers
