# SPDX-License-Identifier: Apache-2.0
"""What is not known about how Zendesk sends replies, events and files: each setting's values, and what each does."""

from __future__ import annotations

import asyncio

import pytest

from sealock_devkit.zendesk.engine.agents import TicketRefused
from sealock_devkit.zendesk.engine.files import NewFile
from tests.devkit.zendesk.scripted_service import CHANNELBACK, EVENTS, Canned, resource


@pytest.fixture
async def ticket(zendesk, service, account):
    service.resources = [resource("c1", "question")]
    await zendesk.pull(account.id)
    await zendesk.wait_until(zendesk.is_idle)
    service.resources = []
    return zendesk.tickets()[0]


INVALID = Canned({"id": "r"})
REPEATED = [
    ("channelback_401", "fail", Canned("", status=401), 1),
    ("channelback_401", "retry", Canned("", status=401), 2),
    ("channelback_429", "fail", Canned("", status=429), 1),
    ("channelback_429", "retry", Canned("", status=429), 2),
    ("channelback_4xx", "fail", Canned("", status=404), 1),
    ("channelback_4xx", "retry", Canned("", status=404), 2),
    ("channelback_4xx", "retry", Canned("", status=422), 2),
    ("channelback_5xx", "fail", Canned("", status=503), 1),
    ("channelback_5xx", "retry", Canned("", status=503), 2),
    ("channelback_invalid_answer", "fail", INVALID, 1),
    ("channelback_invalid_answer", "retry", INVALID, 2),
]


@pytest.mark.parametrize(("setting", "value", "answer", "calls"), REPEATED)
async def test_what_is_repeated(zendesk, service, ticket, setting, value, answer, calls):
    zendesk.change_settings({setting: value})
    service.script[CHANNELBACK] = [answer]
    reply = await zendesk.settled(zendesk.reply(ticket.id, "answer"))
    assert (len(service.calls(CHANNELBACK)), reply.status) == (calls, "delivered" if calls == 2 else "failed")


async def test_what_one_status_does_is_not_what_another_does(zendesk, service, ticket):
    zendesk.change_settings({"channelback_4xx": "retry", "channelback_5xx": "fail", "channelback_429": "fail"})
    for status, calls in ((401, 1), (429, 1), (500, 1), (404, 2), (302, 1)):
        before = len(service.calls(CHANNELBACK))
        service.script[CHANNELBACK] = [Canned("", status=status)]
        await zendesk.settled(zendesk.reply(ticket.id, "answer"))
        assert (status, len(service.calls(CHANNELBACK)) - before) == (status, calls)


@pytest.mark.parametrize("flags", [True, False])
async def test_whether_a_401_asks_for_the_administrator(zendesk, service, ticket, flags):
    zendesk.change_settings({"channelback_401_flags": flags})
    service.script[CHANNELBACK] = [Canned("", status=401)]
    await zendesk.settled(zendesk.reply(ticket.id, "answer"))
    assert zendesk.store.accounts.get(ticket.account_id).needs_update is flags


@pytest.mark.parametrize(("setting", "waits"), [("obeyed", True), ("ignored", False)])
async def test_whether_retry_after_is_obeyed(zendesk, service, ticket, setting, waits):
    zendesk.change_settings({"channelback_retry_after": setting, "channelback_longest_wait_seconds": 1})
    service.script[CHANNELBACK] = [Canned("", status=503, headers={"retry-after": "600"})]
    started = asyncio.get_running_loop().time()
    await zendesk.settled(zendesk.reply(ticket.id, "answer"))
    assert (asyncio.get_running_loop().time() - started >= 1) is waits


@pytest.mark.parametrize(("setting", "recipient"), [("left out", None), ("empty", "")])
async def test_how_a_missing_recipient_is_said(zendesk, service, ticket, setting, recipient):
    zendesk.change_settings({"channelback_missing_ids": setting, "channelback_ids": "thread_id"})
    zendesk.agents.change_ticket(ticket.id, {"requester_id": None})
    await zendesk.settled(zendesk.reply(ticket.id, "answer"))
    (form,) = service.calls(CHANNELBACK)
    assert (form.get("recipient_id"), form.get("parent_id"), form["thread_id"]) == (recipient, recipient, "c1")


async def test_whether_a_reply_may_be_files_alone(zendesk, service, account, ticket):
    service.manifest["channelback_files"] = True
    await zendesk.installer.read_again(account.integration_id)
    file = NewFile("a.txt", "text/plain", b"a")
    with pytest.raises(TicketRefused):
        zendesk.reply(ticket.id, "", files=[file])
    zendesk.change_settings({"reply_without_text": "sent"})
    with pytest.raises(TicketRefused):
        zendesk.reply(ticket.id, "")
    await zendesk.settled(zendesk.reply(ticket.id, "", files=[file]))
    (form,) = service.calls(CHANNELBACK)
    assert (form["message"], "a.txt" in form["file_urls[]"]) == ("", True)


async def five_events(zendesk, service, account) -> list[str]:
    zendesk.change_settings({"event_window_seconds": 0.2})
    before = len(service.events())
    integration = zendesk.store.integrations.get(account.integration_id)
    for number in range(5):
        zendesk.events.add(integration, "channelback", {"request_id": str(number)})
    await zendesk.wait_until(zendesk.is_idle)
    return [event["data"]["request_id"] for event in service.events()[before:]]


async def test_in_which_order_events_come(zendesk, service, account):
    assert await five_events(zendesk, service, account) == list("01234")
    zendesk.change_settings({"event_order": "mixed"})
    mixed = await five_events(zendesk, service, account)
    assert (sorted(mixed), mixed == sorted(mixed)) == (list("01234"), False)


@pytest.mark.parametrize(
    ("retries", "failures", "calls", "status"), [(0, 1, 1, "failed"), (2, 2, 3, "delivered"), (2, 3, 3, "failed")]
)
async def test_whether_an_event_callback_is_repeated(zendesk, service, account, retries, failures, calls, status):
    zendesk.change_settings({"event_retries": retries, "event_backoff_seconds": 0.01})
    service.script[EVENTS] = [Canned("", status=500)] * failures
    before = len(service.calls(EVENTS))
    zendesk.lifecycle.deactivate(account, "api")
    await zendesk.wait_until(zendesk.is_idle)
    sent = service.calls(EVENTS)[before:]
    assert (len(sent), sent[0] == sent[-1], zendesk.store.events.all(1)[0].status) == (calls, True, status)


@pytest.mark.parametrize(("seconds", "status"), [(30, "delivered"), (0.2, "failed")])
async def test_how_long_an_event_callback_may_take(zendesk, service, account, seconds, status):
    zendesk.change_settings({"event_timeout_seconds": seconds})
    service.script[EVENTS] = [Canned("ok", delay=0.6)]
    zendesk.lifecycle.deactivate(account, "api")
    await zendesk.wait_until(zendesk.is_idle)
    assert zendesk.store.events.all(1)[0].status == status


async def test_an_event_callback_waits_before_it_is_repeated(zendesk, service, account):
    zendesk.change_settings({"event_retries": 2, "event_backoff_seconds": 0.2})
    service.script[EVENTS] = [Canned("", status=500)] * 2
    started = asyncio.get_running_loop().time()
    zendesk.lifecycle.deactivate(account, "api")
    await zendesk.wait_until(zendesk.is_idle)
    assert asyncio.get_running_loop().time() - started >= 0.6


async def with_file(zendesk, service, account, number: int):
    service.resources = [resource(f"f{number}", file_urls=[f"{service.url}/files/{number}.png"])]
    await zendesk.pull(account.id)
    await zendesk.wait_until(zendesk.is_idle)
    comment = zendesk.store.tickets.comments(number)[0]
    return zendesk.store.files.of_comment(comment.id)[0]


@pytest.mark.parametrize(("setting", "metadata"), [("metadata", True), ("empty", False)])
async def test_what_a_files_post_carries(zendesk, service, account, setting, metadata):
    zendesk.change_settings({"file_post_body": setting})
    assert (await with_file(zendesk, service, account, 1)).status == "stored"
    assert service.calls("/files/1.png") == [{"metadata": account.metadata} if metadata else {}]


@pytest.mark.parametrize(("retries", "calls", "status"), [(0, 1, "failed"), (1, 2, "failed"), (2, 3, "stored")])
async def test_how_often_a_file_is_fetched(zendesk, service, account, retries, calls, status):
    zendesk.change_settings({"file_retries": retries})
    service.script["/files/1.png"] = [Canned("", status=503)] * 2
    assert (await with_file(zendesk, service, account, 1)).status == status
    assert len(service.calls("/files/1.png")) == calls
