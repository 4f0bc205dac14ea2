# SPDX-License-Identifier: Apache-2.0
"""What is not known about manifests, accounts, links and health: each setting's values, and what each does."""

from __future__ import annotations

import asyncio

import pytest
from falcon.testing import ASGIConductor

from sealock_devkit.zendesk.api.app import create_app
from sealock_devkit.zendesk.browser.admin_browser import AdminStopped
from sealock_devkit.zendesk.browser.clickthrough import clickthrough_url
from sealock_devkit.zendesk.engine.installation import ManifestRefused
from tests.devkit.zendesk.scripted_service import ADMIN, PULL, Canned, resource, return_page

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
    told = [event["data"] for event in service.events() if event["type_id"] == "deactivate_integration_instance"]
    assert [data["deactivated_by"] for data in told] == ([] if active else ["error"])


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
