# SPDX-License-Identifier: Apache-2.0
"""Calls, events, violations and settings as people meet them: in a real browser."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, async_playwright

from sealock_devkit.zendesk import LocalZendesk
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.conftest import PATIENCE_MS
from tests.devkit.zendesk.conftest import added
from tests.devkit.zendesk.scripted_service import EVENTS, PULL, Canned, ScriptedService, resource
from tests.devkit.zendesk.serving import served

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
fixture_beside_chromium = partial(pytest_asyncio.fixture, loop_scope="module")
"""One Chromium for all of these tests, so that all that they share with it runs in its loop."""


@fixture_beside_chromium(scope="module")
async def chromium() -> AsyncIterator[Chromium]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield running
        await running.close()


@fixture_beside_chromium()
async def service() -> AsyncIterator[ScriptedService]:
    async with ScriptedService() as running:
        yield running


@fixture_beside_chromium()
async def zendesk(tmp_path, settings) -> AsyncIterator[LocalZendesk]:
    async with LocalZendesk(tmp_path / "zendesk", settings) as running:
        yield running


@fixture_beside_chromium()
async def account(zendesk, service):
    return await added(zendesk, service)


@fixture_beside_chromium()
async def page(zendesk, chromium) -> AsyncIterator[Page]:
    """A window that looks at the local Zendesk."""
    async with served(zendesk) as url:
        context = await chromium.new_context(base_url=url, accept_downloads=True)
        await context.grant_permissions(["clipboard-read", "clipboard-write"], origin=url)
        context.set_default_timeout(PATIENCE_MS)
        yield await context.new_page()
        await context.close()


@fixture_beside_chromium()
async def busy(zendesk, service, account):
    """Calls in both directions, good and bad, violations, and events that arrived and did not."""
    service.script[PULL] = [Canned({"external_resources": [resource("a")], "state": 7}), Canned("", status=503)]
    for _ in range(3):
        await zendesk.pull(account.id)
    service.script[EVENTS] = [Canned("", status=500)]
    zendesk.lifecycle.activate(zendesk.lifecycle.deactivate(account, "api"))
    body = {"instance_push_id": account.instance_push_id, "external_resources": [resource("p1")]}
    zendesk.rest.push(f"Bearer {account.access_token}", json.dumps(body).encode())
    await zendesk.wait_until(zendesk.is_idle)
    zendesk.faults.switch_on({"call": "pull", "kind": "delay", "seconds": 0.01, "times": 2})
    return account


BY_NIGHT = {"runOnly": ["color-contrast", "link-in-text-block"]}
"""All that axe looks at and that other colours can change; the rest of a page is the same."""

PAGES = [
    "/calls",
    "/calls?wrong=true&kind=pull",
    "/calls/{call}",
    "/events",
    "/events?by=batch",
    "/violations",
    "/violations?by=rule",
    "/settings",
    "/faults",
]


async def test_nobody_is_kept_out_of_a_page(page, zendesk, busy):
    call = zendesk.store.calls.all(kind="event_callback")[-1].id
    for path in PAGES:
        await page.emulate_media(color_scheme="light")
        await page.goto(path.format(call=call))
        await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        by_day = await Axe().run(page)
        await page.emulate_media(color_scheme="dark")
        by_night = await Axe().run(page, options=BY_NIGHT)
        for found in (by_day, by_night):
            assert found.violations_count == 0, f"{path}: {found.generate_report()}"


async def test_a_narrow_page_is_not_wider_than_its_window(page, zendesk, busy):
    await page.set_viewport_size({"width": 360, "height": 700})
    call = zendesk.store.calls.all(kind="event_callback")[-1].id
    for path in PAGES:
        await page.goto(path.format(call=call))
        widths = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert widths[0] <= widths[1], path


async def test_a_fault_that_is_used_up_goes_away_while_one_looks(page, zendesk, busy):
    await page.goto("/faults")
    await page.get_by_text("2 more").wait_for()
    await zendesk.pull(busy.id)
    await page.get_by_text("1 more").wait_for()
    await zendesk.pull(busy.id)
    await page.get_by_text("Used up: delay of pull (2 calls)").wait_for()
    assert await page.get_by_text("Nothing is switched on.").is_visible()


async def test_new_calls_come_into_the_list_and_what_was_opened_stays_open(page, zendesk, service, busy):
    await page.goto("/calls?kind=pull")
    rows = page.locator("#calls tbody tr")
    count = await rows.count()
    await rows.nth(0).locator("summary").click()
    opened = await rows.nth(0).locator("details").get_attribute("id")
    await zendesk.pull(busy.id)
    await rows.nth(count).wait_for()
    assert await page.locator(f"#{opened}").get_attribute("open") is not None
    await zendesk.healthcheck(zendesk.store.integrations.all()[0])
    assert await rows.count() == count + 1, "the filter stays"


async def test_a_call_is_copied_as_a_command(page, zendesk, busy):
    call = zendesk.store.calls.all(kind="pull")[-1]
    await page.goto(f"/calls/{call.id}")
    await page.locator("#copy").click()
    await page.get_by_text("Copied").wait_for()
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied == await page.locator("#command pre").text_content()
    assert "metadata=FILL_IN_METADATA" in copied


async def test_a_list_is_saved_as_a_file(page, zendesk, busy):
    await page.goto("/violations?source=schema")
    async with page.expect_download() as downloading:
        await page.get_by_text("Export as JSON").click()
    download = await downloading.value
    assert download.suggested_filename == "violations.json"
    found = json.loads((await download.path()).read_text("utf-8"))["violations"]
    assert {each["source"] for each in found} == {"schema"}


async def test_enter_in_a_field_saves_and_does_not_give_a_default_back(page, zendesk, busy):
    zendesk.change_settings({"locale": "de", "event_batch": 7})
    await page.goto("/settings")
    await page.locator("#s-event_batch").fill("9")
    await page.locator("#s-event_batch").press("Enter")
    await page.wait_for_url("**/settings")
    assert await zendesk.wait_until(lambda: zendesk.settings.event_batch == 9)
    assert zendesk.settings.locale == "de"
    await page.get_by_label("Locale back to the default").click()
    assert await zendesk.wait_until(lambda: zendesk.settings.locale == "en-US")
    assert zendesk.settings.event_batch == 9


async def test_all_defaults_are_given_back_only_after_a_question(page, zendesk, busy):
    zendesk.change_settings({"locale": "de"})
    await page.goto("/settings")
    page.once("dialog", lambda dialog: dialog.dismiss())
    await page.locator("#all-default").click()
    assert zendesk.settings.locale == "de"
    page.once("dialog", lambda dialog: dialog.accept())
    await page.locator("#all-default").click()
    assert await zendesk.wait_until(lambda: zendesk.settings.locale == "en-US")
