# SPDX-License-Identifier: Apache-2.0
"""Calls, events and violations on pages."""

from __future__ import annotations

import pytest

from sealock_devkit.zendesk.web.journal import as_curl
from tests.devkit.zendesk.scripted_service import PULL, Canned, resource
from tests.devkit.zendesk_web.conftest import words

SCRIPT = "<script>alert(1)</script>"


async def test_calls_are_listed_with_the_newest_first_and_secrets_as_dots(browser, zendesk, service, account):
    page = await browser.open("/calls")
    kinds = [node.text() for node in page.css("tbody b")]
    assert (kinds[-1], "pull" in kinds, "admin_ui" in kinds) == ("manifest", True, True)
    assert "•••" in words(page)
    for secret in (account.metadata, account.state, "hunter-2-secret", "event-token-1"):
        assert secret not in page.html


async def test_calls_are_filtered_by_account_and_kind(browser, zendesk, service, account):
    page = await browser.open("/calls?account=1&kind=pull")
    assert {node.text() for node in page.css("tbody b")} == {"pull"}
    assert page.css_first("#account option[selected]").attributes["value"] == "1"
    assert words(await browser.open("/calls?account=7"), "tbody") == "None yet."
    assert words(await browser.open("/calls?account=&kind=channelback"), "tbody") == "None yet."
    assert (await browser.client.get("/calls?account=x")).status_code == 400


async def test_a_call_is_copied_as_a_command(browser, zendesk, service, account):
    page = await browser.open("/calls?kind=pull")
    command = page.css_first("[data-copy]").attributes["data-copy"]
    assert command.startswith("curl -X POST --data-urlencode 'metadata=•••")
    assert command.endswith(f"{service.url}/pull")


def test_a_command_cannot_hold_another_command():
    command = as_curl("POST", "https://s.example/a", [("message", "it's $(reboot) `x`; \n--next")])
    assert command == """curl -X POST --data-urlencode 'message=it'"'"'s $(reboot) `x`; \n--next' https://s.example/a"""


async def test_events_are_shown_with_their_state_and_without_metadata(browser, zendesk, service, account):
    page = await browser.open("/events")
    assert "create_integration_instance" in words(page)
    assert "delivered" in words(page, "tbody td:last-child")
    assert "hunter-2-secret" not in page.html


async def test_violations_are_counted_on_every_page_filtered_and_forgotten(browser, zendesk, service, account):
    assert "Everything that the service answered" in words(await browser.open("/violations"))
    service.script[PULL] = [Canned({"external_resources": [{"external_id": 7}], "state": 8})]
    await zendesk.pull(account.id)
    count = zendesk.store.violations.count()
    assert words(await browser.open("/tickets"), ".count") == str(count)
    page = await browser.open("/violations?account=1")
    assert len(page.css("tbody tr")) == count > 1
    assert "external_resources[0].external_id" in words(page)
    assert len((await browser.open("/violations?account=2")).css("tbody tr")) == 0
    assert (await browser.send("/violations/forget")).status_code == 303
    assert zendesk.store.violations.count() == 0


@pytest.mark.parametrize("path", ["/calls", "/events", "/violations"])
async def test_script_in_what_is_recorded_is_inert(browser, zendesk, service, account, path):
    service.resources = [resource(f"c{SCRIPT}", SCRIPT, **{f"more{SCRIPT}": 1})]
    await zendesk.pull(account.id)
    zendesk.reply(1, SCRIPT)
    await zendesk.wait_until(zendesk.is_idle)
    service.script[PULL] = [Canned({f"x{SCRIPT}": SCRIPT, "external_resources": [], "state": 7})]
    await zendesk.pull(account.id)
    page = await browser.open(path)
    assert page.css("body script") == []
    assert "None yet." not in words(page)
