# SPDX-License-Identifier: Apache-2.0
"""What a visitor attaches is seen on the ticket, and what an origin says late is seen on the reply."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.people import Guestbook, Zendesk, has_stayed, is_not_reloaded, look_again
from tests.browser.world import LAMP, timetable_picture, world

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

SIGN = "The sign at the pier is old."
WIDTH = "image => { image.loading = 'eager'; return image.decode().then(() => image.naturalWidth); }"


async def test_a_visitors_picture_is_shown_on_the_ticket_and_an_agents_at_the_origin(stack, window, tmp_path):
    integration = await stack.zendesk.install(stack.manifest_url())
    await stack.zendesk.add_account(integration, stack.origin.account_answers)
    zendesk = await Zendesk.open(window, stack.zendesk_server.url)
    guestbook = await Guestbook.open(window, stack.origin.url)
    sign, timetable = tmp_path / "sign.png", tmp_path / "timetable.png"
    sign.write_bytes(timetable_picture(width=90))
    timetable.write_bytes(timetable_picture(width=120))

    await guestbook.sign("Mika", SIGN, files=[sign])
    await zendesk.open_ticket(SIGN)
    question = zendesk.comment(SIGN)
    await expect(question.get_by_role("link", name="sign.png")).to_be_visible()
    assert await question.locator(".thumbnail img").evaluate(WIDTH) == 90

    reply = await zendesk.comment_with("Here is a new one.", files=[timetable])
    await expect(reply).to_contain_text("delivered as")
    await look_again(guestbook.page)
    assert await guestbook.entry("Here is a new one.").locator("img").last.evaluate(WIDTH) == 120


async def test_a_delivered_reply_says_without_a_reload_that_the_origin_reported_an_error_later(window, tmp_path):
    async with world(tmp_path) as town:
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
