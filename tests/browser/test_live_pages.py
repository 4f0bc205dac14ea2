# SPDX-License-Identifier: Apache-2.0
"""Pages that change by themselves leave alone what a person is doing on them."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.people import Zendesk, has_stayed, is_not_reloaded
from tests.browser.views.town import LAMP, running_town

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

KEEP_HOLD = "element => { window.held = element; element.focus(); }"
STILL_THERE = "window.held.isConnected && document.activeElement === window.held"


async def connected(stack, window) -> Zendesk:
    integration = await stack.zendesk.install(stack.manifest_url())
    await stack.zendesk.add_account(integration, stack.origin.account_answers)
    return await Zendesk.open(window, stack.zendesk_server.url)


async def test_a_button_can_be_pressed_while_the_page_around_it_changes(stack, window):
    zendesk = await connected(stack, window)
    await zendesk.open_account("Guestbook", "Seaside guestbook")
    pulls = zendesk.page.get_by_role("row")
    await zendesk.page.get_by_role("button", name="Pause pulls").evaluate(KEEP_HOLD)
    newest = await pulls.nth(1).get_by_role("link").get_attribute("href")

    await expect(pulls.nth(1).get_by_role("link")).not_to_have_attribute("href", newest)

    assert await zendesk.page.evaluate(STILL_THERE)


async def test_what_was_opened_stays_open_when_more_comes(stack, window):
    zendesk = await connected(stack, window)
    await zendesk.go_to("Calls")
    first = zendesk.page.locator("details").last
    await first.locator("summary").click()
    await first.locator("summary").evaluate(KEEP_HOLD)
    before = await zendesk.page.locator("details").count()

    await expect(zendesk.page.locator("details").nth(before + 2)).to_be_attached()

    assert await zendesk.page.evaluate(STILL_THERE)
    await expect(zendesk.page.locator("details[open]")).to_have_count(1)
    await expect(zendesk.page.locator("details[open]").get_by_role("button", name="Copy as curl")).to_be_visible()


async def test_a_page_says_when_nothing_runs_behind_it_and_goes_on_when_it_does(stack, window, complaints):
    zendesk = await connected(stack, window)
    complaints.expect("/stream", "net::ERR_CONNECTION_REFUSED")
    live = zendesk.page.locator("#live-state")
    await expect(live).to_have_text("live")

    await stack.stop(stack.zendesk_server)
    await expect(live).to_have_text("not running")
    await stack.restart(stack.zendesk_server)

    await expect(live).to_have_text("live")
    await stack.origin.write_comment("Kim", "Hello again")
    await expect(zendesk.ticket_link("Hello again")).to_be_visible()


async def test_a_delivered_reply_says_without_a_reload_that_the_origin_reported_an_error_later(window, tmp_path):
    async with running_town(tmp_path) as town:
        zendesk = await Zendesk.open(window, town.zendesk_url)
        await zendesk.open_ticket(LAMP)
        reply = await zendesk.comment_with("The electrician is on the way.")
        await expect(reply).to_contain_text("delivered as")
        await expect(reply).not_to_contain_text("reported as failed")
        await is_not_reloaded(zendesk.page)

        await town.report_error(list(town.forum.posted.values())[-1], "The topic was locked.")

        await expect(reply).to_contain_text("reported as failed later: The topic was locked.")
        assert await has_stayed(zendesk.page)
        await window.close()
