# SPDX-License-Identifier: Apache-2.0
"""Event callbacks: all ten kinds and four resource events, valid by Zendesk's schemas, in batches."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.devkit.zendesk.scripted_service import CHANNELBACK, EVENTS, PULL, Canned, resource
from tests.zendesk_schemas import EVENT_SCHEMAS, requires_schemas, valid_event


def kinds(service) -> list[str]:
    return [event["type_id"] for event in service.events()]


@requires_schemas
async def test_all_ten_kinds_and_four_resource_events_are_valid_by_zendesks_schemas(over_tls):
    service, zendesk = over_tls
    integration = await zendesk.install(service.manifest_url)
    account = await zendesk.add_account(integration, [service.good_answers])
    service.resources = [resource("c1"), resource("c2", thread_id="c1")]
    await zendesk.pull(account.id)
    await zendesk.settled(zendesk.reply(1, "answer"))
    zendesk.agents.change_ticket(1, {"status": "closed"})
    service.resources.append(resource("c3", thread_id="c1"))
    await zendesk.pull(account.id)
    service.script[PULL] = [Canned("", status=503)]
    await zendesk.pull(account.id)
    account = zendesk.lifecycle.deactivate(account, "api")
    account = zendesk.lifecycle.activate(account)
    zendesk.lifecycle.deactivate(account, "error", "too many failures")
    zendesk.lifecycle.delete_user(1)
    zendesk.lifecycle.remove_integration(integration.id)
    await zendesk.wait_until(zendesk.is_idle)
    for event in service.events():
        valid_event(event)
    assert set(kinds(service)) == set(EVENT_SCHEMAS)
    resource_events = [
        each["type_id"]
        for event in service.events()
        if event["type_id"] == "resources_created_from_external_ids"
        for each in event["data"]["resource_events"]
    ]
    assert set(resource_events) == {
        "comment_on_new_ticket",
        "comment_on_existing_ticket",
        "comment_on_follow_up_ticket",
        "external_id_associated_with_channelback",
    }
    assert zendesk.store.violations.all() == []


async def test_an_event_says_whose_it_is(zendesk, service, account):
    await zendesk.pull(account.id)
    await zendesk.wait_until(zendesk.is_idle)
    for event in service.events():
        assert (event["subdomain"], event["integration_name"]) == ("demo", "Scripted")
        assert event["integration_id"] == "org.example.scripted"
        age = datetime.now(UTC) - datetime.fromisoformat(event["timestamp"])
        assert 0 <= age.total_seconds() < 60
    created = next(event for event in service.events() if event["type_id"] == "create_integration_instance")
    assert created["data"] == {"metadata": account.metadata}
    pulled = [event for event in service.events() if event["type_id"] == "pull_request"][-1]
    assert pulled["data"]["integration_instance_name"] == account.name
    assert pulled["data"]["url"] == f"{service.url}{PULL}"


async def test_who_deactivated_an_account_is_told(zendesk, service, account):
    account = zendesk.lifecycle.deactivate(account, "api")
    assert zendesk.lifecycle.deactivate(account, "api") == account, "once is enough"
    account = zendesk.lifecycle.activate(account)
    zendesk.lifecycle.activate(account)
    await zendesk.wait_until(zendesk.is_idle)
    sent = [event for event in service.events() if event["type_id"].endswith("activate_integration_instance")]
    assert [(event["type_id"], event["data"].get("deactivated_by")) for event in sent] == [
        ("deactivate_integration_instance", "api"),
        ("activate_integration_instance", None),
    ]


async def test_removing_an_integration_deletes_its_accounts_first_and_keeps_tickets(zendesk, service, account):
    service.resources = [resource("c1")]
    await zendesk.pull(account.id)
    await zendesk.wait_until(zendesk.is_idle)
    before = len(service.events())
    zendesk.lifecycle.remove_integration(account.integration_id)
    await zendesk.wait_until(zendesk.is_idle)
    assert kinds(service)[before:] == ["destroy_integration_instance", "destroy_integration"]
    assert (zendesk.store.integrations.all(), zendesk.store.accounts.all()) == ([], [])
    assert len(zendesk.tickets()) == 1


async def test_events_are_collected_and_sent_together_up_to_the_batch(zendesk, service, account):
    zendesk.change_settings({"event_window_seconds": 0.3, "event_batch": 3})
    before = len(service.calls(EVENTS))
    for _ in range(4):
        account = zendesk.lifecycle.deactivate(account, "api")
        account = zendesk.lifecycle.activate(account)
    await zendesk.wait_until(zendesk.is_idle)
    batches = [len(call["json"].split('"type_id"')) - 1 for call in service.calls(EVENTS)[before:]]
    assert batches == [3, 3, 2]


@pytest.mark.parametrize("answer", [Canned("", status=500), Canned("", status=302, headers={"location": "/x"})])
async def test_an_event_that_was_not_taken_is_not_sent_again(zendesk, service, account, answer):
    service.script[EVENTS] = [answer]
    before = len(service.calls(EVENTS))
    zendesk.lifecycle.deactivate(account, "api")
    await zendesk.wait_until(zendesk.is_idle)
    assert len(service.calls(EVENTS)) == before + 1
    assert zendesk.store.events.all(1)[0].status == "failed"


@pytest.mark.parametrize("status", [200, 201, 204])
async def test_every_2xx_is_fine(zendesk, service, account, status):
    service.script[EVENTS] = [Canned("", status=status)]
    zendesk.lifecycle.deactivate(account, "api")
    await zendesk.wait_until(zendesk.is_idle)
    assert zendesk.store.events.all(1)[0].status == "delivered"


async def test_a_batch_may_come_twice(zendesk, service, account):
    zendesk.faults.switch_on({"call": "event_callback", "kind": "duplicate"})
    zendesk.lifecycle.deactivate(account, "api")
    await zendesk.wait_until(zendesk.is_idle)
    first, second = service.events()[-2:]
    assert first == second


async def test_a_manifest_without_event_callback_url_gets_no_events(zendesk, service):
    del service.manifest["urls"]["event_callback_url"]
    await zendesk.install(service.manifest_url)
    assert zendesk.is_idle()
    assert zendesk.store.events.all(1)[0].status == "unwanted"
    assert service.calls(EVENTS) == []


async def test_settled_events_are_forgotten_after_a_while(zendesk, service, account):
    zendesk.change_settings({"calls_kept": 3})
    for _ in range(3):
        account = zendesk.lifecycle.deactivate(account, "api")
        await zendesk.wait_until(zendesk.is_idle)
        account = zendesk.lifecycle.activate(account)
        await zendesk.wait_until(zendesk.is_idle)
    assert len(zendesk.store.events.all(100)) == 3
    assert len(zendesk.store.calls.all(limit=100)) == 3


async def test_the_url_of_the_callback_keeps_its_query_and_the_journal_does_not(zendesk, service, account):
    await zendesk.wait_until(zendesk.is_idle)
    assert service.calls(EVENTS) != []
    call = zendesk.store.calls.all(kind="event_callback")[-1]
    assert call.url == f"{service.url}{EVENTS}?token=•••"
    assert CHANNELBACK not in call.sent
