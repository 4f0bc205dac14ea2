# SPDX-License-Identifier: Apache-2.0
"""Rules of channelback that no other file proves."""

from __future__ import annotations

import pytest

from sealock_devkit.zendesk import Settings
from tests.devkit.zendesk.scripted_service import CHANNELBACK, Canned, resource


@pytest.fixture
async def ticket(zendesk, service, account):
    service.resources = [resource("c1", "question", author={"external_id": "ann-7", "name": "Ann"})]
    await zendesk.pull(account.id)
    service.resources = []
    return zendesk.tickets()[0]


async def sent(zendesk, service, ticket, text="answer"):
    await zendesk.settled(zendesk.reply(ticket.id, text))
    return service.calls(CHANNELBACK)[-1]


async def test_a_reply_goes_to_the_requester_with_the_accounts_metadata_and_without_the_state(
    zendesk, service, account, ticket
):
    form = await sent(zendesk, service, ticket)
    assert (form["recipient_id"], form["metadata"]) == ("ann-7", account.metadata)
    assert set(form) == {
        "message",
        "parent_id",
        "thread_id",
        "recipient_id",
        "metadata",
        "request_unique_identifier",
    }
    headers = [headers for path, headers, _ in service.received if path == CHANNELBACK][-1]
    assert headers["content-type"] == "application/x-www-form-urlencoded"


async def test_each_reply_has_an_identifier_of_its_own(zendesk, service, ticket):
    forms = [await sent(zendesk, service, ticket, "the same text") for _ in range(3)]
    assert len({form["request_unique_identifier"] for form in forms}) == 3


async def test_renewed_metadata_is_what_the_next_call_sends(zendesk, service, ticket):
    service.script[CHANNELBACK] = [Canned({"external_id": "r1", "metadata": "renewed"})]
    await sent(zendesk, service, ticket)
    assert (await sent(zendesk, service, ticket))["metadata"] == "renewed"


async def test_an_answer_without_allow_channelback_allows_it(zendesk, service, ticket):
    service.script[CHANNELBACK] = [Canned({"external_id": "r1"}), Canned({"external_id": "r2"})]
    await sent(zendesk, service, ticket)
    assert zendesk.store.tickets.get(ticket.id).allow_channelback
    assert (await sent(zendesk, service, ticket))["message"] == "answer"


async def test_a_reply_that_is_pulled_later_is_skipped_and_listed_as_known(zendesk, service, account, ticket):
    form = await sent(zendesk, service, ticket)
    service.resources = [resource("reply-1", "answer", thread_id="c1"), resource("c2", thread_id="c1")]
    result = await zendesk.pull(account.id)
    assert (result.received, result.duplicates) == (1, 1)
    comments = zendesk.store.tickets.comments(ticket.id)
    assert [comment.external_id for comment in comments] == ["c1", "reply-1", "c2"]
    await zendesk.wait_until(zendesk.is_idle)
    pulled = [event for event in service.events() if event["type_id"] == "pull_request"][-1]
    assert pulled["data"]["duplicate_external_ids"] == [
        {
            "external_id": "reply-1",
            "request_id": form["request_unique_identifier"],
            "ticket_id": ticket.id,
            "comment_id": comments[1].id,
        }
    ]


def test_how_often_and_how_long_a_reply_is_repeated_has_a_default():
    now = Settings()
    assert (now.channelback_timeout_seconds, now.channelback_retries) == (60, 4)
    assert (now.channelback_401, now.channelback_ids, now.channelback_parent) == ("fail", "both", "latest")
