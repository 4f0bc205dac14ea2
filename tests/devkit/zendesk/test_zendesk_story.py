# SPDX-License-Identifier: Apache-2.0
"""The main path: a comment becomes a ticket, a reply goes back, the link opens."""

from __future__ import annotations

from tests.devkit.zendesk.scripted_service import CHANNELBACK, PULL, resource


async def test_a_comment_becomes_a_ticket_and_a_reply_goes_back(zendesk, service, account):
    service.resources = [resource("c1", "Is it blue?"), resource("c2", "Or green?", parent_id="c1")]
    result = await zendesk.pull(account.id)
    assert (result.received, result.duplicates, result.problem) == (2, 0, "")
    (ticket,) = zendesk.tickets()
    first, second = zendesk.store.tickets.comments(ticket.id)
    assert (ticket.subject, first.body, second.body) == ("Is it blue?", "Is it blue?", "Or green?")

    comment = zendesk.reply(ticket.id, "It is red.")
    reply = await zendesk.settled(comment)
    assert (reply.status, reply.external_id) == ("delivered", "reply-1")
    (sent,) = service.calls(CHANNELBACK)
    assert sent == {
        "message": "It is red.",
        "parent_id": "c2",
        "thread_id": "c1",
        "recipient_id": "ann",
        "metadata": account.metadata,
        "request_unique_identifier": reply.request_unique_identifier,
    }

    link = await zendesk.open_link(first)
    assert (link.location, link.title) == (f"{service.url}/page?external_id=c1", "The page")
    assert zendesk.store.violations.all() == []


async def test_a_reply_that_a_pull_brings_back_is_no_new_comment(zendesk, service, account):
    service.resources = [resource("c1")]
    await zendesk.pull(account.id)
    await zendesk.settled(zendesk.reply(1, "answer"))
    service.resources = [resource("c1"), resource("reply-1", "answer")]
    result = await zendesk.pull(account.id)
    assert (result.received, result.duplicates) == (0, 2)
    assert len(zendesk.store.tickets.comments(1)) == 2
    assert service.calls(PULL)[-1] == {"metadata": account.metadata, "state": "state-1"}
