# SPDX-License-Identifier: Apache-2.0
"""Settings and faults on their page."""

from __future__ import annotations

import pytest

from sealock_devkit.zendesk import Settings
from tests.devkit.zendesk_web.conftest import words


async def shown(browser) -> dict[str, str]:
    """The form as a browser would send it."""
    page = await browser.open("/settings")
    form = page.css_first("form[action='/settings']")
    fields = {node.attributes["name"]: node.attributes.get("value") or "" for node in form.css("input")}
    chosen = {node.attributes["name"]: node.css_first("option[selected]").text() for node in form.css("select")}
    return {**fields, **chosen}


async def test_every_setting_is_on_the_page(browser):
    assert set(await shown(browser)) == set(Settings().as_dict())


async def test_a_form_that_nobody_changed_changes_nothing(browser, zendesk):
    before = zendesk.settings
    assert (await browser.send("/settings", await shown(browser))).status_code == 303
    assert zendesk.settings == before
    assert zendesk.store.settings.changed() == {}


async def test_settings_are_changed_and_remembered(browser, zendesk):
    changes = {
        "subdomain": "seaside",
        "edit_reactivates": "false",
        "channelback_retries": "2",
        "id_scope": "integration",
    }
    await browser.send("/settings", {**await shown(browser), **changes})
    now = zendesk.settings
    assert (now.subdomain, now.edit_reactivates, now.channelback_retries, now.id_scope) == (
        "seaside",
        False,
        2,
        "integration",
    )
    assert set(zendesk.store.settings.changed()) == set(changes)
    assert "seaside" in words(await browser.open("/tickets"), ".brand")


@pytest.mark.parametrize(
    "changes",
    [
        {"subdomain": "not one"},
        {"channelback_retries": "many"},
        {"channelback_retries": "nan"},
        {"channelback_retries": "inf"},
        {"pull_timeout_seconds": "-1"},
        {"edit_reactivates": "maybe"},
        {"id_scope": "galaxy"},
        {"no_such": "1"},
        {"return_url": "javascript:alert(1)"},
    ],
)
async def test_what_a_setting_cannot_be_is_refused_and_nothing_changes(browser, zendesk, changes):
    before = zendesk.settings
    answer = await browser.send("/settings", {"locale": "de", **changes})
    assert (answer.status_code, next(iter(changes)) in answer.text) == (422, True)
    assert zendesk.settings == before


async def test_faults_are_switched_on_and_off(browser, zendesk):
    fault = {"kind": "delay", "call": "pull", "times": "-1", "seconds": "1.5"}
    assert (await browser.send("/settings/faults", fault)).status_code == 303
    assert words(await browser.open("/settings"), "#faults-on li") == "delay of pull: until it is switched off, 1.5 s"
    assert (await browser.send("/settings/faults", {"off": "1"})).status_code == 303
    assert zendesk.faults.as_dicts() == []


@pytest.mark.parametrize(
    "fault", [{}, {"kind": "explode", "call": "pull"}, {"kind": "drop", "call": "pull", "times": "0"}]
)
async def test_a_fault_that_does_not_exist_is_refused(browser, zendesk, fault):
    assert (await browser.send("/settings/faults", fault)).status_code == 422
    assert zendesk.faults.as_dicts() == []
