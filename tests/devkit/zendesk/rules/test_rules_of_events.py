# SPDX-License-Identifier: Apache-2.0
"""Rules of event callbacks that no other file proves: what each kind tells, and what none does."""

from __future__ import annotations

from tests.devkit.zendesk.scripted_service import CHANNELBACK, PULL, resource


async def told(zendesk, service, kind: str) -> dict:
    """The newest event of a kind."""
    await zendesk.wait_until(zendesk.is_idle)
    return [event for event in service.events() if event["type_id"] == kind][-1]


async def test_each_kind_tells_what_it_is_about(zendesk, service, account):
    service.resources = [resource("c1")]
    await zendesk.pull(account.id)
    reply = await zendesk.settled(zendesk.reply(1, "answer"))
    pulled = await told(zendesk, service, "pull_request")
    assert set(pulled["data"]) == {"integration_instance_name", "url", "request_id", "duplicate_external_ids"}
    assert pulled["data"]["url"] == service.url + PULL
    assert (await told(zendesk, service, "channelback"))["data"] == {
        "integration_instance_name": account.name,
        "url": service.url + CHANNELBACK,
        "request_id": reply.request_unique_identifier,
    }
    about = {"manifest_url": service.manifest_url}
    assert (await told(zendesk, service, "create_integration"))["data"] == about
    zendesk.lifecycle.delete_user(1)
    assert (await told(zendesk, service, "destroy_user_identity"))["data"] == {
        "author": {"external_id": "ann"},
        "metadata": account.metadata,
    }
    zendesk.lifecycle.remove_integration(account.integration_id)
    assert (await told(zendesk, service, "destroy_integration"))["data"] == about
    assert (await told(zendesk, service, "destroy_integration_instance"))["data"] == {"metadata": account.metadata}


async def test_no_event_carries_the_push_id_or_the_token(zendesk, service):
    service.manifest["push_client_id"] = "client"
    account = await zendesk.add_account(await zendesk.install(service.manifest_url), [service.good_answers])
    zendesk.lifecycle.delete(account)
    await zendesk.wait_until(zendesk.is_idle)
    assert len(service.events()) >= 3
    for event in service.events():
        assert account.instance_push_id not in str(event)
        assert account.access_token not in str(event)


async def test_a_change_of_a_tickets_status_sends_nothing(zendesk, service, account):
    service.resources = [resource("c1")]
    await zendesk.pull(account.id)
    await zendesk.wait_until(zendesk.is_idle)
    before = len(service.received)
    for status in ("open", "pending", "solved", "closed"):
        zendesk.agents.change_ticket(1, {"status": status})
    await zendesk.wait_until(zendesk.is_idle)
    assert len(service.received) == before


async def test_an_account_is_named_by_the_metadata_that_it_has_then(zendesk, service, account):
    zendesk.store.accounts.update(account.id, metadata="renewed")
    zendesk.lifecycle.deactivate(zendesk.store.accounts.get(account.id), "api")
    event = await told(zendesk, service, "deactivate_integration_instance")
    assert event["data"] == {"metadata": "renewed", "deactivated_by": "api"}
