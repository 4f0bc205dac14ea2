# SPDX-License-Identifier: Apache-2.0
"""Channels and accounts as administrators see them."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.devkit.zendesk.scripted_service import ADMIN, PULL, Canned, resource
from tests.devkit.zendesk.web.conftest import words

SCRIPT = "<script>alert(1)</script>"


async def test_an_integration_is_installed_from_its_manifest(browser, zendesk, service):
    assert "No integration yet" in words(await browser.open("/channels"))
    answer = await browser.send("/channels", {"manifest_url": f" {service.manifest_url} "})
    assert (answer.status_code, answer.headers["location"]) == (303, "/channels/1?done=installed")
    shown = words(await browser.open("/channels/1"))
    for part in ("Scripted", "org.example.scripted", service.manifest_url, f"{service.url}/pull"):
        assert part in shown
    assert "event-token-1" not in shown
    assert "Scripted" in words(await browser.open("/channels"))


@pytest.mark.parametrize(
    ("manifest", "problem"),
    [
        (Canned("<p>hello"), "the manifest cannot be used: it should be JSON; found: HTML or XML"),
        (Canned(b"{" + b" " * 400_000 + b"}"), "it should be at most 262144 bytes; found: 400002 bytes"),
        (Canned({"name": "n", "id": "i", "urls": {}}), "urls.admin_ui: required, got nothing"),
        (
            Canned(status=302, headers={"location": "/elsewhere"}),
            "the manifest could not be read: HTTP 302; only a redirect with 301 is followed",
        ),
        (Canned(status=301, headers={"location": "/manifest.json"}), "redirects in a circle"),
        (Canned(status=404), "the manifest could not be read: HTTP 404"),
        (
            Canned({"error_info": "The connector does not answer."}, status=503),
            "the manifest could not be read: HTTP 503: The connector does not answer.",
        ),
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


async def test_a_channel_says_what_it_can_and_when_its_manifest_is_read(browser, zendesk, service, account):
    shown = words(await browser.open("/channels/1"), "#channel")
    assert "✓ takes agents' replies" in shown
    assert "· not: takes files with replies" in shown
    assert "next by itself" in shown


async def test_a_manifest_that_was_read_again_is_said_to_be(browser, zendesk, service, account):
    service.manifest["version"] = "2.0"
    answer = await browser.send("/channels/1/manifest")
    page = await browser.open(answer.headers["location"])
    assert words(page, "#done") == "✓ The manifest was read again."
    assert "2.0" in words(page, "#channel dl")


async def test_the_integrations_own_pages_open_in_new_tabs(browser, zendesk, service):
    service.manifest["urls"].update(about_url="/about?key=k-1", dashboard_url="/dashboard")
    zendesk.change_settings({"about_url_locale": True})
    await zendesk.install(service.manifest_url)
    page = await browser.open("/channels/1")
    for name, path in (("about", "/about?key=k-1&locale=en-US"), ("dashboard", "/dashboard?locale=en-US")):
        link = page.css_first(f"a#{name}").attributes
        assert (link["target"], link["rel"]) == ("_blank", "noopener noreferrer")
        assert (await browser.client.get(link["href"])).headers["location"] == f"{service.url}{path}"
    assert "k-1" not in page.html


async def test_a_page_that_the_manifest_does_not_name_has_no_link(browser, zendesk, service):
    service.manifest["urls"].update(dashboard_url="/dashboard")
    await zendesk.install(service.manifest_url)
    page = await browser.open("/channels/1")
    assert [page.css_first(f"a#{name}") is None for name in ("about", "dashboard")] == [True, False]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Canned("ok"), "It is healthy: HTTP 200."),
        (Canned(status=503), "It is not healthy: HTTP 503."),
        (Canned(status=302, headers={"location": "/"}), "It is not healthy: HTTP 302."),
    ],
)
async def test_the_health_is_checked_when_somebody_asks(browser, zendesk, service, account, answer, said):
    service.script["/healthcheck"] = [answer]
    shown = await browser.send("/channels/1/health")
    assert (shown.status_code, words(LexborHTMLParser(shown.text), "#health")) == (200, said)
    assert service.script["/healthcheck"] == []


async def test_a_channel_without_a_healthcheck_says_so(browser, zendesk, service):
    del service.manifest["urls"]["healthcheck_url"]
    await zendesk.install(service.manifest_url)
    assert "the manifest has no healthcheck_url" in (await browser.send("/channels/1/health")).text


async def test_a_removed_integration_takes_its_accounts_along_and_the_service_is_told(
    browser, zendesk, service, account
):
    assert (await browser.send("/channels/1/remove")).headers["location"] == "/channels?done=removed"
    for action in ("remove", "manifest", "health"):
        assert (await browser.send(f"/channels/1/{action}")).status_code == 409
    assert zendesk.store.accounts.all() == []
    assert words(await browser.open("/channels/1"), ".heading .state") == "removed"
    assert (await browser.client.get("/channels/1/accounts/new")).status_code == 409
    await zendesk.wait_until(zendesk.is_idle)
    sent = [event["type_id"] for event in service.events()]
    assert sent[-2:] == ["destroy_integration_instance", "destroy_integration"]


async def test_an_account_shows_how_it_stands(browser, zendesk, service, account):
    zendesk.store.accounts.update(account.id, metadata="m" * 4_321, needs_update=True)
    page = await browser.open("/accounts/1")
    assert "4321 of 5,000 characters" in words(page)
    assert "Needs update." in words(page, ".banner")
    assert page.css_first(".banner a").attributes["href"] == "/accounts/1/edit"
    assert [words(page, f"tbody td:nth-child({column})") for column in (2, 3, 4, 5)] == ["pull", "200", "0", "0"]
    assert page.css("#instance-push-id") == []
    assert "mmm" not in page.html


async def test_an_account_shows_its_last_pulls_with_what_they_brought(browser, zendesk, service, account):
    service.resources = [resource("c1"), resource("c2")]
    await zendesk.pull(account.id)
    service.resources = [resource("c1"), resource("c3")]
    await zendesk.pull(account.id)
    service.script[PULL] = [Canned(status=500)]
    await zendesk.pull(account.id)
    page = await browser.open("/accounts/1")
    rows = [[cell.text().strip() for cell in row.css("td")] for row in page.css("tbody tr")]
    assert {row[1] for row in rows} == {"pull"}
    assert [(row[2], row[3], row[4], row[7]) for row in rows] == [
        ("500", "0", "0", "no reason was given (500)"),
        ("200", "1", "1", ""),
        ("200", "2", "0", ""),
        ("200", "0", "0", ""),
    ]


async def test_an_account_says_when_it_is_pulled_next(browser, zendesk, service, account):
    assert "1 pull in all, the next " in words(await browser.open("/accounts/1"), ".lead")
    await browser.send("/accounts/1/switch", {"action": "pause"})
    assert "1 pull in all, none by itself" in words(await browser.open("/accounts/1"), ".lead")


async def test_an_account_of_a_pushing_integration_shows_its_push_id(browser, zendesk, service):
    service.manifest["push_client_id"] = "client-1"
    integration = await zendesk.install(service.manifest_url)
    account = await zendesk.add_account(integration, [service.good_answers])
    page = await browser.open("/accounts/1")
    assert words(page, "#instance-push-id") == account.instance_push_id
    assert account.access_token not in page.html


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        ("/accounts/1/pull", {}, "The account was pulled."),
        ("/accounts/1/interval", {"seconds": "7"}, "The interval was changed."),
        ("/accounts/1/switch", {"action": "pause"}, "Pulls are paused"),
        ("/accounts/1/switch", {"action": "deactivate"}, "not active any more"),
        ("/accounts/1/switch", {"action": "delete"}, "Its tickets stay."),
    ],
)
async def test_what_was_done_is_confirmed(browser, zendesk, service, account, path, fields, said):
    answer = await browser.send(path, fields)
    page = await browser.open(answer.headers["location"])
    assert said in words(page, "#done[role=status]")


@pytest.mark.parametrize("done", ["nonsense", "<script>", "added&done=edited"])
async def test_nothing_but_our_own_words_is_confirmed(browser, zendesk, service, account, done):
    page = await browser.open(f"/accounts/1?done={done}")
    assert words(page, "#done") in ("", "✓ The account was saved.")


async def test_an_account_is_pulled_at_once(browser, zendesk, service, account):
    service.resources = [resource("c1", "now")]
    assert (await browser.send("/accounts/1/pull")).status_code == 303
    assert "now" in words(await browser.open("/tickets"))
    service.script[PULL] = [Canned(status=500)]
    await browser.send("/accounts/1/pull")
    page = await browser.open("/accounts/1")
    assert "Pulls have failed since" in words(page, ".alert")
    assert "because: no reason was given (500)" in words(page, ".alert")
    assert words(page, "tbody tr:first-child td:nth-child(3)") == "500"


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


@pytest.mark.parametrize(("seconds", "expected"), [("7", 7), ("", None), (" 120 ", 120)])
async def test_an_account_has_its_own_interval(browser, zendesk, account, seconds, expected):
    assert (await browser.send("/accounts/1/interval", {"seconds": seconds})).status_code == 303
    assert zendesk.store.accounts.get(1).interval_seconds == expected


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


WAYS = [
    (False, "https://s.example/about?a=1#top", "https://s.example/about?a=1#top"),
    (True, "https://s.example/about?a=1#top", "https://s.example/about?a=1&locale=en-US#top"),
    (True, "https://s.example/about", "https://s.example/about?locale=en-US"),
]


@pytest.mark.parametrize("page", ["about", "dashboard"])
@pytest.mark.parametrize(("locale", "url", "location"), WAYS)
async def test_whether_the_locale_is_told_to_about_page_and_dashboard(
    browser, zendesk, service, page, locale, url, location
):
    zendesk.change_settings({"about_url_locale": locale})
    service.manifest["urls"][f"{page}_url"] = url
    integration = await zendesk.install(service.manifest_url)
    answer = await browser.client.get(f"/channels/{integration.id}/{page}")
    assert (answer.status_code, answer.headers["location"]) == (302, location)


async def test_a_page_that_the_manifest_does_not_name_is_not_there(browser, zendesk, service):
    integration = await zendesk.install(service.manifest_url)
    await browser.open(f"/channels/{integration.id}/about", status=404)
