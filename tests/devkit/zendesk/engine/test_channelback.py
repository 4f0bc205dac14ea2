# SPDX-License-Identifier: Apache-2.0
"""Agents' replies: what is sent, what is repeated, and what the agent is told."""

from __future__ import annotations

import asyncio
import json

import pytest

from sealock_devkit.zendesk.engine.agents import TicketRefused
from tests.devkit.zendesk.scripted_service import CHANNELBACK, Canned, resource


@pytest.fixture
async def ticket(zendesk, service, account):
    service.resources = [resource("c1", "question"), resource("c2", "another", parent_id="c1")]
    await zendesk.pull(account.id)
    service.resources = []
    return zendesk.tickets()[0]


async def send(zendesk, ticket, text="answer"):
    return await zendesk.settled(zendesk.reply(ticket.id, text))


def outcomes(reply) -> list[str]:
    return [attempt.outcome for attempt in reply.tries]


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        ({}, {"parent_id": "c2", "thread_id": "c1"}),
        ({"channelback_ids": "parent_id"}, {"parent_id": "c2"}),
        ({"channelback_ids": "thread_id"}, {"thread_id": "c1"}),
        ({"channelback_parent": "first"}, {"parent_id": "c1", "thread_id": "c1"}),
    ],
)
async def test_which_ids_are_sent_is_a_setting(zendesk, service, ticket, changes, ids):
    zendesk.change_settings(changes)
    await send(zendesk, ticket)
    (form,) = service.calls(CHANNELBACK)
    assert {name: form[name] for name in ("parent_id", "thread_id") if name in form} == ids


async def test_the_agents_own_reply_is_never_the_parent(zendesk, service, ticket):
    await send(zendesk, ticket, "one")
    await send(zendesk, ticket, "two")
    assert [form["parent_id"] for form in service.calls(CHANNELBACK)] == ["c2", "c2"]


async def test_text_travels_whole_and_may_be_set_to_be_html(zendesk, service, ticket):
    text = "First <b>&\nsecond é 🎉 " + "x" * 65_000
    await send(zendesk, ticket, text)
    zendesk.change_settings({"channelback_text": "html"})
    await send(zendesk, ticket, "a <b>\nc")
    assert [form["message"] for form in service.calls(CHANNELBACK)] == [text, "<p>a &lt;b&gt;</p><p>c</p>"]


async def test_a_changed_or_deleted_requester_leaves_no_recipient(zendesk, service, ticket):
    zendesk.agents.change_ticket(ticket.id, {"requester_id": None})
    await send(zendesk, ticket)
    zendesk.agents.change_ticket(ticket.id, {"requester_id": ticket.requester_id})
    zendesk.lifecycle.delete_user(ticket.requester_id)
    await send(zendesk, ticket)
    assert [form.get("recipient_id") for form in service.calls(CHANNELBACK)] == [None, None]


async def test_an_internal_note_is_not_sent(zendesk, service, ticket):
    comment = zendesk.reply(ticket.id, "note", public=False)
    assert await zendesk.settled(comment) is None
    assert service.calls(CHANNELBACK) == []


PASSING = [
    (Canned("", status=500), "HTTP 500"),
    (Canned({"error_info": "busy"}, status=503), "HTTP 503: busy"),
    (Canned("", status=429, headers={"retry-after": "0"}), "HTTP 429"),
    (Canned("", status=503, headers={"retry-after": "Thu, 01 Jan 2026 00:00:00 GMT"}), "HTTP 503"),
]


@pytest.mark.parametrize(("answer", "outcome"), PASSING)
async def test_what_may_pass_is_repeated_under_the_same_identifier(zendesk, service, ticket, answer, outcome):
    service.script[CHANNELBACK] = [answer, answer]
    reply = await send(zendesk, ticket)
    assert (reply.status, outcomes(reply)) == ("delivered", [outcome, outcome, "delivered"])
    forms = service.calls(CHANNELBACK)
    assert len(forms) == 3
    assert forms[0] == forms[1] == forms[2]


async def test_a_service_that_stays_broken_makes_the_reply_fail_and_the_agent_is_told(zendesk, service, ticket):
    service.script[CHANNELBACK] = [Canned({"error_info": "site is down"}, status=503)] * 9
    reply = await send(zendesk, ticket)
    assert (reply.status, len(reply.tries), reply.problem) == ("failed", 5, "HTTP 503: site is down")
    assert zendesk.store.tickets.comment(reply.comment_id).problem == "HTTP 503: site is down"
    assert len({form["request_unique_identifier"] for form in service.calls(CHANNELBACK)}) == 1


FINAL = [
    (Canned({"error_info": "This conversation is closed."}, status=422), "HTTP 422: This conversation is closed."),
    (Canned("", status=400), "HTTP 400"),
    (Canned("", status=403), "HTTP 403"),
    (Canned("", status=404), "HTTP 404"),
    (Canned("", status=409), "HTTP 409"),
    (Canned("", status=301, headers={"location": "/elsewhere"}), "HTTP 301"),
    (Canned({"external_id": "r"}, status=201), "HTTP 201"),
    (Canned({"id": "r"}), "the answer is invalid: external_id: required, got nothing"),
    (Canned({"external_id": ""}), "the answer is invalid: external_id: at least 1 character, got an empty string"),
    (Canned("<p>fine</p>"), "the answer is not JSON"),
]


@pytest.mark.parametrize(("answer", "problem"), FINAL)
async def test_what_cannot_pass_is_not_repeated(zendesk, service, ticket, answer, problem):
    service.script[CHANNELBACK] = [answer]
    reply = await send(zendesk, ticket)
    assert (reply.status, reply.problem, len(service.calls(CHANNELBACK))) == ("failed", problem, 1)


@pytest.mark.parametrize(("setting", "status", "calls"), [("fail", "failed", 1), ("retry", "delivered", 2)])
async def test_what_a_401_does_is_a_setting_and_it_flags_the_account(zendesk, service, ticket, setting, status, calls):
    zendesk.change_settings({"channelback_401": setting})
    service.script[CHANNELBACK] = [Canned({"error_info": "token is dead"}, status=401)]
    reply = await send(zendesk, ticket)
    assert (reply.status, len(service.calls(CHANNELBACK))) == (status, calls)
    assert zendesk.store.accounts.get(ticket.account_id).needs_update


async def test_retry_after_is_obeyed_up_to_a_limit(zendesk, service, ticket):
    zendesk.change_settings({"channelback_longest_wait_seconds": 0.3})
    service.script[CHANNELBACK] = [Canned("", status=429, headers={"retry-after": "600"})]
    started = asyncio.get_running_loop().time()
    reply = await send(zendesk, ticket)
    assert reply.status == "delivered"
    assert asyncio.get_running_loop().time() - started >= 0.3


async def test_a_timeout_and_a_lost_connection_are_repeated(zendesk, service, ticket):
    zendesk.change_settings({"channelback_timeout_seconds": 0.3})
    service.script[CHANNELBACK] = [Canned({"external_id": "r"}, delay=1)]
    reply = await send(zendesk, ticket)
    assert outcomes(reply) == ["timeout", "delivered"]


async def test_a_lost_answer_leads_to_a_repetition_and_one_posted_reply(zendesk, service, ticket):
    zendesk.faults.switch_on({"call": "channelback", "kind": "lose answer", "times": 2})
    reply = await send(zendesk, ticket)
    assert outcomes(reply) == ["answer lost", "answer lost", "delivered"]
    assert len(service.calls(CHANNELBACK)) == 3
    assert list(service.posted.values()) == [reply.external_id]


async def test_a_dropped_call_reaches_nobody_and_is_repeated(zendesk, service, ticket):
    zendesk.faults.switch_on({"call": "channelback", "kind": "drop"})
    reply = await send(zendesk, ticket)
    assert outcomes(reply) == ["network error (dropped)", "delivered"]
    assert len(service.calls(CHANNELBACK)) == 1


async def test_a_delayed_call_arrives(zendesk, service, ticket):
    zendesk.faults.switch_on({"call": "channelback", "kind": "delay", "seconds": 0.1})
    assert (await send(zendesk, ticket)).status == "delivered"


async def test_a_duplicated_call_must_be_answered_with_one_id(zendesk, service, ticket):
    zendesk.faults.switch_on({"call": "channelback", "kind": "duplicate", "times": 2})
    assert (await send(zendesk, ticket)).status == "delivered"
    assert zendesk.store.violations.all() == []
    service.script[CHANNELBACK] = [Canned({"external_id": "x1"}), Canned({"external_id": "x2"})]
    await send(zendesk, ticket)
    (violation,) = zendesk.store.violations.all()
    assert (violation.source, violation.detail) == ("documented", "2 different ids")
    assert len(service.calls(CHANNELBACK)) == 4


async def test_every_second_answer_lost_still_delivers_every_reply_once(zendesk, service, ticket):
    zendesk.faults.switch_on({"call": "channelback", "kind": "lose answer", "every": 2, "times": -1})
    comments = [zendesk.reply(ticket.id, f"answer {n}") for n in range(10)]
    replies = [await zendesk.settled(comment) for comment in comments]
    assert {reply.status for reply in replies} == {"delivered"}
    assert len(service.posted) == 10
    posted = [form["message"] for form in service.calls(CHANNELBACK)]
    assert list(dict.fromkeys(posted)) == [f"answer {n}" for n in range(10)], "in the order in which they were written"
    assert len(posted) == 19, "every second answer was lost"


async def test_replies_on_two_tickets_do_not_wait_for_each_other(zendesk, service, account, ticket):
    service.resources = [resource("d1")]
    await zendesk.pull(account.id)
    service.script[CHANNELBACK] = [Canned("", status=503, headers={"retry-after": "30"})]
    stuck = zendesk.reply(1, "slow")
    await zendesk.wait_until(lambda: service.calls(CHANNELBACK) != [])
    reply = await zendesk.settled(zendesk.reply(2, "quick"))
    assert reply.status == "delivered"
    assert zendesk.store.replies.by_comment(stuck.id).status == "waiting"


async def test_the_answer_may_renew_metadata_ask_for_the_administrator_and_close_the_channel(zendesk, service, ticket):
    body = {"external_id": "r", "metadata": "new", "metadata_needs_update": True, "allow_channelback": False}
    service.script[CHANNELBACK] = [Canned(body)]
    await send(zendesk, ticket)
    account = zendesk.store.accounts.get(ticket.account_id)
    assert (account.metadata, account.needs_update) == ("new", True)
    assert zendesk.reply(ticket.id, "more").problem == "no reply to this is possible any more"


async def test_a_reply_that_a_pull_brought_before_its_answer_came_is_noticed(zendesk, service, account, ticket):
    service.resources = [resource("early", "answer")]
    await zendesk.pull(account.id)
    service.script[CHANNELBACK] = [Canned({"external_id": "early"})]
    assert (await send(zendesk, ticket)).status == "delivered"
    (violation,) = zendesk.store.violations.all()
    assert (violation.source, violation.path) == ("advice", "external_id")


OBSTACLES = [
    ("deactivate", "the account is not active"),
    ("delete", "the account was deleted"),
    ("remove", "the integration was removed"),
    ("no url", "the integration takes no replies"),
]


@pytest.mark.parametrize(("what", "obstacle"), OBSTACLES)
async def test_a_reply_that_cannot_be_sent_says_why(zendesk, service, account, ticket, what, obstacle):
    if what == "deactivate":
        zendesk.lifecycle.deactivate(account, "api")
    elif what == "delete":
        zendesk.lifecycle.delete(account)
    elif what == "remove":
        zendesk.lifecycle.remove_integration(account.integration_id)
    else:
        del service.manifest["urls"]["channelback_url"]
        await zendesk.installer.read_again(account.integration_id)
    comment = zendesk.reply(ticket.id, "answer")
    assert (comment.problem, await zendesk.settled(comment)) == (obstacle, None)
    assert service.calls(CHANNELBACK) == []


@pytest.mark.parametrize("body", ["", "  \n", "x" * 65_536])
async def test_a_comment_has_a_text_of_the_right_length(zendesk, ticket, body):
    with pytest.raises(TicketRefused, match="1 to 65535"):
        zendesk.reply(ticket.id, body)


async def test_a_closed_ticket_takes_no_comment_and_does_not_open_again(zendesk, ticket):
    zendesk.agents.change_ticket(ticket.id, {"status": "closed"})
    with pytest.raises(TicketRefused, match="closed"):
        zendesk.reply(ticket.id, "answer")
    with pytest.raises(TicketRefused, match="stays closed"):
        zendesk.agents.change_ticket(ticket.id, {"status": "open"})


async def test_the_events_of_a_reply_carry_its_identifier(zendesk, service, ticket):
    reply = await send(zendesk, ticket)
    service.script[CHANNELBACK] = [Canned({"error_info": "no"}, status=400)]
    await send(zendesk, ticket)
    await zendesk.wait_until(zendesk.is_idle)
    good, bad = [event for event in service.events() if event["type_id"] == "channelback"]
    assert good["data"]["request_id"] == reply.request_unique_identifier
    assert ("error" in good, bad["error"]) == (False, "HTTP 400: no")
    tied = [event for event in service.events() if event["type_id"] == "resources_created_from_external_ids"][-1]
    assert tied["data"]["request_id"] == reply.request_unique_identifier
    assert tied["data"]["resource_events"] == [
        {
            "type_id": "external_id_associated_with_channelback",
            "external_id": "reply-1",
            "comment_id": reply.comment_id,
            "ticket_id": ticket.id,
        }
    ]


async def test_attempts_are_remembered_with_their_times(zendesk, service, ticket):
    service.script[CHANNELBACK] = [Canned("", status=500)]
    reply = await send(zendesk, ticket)
    assert [attempt["status"] for attempt in json.loads(reply.attempts)] == [500, 200]
    assert all(attempt.milliseconds > 0 and attempt.at.endswith("Z") for attempt in reply.tries)
