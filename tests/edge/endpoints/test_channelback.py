# SPDX-License-Identifier: Apache-2.0
"""`POST /{integration}/channelback` through a real connector."""

from __future__ import annotations

import grpc
import pytest

from sealock.connector.v1.channelback_pb2 import ChannelbackResponse
from sealock.connector.v1.error_detail_pb2 import Reason
from tests.edge.edge_under_test import add_key
from tests.edge.scripted_connector import BareCode, Refusal

POSTED = ChannelbackResponse(external_id="posted-1")


async def test_a_reply_reaches_the_connector_whole_and_its_id_comes_back(edge, connector):
    connector.script("Channelback", POSTED)
    message = "Grüße 👋 & <b>more</b>\r\nsecond line"

    result = await edge.channelback(message=message, thread_id="thread-1")

    assert (result.status_code, result.json) == (200, {"external_id": "posted-1"})
    [part] = connector.seen("Channelback")[0].request
    header = part.header
    assert header.message == message
    assert (header.idempotency_key, header.parent_id, header.thread_id) == ("reply-1", "item-1", "thread-1")
    assert (header.recipient_id, header.account_id, header.file_count) == ("guest-1", "account-1", 0)
    assert header.account == b'{"password":"canary-password"}'


async def test_the_longest_message_passes_however_it_is_escaped(edge, connector):
    connector.script("Channelback", POSTED)
    message = "👋" * 65_535

    assert (await edge.channelback(message=message)).status_code == 200
    assert connector.seen("Channelback")[0].request[0].header.message == message


@pytest.mark.parametrize("missing", ["parent_id", "thread_id", "recipient_id"])
async def test_what_zendesk_may_leave_out_is_empty(edge, connector, missing):
    connector.script("Channelback", POSTED)

    assert (await edge.channelback(**{missing: None})).status_code == 200
    assert getattr(connector.seen("Channelback")[0].request[0].header, missing) == ""


async def test_a_reply_that_ends_the_conversation_says_so(edge, connector):
    connector.script("Channelback", ChannelbackResponse(external_id="x", allow_channelback=False))

    assert (await edge.channelback()).json == {"external_id": "x", "allow_channelback": False}


async def test_a_renewed_account_comes_back_sealed(edge, connector):
    connector.script("Channelback", ChannelbackResponse(external_id="x", account=b"renewed"))

    assert edge.opened((await edge.channelback()).json["metadata"]).connector_account == b"renewed"


async def test_metadata_under_an_old_key_comes_back_under_the_new_one(edge, connector):
    connector.script("Channelback", POSTED)
    metadata = edge.metadata()
    add_key(edge.keys, edge.clock)
    edge.ring.reload()

    result = await edge.channelback(metadata=metadata)

    assert edge.accounts.open_metadata(result.json["metadata"], "org.example.guestbook").stale is False


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (Reason.REASON_MESSAGE_REJECTED, 422),
        (Reason.REASON_NOT_FOUND, 404),
        (Reason.REASON_OUTCOME_UNKNOWN, 409),
        (Reason.REASON_ACCOUNT_REVOKED, 401),
        (Reason.REASON_ORIGIN_THROTTLED, 429),
        (Reason.REASON_ORIGIN_UNAVAILABLE, 503),
    ],
)
async def test_the_agent_is_told_in_the_connectors_sentence(edge, connector, reason, status):
    connector.script("Channelback", Refusal(reason, message_for_agent="The window closed on Monday."))

    result = await edge.channelback()

    assert (result.status_code, result.json["error_info"]) == (status, "The window closed on Monday.")


@pytest.mark.parametrize("reason", [Reason.REASON_INTERNAL, Reason.REASON_INVALID_REQUEST, Reason.REASON_UNSUPPORTED])
async def test_a_fault_of_ours_is_told_in_fixed_words(edge, connector, reason):
    connector.script("Channelback", Refusal(reason, message_for_agent="canary sentence"))

    result = await edge.channelback()

    assert result.status_code in {422, 500}
    assert "canary" not in result.text


async def test_a_thread_that_is_gone_takes_no_more_replies(edge, connector):
    connector.script("Channelback", Refusal(Reason.REASON_NOT_FOUND))

    assert (await edge.channelback()).json["allow_channelback"] is False


async def test_zendesk_is_told_how_long_to_wait(edge, connector):
    connector.script("Channelback", Refusal(Reason.REASON_ORIGIN_THROTTLED, retry_after=12.3))

    assert (await edge.channelback()).headers["retry-after"] == "13"


@pytest.mark.parametrize("field", ["file_urls[]", "file_urls%5B%5D"])
async def test_files_are_refused_with_a_sentence_instead_of_being_lost(edge, connector, field):
    connector.script("Channelback", POSTED)

    body = f"metadata={edge.metadata()}&message=x&request_unique_identifier=1&{field}=https%3A%2F%2Fx.example%2F"
    result = await edge.post("channelback", body.encode())

    assert result.status_code == 422
    assert "files" in result.json["error_info"]
    assert connector.seen("Channelback") == []


@pytest.mark.parametrize("external_id", ["", " outer", "ünïcode", "x" * 256])
async def test_an_id_that_zendesk_does_not_take_is_the_connectors_fault(edge, connector, external_id):
    connector.script("Channelback", ChannelbackResponse(external_id=external_id))

    assert (await edge.channelback()).status_code == 503


async def test_a_reply_is_repeated_under_its_key_when_nobody_answered(edge, connector):
    connector.script("Channelback", BareCode(grpc.StatusCode.UNAVAILABLE), POSTED)

    assert (await edge.channelback()).status_code == 200
    first, second = connector.seen("Channelback")
    assert first.request[0].header == second.request[0].header
