# SPDX-License-Identifier: Apache-2.0
"""Channels and accounts as administrators see them."""

from __future__ import annotations

import pytest

from tests.devkit.zendesk.scripted_service import ADMIN, PULL, Canned, resource
from tests.devkit.zendesk_web.conftest import words

SCRIPT = "<script>alert(1)</script>"


async def test_an_integration_is_installed_from_its_manifest(browser, zendesk, service):
    assert "No integration yet" in words(await browser.open("/channels"))
    answer = await browser.send("/channels", {"manifest_url": f" {service.manifest_url} "})
    assert (answer.status_code, answer.headers["location"]) == (303, "/channels/1")
    shown = words(await browser.open("/channels/1"))
    for part in ("Scripted", "org.example.scripted", service.manifest_url, f"{service.url}/pull"):
        assert part in shown
    assert "event-token-1" not in shown
    assert "Scripted" in words(await browser.open("/channels"))


@pytest.mark.parametrize(
    ("manifest", "problem"),
    [
        (Canned("<p>hello"), "JSON"),
        (Canned(b"{" + b" " * 400_000 + b"}"), "at most 262144 bytes"),
        (Canned({"name": "n", "id": "i", "urls": {}}), "urls.admin_ui"),
        (Canned(status=302, headers={"location": "/elsewhere"}), "HTTP 302"),
    ],
)
async def test_a_manifest_that_is_refused_is_said_to_be_so_beside_the_form(browser, service, manifest, problem):
    service.script["/manifest.json"] = [manifest]
    answer = await browser.send("/channels", {"manifest_url": service.manifest_url})
    assert (answer.status_code, problem in answer.text, service.manifest_url in answer.text) == (422, True, True)


@pytest.mark.parametrize(
    "url", ["http://origin.example/m.json", "javascript:alert(1)", "", '"><script>alert(1)</script>']
)
async def test_an_address_that_is_not_https_is_refused(browser, url):
    answer = await browser.send("/channels", {"manifest_url": url})
    assert (answer.status_code, "must be https" in answer.text, SCRIPT in answer.text) == (422, True, False)


async def test_what_is_wrong_with_a_manifest_is_shown_and_the_good_copy_stays(browser, zendesk, service, account):
    service.script["/manifest.json"] = [Canned({"name": "n", "id": "i", "urls": {}})]
    assert (await browser.send("/channels/1/manifest")).status_code == 303
    page = await browser.open("/channels/1")
    assert "could not be read again" in words(page, ".alert")
    assert "urls.admin_ui" in words(page, "li.bad")
    assert words(page, "h1") == "Scripted"


async def test_a_removed_integration_takes_its_accounts_along(browser, zendesk, service, account):
    assert (await browser.send("/channels/1/remove")).headers["location"] == "/channels"
    assert zendesk.store.accounts.all() == []
    assert words(await browser.open("/channels/1"), ".heading .state") == "removed"
    assert (await browser.client.get("/channels/1/accounts/new")).status_code == 409


async def test_an_account_shows_how_it_stands(browser, zendesk, service, account):
    zendesk.store.accounts.update(account.id, metadata="m" * 4_321, needs_update=True)
    page = await browser.open("/accounts/1")
    assert "4321 of 5,000 characters" in words(page)
    assert "Needs update." in words(page, ".banner")
    assert page.css_first(".banner a").attributes["href"] == "/accounts/1/edit"
    assert words(page, "tbody td:nth-child(2)") == "200"
    assert "mmm" not in page.html


async def test_an_account_is_pulled_at_once(browser, zendesk, service, account):
    service.resources = [resource("c1", "now")]
    assert (await browser.send("/accounts/1/pull")).status_code == 303
    assert "now" in words(await browser.open("/tickets"))
    service.script[PULL] = [Canned(status=500)]
    await browser.send("/accounts/1/pull")
    page = await browser.open("/accounts/1")
    assert "HTTP 500" in words(page, ".alert")
    assert words(page, "tbody tr:first-child td:nth-child(2)") == "500"


async def test_an_account_is_switched_and_deleted(browser, zendesk, service, account):
    async def switch(action, status=303):
        assert (await browser.send("/accounts/1/switch", {"action": action})).status_code == status
        return zendesk.store.accounts.get(1)

    assert (await switch("deactivate")).active is False
    assert (await browser.send("/accounts/1/pull")).status_code == 409
    assert (await switch("activate")).active is True
    assert (await switch("pause")).paused is True
    assert (await switch("resume")).paused is False
    await switch("explode", 400)
    assert (await switch("delete")).deleted_at
    await switch("activate", 409)
    assert words(await browser.open("/accounts/1"), ".heading .state") == "deleted"


@pytest.mark.parametrize(("seconds", "kept"), [("7", 7), ("", None), (" 120 ", 120)])
async def test_an_account_has_its_own_interval(browser, zendesk, account, seconds, kept):
    assert (await browser.send("/accounts/1/interval", {"seconds": seconds})).status_code == 303
    assert zendesk.store.accounts.get(1).interval_seconds == kept


@pytest.mark.parametrize("seconds", ["-1", "soon", "1e9", "99999999"])
async def test_an_interval_that_is_none_is_refused(browser, account, seconds):
    answer = await browser.send("/accounts/1/interval", {"seconds": seconds})
    assert (answer.status_code, "whole number of seconds" in answer.text) == (422, True)


async def test_script_in_names_is_inert(browser, zendesk, service, account):
    service.manifest["name"] = f"S{SCRIPT}"
    await browser.send("/channels/1/manifest")
    zendesk.store.accounts.update(1, name=f"A{SCRIPT}", last_problem=SCRIPT)
    for path in ("/channels", "/channels/1", "/accounts/1", "/accounts/1/edit", "/channels/1/accounts/new"):
        page = await browser.open(path)
        assert SCRIPT in words(page), path
        assert page.css("body script") == [], path
    assert service.calls(ADMIN) != []
