# SPDX-License-Identifier: Apache-2.0
"""What is not known of how Zendesk installs, adds accounts, and sends: each setting makes a difference."""

from __future__ import annotations

import asyncio

import pytest
from falcon.testing import ASGIConductor

from sealock_devkit.zendesk.api.app import create_app
from sealock_devkit.zendesk.browser.admin_browser import AdminStopped
from sealock_devkit.zendesk.browser.clickthrough import clickthrough_url
from sealock_devkit.zendesk.engine.agents import TicketRefused
from sealock_devkit.zendesk.engine.files import NewFile
from sealock_devkit.zendesk.engine.installation import ManifestRefused
from tests.devkit.zendesk.scripted_service import ADMIN, CHANNELBACK, EVENTS, PULL, Canned, resource, return_page

MANIFEST = "/manifest.json"
HEALTH = "/healthcheck"


@pytest.mark.parametrize("status", [302, 303, 307, 308])
async def test_which_redirects_of_a_manifest_are_followed(zendesk, service, status):
    zendesk.change_settings({"manifest_redirects": "301"})
    redirect = Canned("", status=status, headers={"location": MANIFEST})
    service.script["/moved"] = [redirect, redirect]
    with pytest.raises(ManifestRefused, match=f"HTTP {status}"):
        await zendesk.install(f"{service.url}/moved")
    zendesk.change_settings({"manifest_redirects": "any"})
    assert (await zendesk.install(f"{service.url}/moved")).manifest.name == "Scripted"


@pytest.mark.parametrize(("setting", "name"), [("taken", "Renamed"), ("kept", "Scripted")])
async def test_whether_a_manifest_of_the_same_version_is_taken(zendesk, service, setting, name):
    zendesk.change_settings({"same_manifest_version": setting})
    service.manifest["version"] = "1"
    integration = await zendesk.install(service.manifest_url)
    service.manifest["name"] = "Renamed"
    assert (await zendesk.installer.read_again(integration.id)).manifest.name == name
    service.manifest["version"] = "2"
    assert (await zendesk.installer.read_again(integration.id)).manifest.name == "Renamed"


async def test_whether_a_relative_url_in_a_manifest_is_resolved(zendesk, service):
    assert (await zendesk.install(service.manifest_url)).manifest.urls["pull_url"] == f"{service.url}{PULL}"
    zendesk.change_settings({"relative_manifest_urls": "refused"})
    with pytest.raises(ManifestRefused, match=r"urls.admin_ui: an https URL"):
        await zendesk.install(service.manifest_url)


async def test_what_an_empty_url_in_a_manifest_is(zendesk, service):
    service.manifest["urls"]["clickthrough_url"] = ""
    with pytest.raises(ManifestRefused, match=r"urls.clickthrough_url: at least 1 character"):
        await zendesk.install(service.manifest_url)
    zendesk.change_settings({"empty_manifest_urls": "absent"})
    assert "clickthrough_url" not in (await zendesk.install(service.manifest_url)).manifest.urls


async def test_whether_what_only_the_documentation_forbids_in_a_manifest_is_refused(zendesk, service):
    service.manifest["push_client_id"] = "x" * 128
    zendesk.change_settings({"documented_rules": "refused"})
    with pytest.raises(ManifestRefused, match="push_client_id: at most 127 characters"):
        await zendesk.install(service.manifest_url)
    zendesk.change_settings({"documented_rules": "recorded"})
    await zendesk.install(service.manifest_url)


@pytest.mark.parametrize(("setting", "active"), [("old one is used", True), ("accounts are deactivated", False)])
@pytest.mark.parametrize("answer", [Canned({"name": ""}), Canned("", status=503)])
async def test_what_an_unreadable_manifest_does(zendesk, service, account, setting, active, answer):
    zendesk.change_settings({"unreadable_manifest": setting})
    service.script[MANIFEST] = [answer]
    await zendesk.installer.read_all_again()
    assert zendesk.store.accounts.get(account.id).active is active
    await zendesk.wait_until(zendesk.is_idle)
    sent = [event["data"] for event in service.events() if event["type_id"] == "deactivate_integration_instance"]
    assert [data["deactivated_by"] for data in sent] == ([] if active else ["error"])


def ending(fields: dict[str, str]):
    """An admin UI whose first page is its last."""
    return lambda _request, form: Canned(return_page(form["return_url"], fields))


async def test_what_an_account_without_a_name_is_called(zendesk, service):
    integration = await zendesk.install(service.manifest_url)
    service.script[ADMIN] = [ending({"name": "", "metadata": "m"}), ending({"metadata": "m"})]
    with pytest.raises(AdminStopped, match="name: required"):
        await zendesk.add_account(integration, [])
    zendesk.change_settings({"account_without_name": "integration's name"})
    assert (await zendesk.add_account(integration, [])).name == "Scripted"
    assert [each.rule for each in zendesk.store.violations.all()] == ["required", "required"]


async def test_whether_a_too_long_account_is_cut(zendesk, service):
    integration = await zendesk.install(service.manifest_url)
    long = {"name": "n" * 256, "metadata": "m" * 5_001, "state": "s" * 5_001}
    service.script[ADMIN] = [ending(long), ending(long)]
    with pytest.raises(AdminStopped, match="name: at most 255 characters"):
        await zendesk.add_account(integration, [])
    zendesk.change_settings({"too_long_account": "cut"})
    account = await zendesk.add_account(integration, [])
    assert (len(account.name), len(account.metadata), len(account.state)) == (255, 5_000, 5_000)
    assert len(zendesk.store.violations.all()) == 6, "it is a violation either way"


async def test_a_browsers_last_form_is_taken_by_the_same_settings(zendesk, service):
    integration = await zendesk.install(service.manifest_url)
    visit = zendesk.accounts.visit(integration.id)
    with pytest.raises(AdminStopped):
        zendesk.accounts.take(visit, {"name": "", "metadata": "m"})
    zendesk.change_settings({"account_without_name": "integration's name"})
    assert zendesk.accounts.take(visit, {"name": "", "metadata": "m"}).name == "Scripted"


@pytest.mark.parametrize(("setting", "query"), [("joined", "t=1&external_id=c1"), ("replaced", "external_id=c1")])
async def test_what_becomes_of_a_query_in_clickthrough_url(zendesk, service, account, setting, query):
    zendesk.change_settings({"clickthrough_query": setting})
    service.manifest["urls"]["clickthrough_url"] = "/clickthrough?t=1#top"
    await zendesk.installer.read_again(account.integration_id)
    service.resources = [resource("c1")]
    await zendesk.pull(account.id)
    link = await zendesk.open_link(zendesk.store.tickets.comments(1)[0])
    assert link.url == f"{service.url}/clickthrough?{query}"
    assert clickthrough_url("https://s.example/c", "c1", joined=setting == "joined").endswith("/c?external_id=c1")


async def test_how_a_ticket_names_its_channel(zendesk, service, account):
    service.resources = [resource("c1")]
    await zendesk.pull(account.id)
    async with ASGIConductor(create_app(zendesk)) as api:
        seen = []
        for setting in ("service_info", "flat"):
            zendesk.change_settings({"ticket_via": setting})
            ticket = (await api.simulate_get("/api/tickets/1", host="127.0.0.1")).json
            seen.append(ticket["via"]["source"]["from"])
    assert seen[0] == {"service_info": seen[1]}
    assert seen[1]["registered_integration_service_external_id"] == "org.example.scripted"


async def test_health_checks_are_made_when_asked_or_by_themselves(zendesk, service, account):
    assert service.calls(HEALTH) == []
    zendesk.change_settings({"healthcheck_interval_seconds": 0.05})
    assert await zendesk.wait_until(lambda: len(service.calls(HEALTH)) >= 2)
    zendesk.change_settings({"healthcheck_interval_seconds": 0})
    await zendesk.wait_until(zendesk.is_idle)
    asked = len(service.calls(HEALTH))
    await zendesk.healthcheck(zendesk.store.integrations.all()[0])
    assert len(service.calls(HEALTH)) in {asked + 1, asked + 2}


@pytest.mark.parametrize(("setting", "waits"), [("shown", False), ("pulls wait", True)])
async def test_whether_pulls_wait_for_health(zendesk, service, account, setting, waits):
    zendesk.change_settings({"failed_healthcheck": setting})
    integration = zendesk.store.integrations.all()[0]
    service.script[HEALTH] = [Canned("", status=503)]
    assert (await zendesk.healthcheck(integration))[1] == "HTTP 503"
    pulls = zendesk.store.accounts.get(account.id).pulls
    zendesk.store.accounts.update(account.id, interval_seconds=0.05)
    zendesk.context.changes.announce()
    assert await zendesk.wait_until(lambda: zendesk.store.accounts.get(account.id).pulls > pulls + 1, 0.7) is not waits
    assert (await zendesk.pull(account.id)).problem == "", "who asks is answered"
    assert (await zendesk.healthcheck(integration))[1] == ""
    pulls = zendesk.store.accounts.get(account.id).pulls
    assert await zendesk.wait_until(lambda: zendesk.store.accounts.get(account.id).pulls > pulls)


async def test_those_that_wait_for_health_are_pulled_again_when_the_setting_changes(zendesk, service, account):
    zendesk.change_settings({"failed_healthcheck": "pulls wait"})
    service.script[HEALTH] = [Canned("", status=503)]
    await zendesk.healthcheck(zendesk.store.integrations.all()[0])
    zendesk.store.accounts.update(account.id, interval_seconds=0.05)
    pulls = zendesk.store.accounts.get(account.id).pulls
    await asyncio.sleep(0)
    zendesk.change_settings({"failed_healthcheck": "shown"})
    assert await zendesk.wait_until(lambda: zendesk.store.accounts.get(account.id).pulls > pulls)


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
