# SPDX-License-Identifier: Apache-2.0
"""With JavaScript off everything still works: pages are only not live, and some steps take one more press."""

from __future__ import annotations

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, expect

from tests.browser.people import Zendesk, look_again
from tests.browser.set_up_place import sign_in_at

QUESTION = "Is there a ferry at night?"


@pytest_asyncio.fixture(loop_scope="session")
async def plain_window(open_window) -> BrowserContext:
    return await open_window(java_script_enabled=False)


@pytest.mark.system
@pytest.mark.timeout(180)
async def test_an_account_is_added_and_a_ticket_answered(stack, plain_window):
    zendesk = await Zendesk.open(plain_window, stack.zendesk_server.url)
    [answers] = stack.origin.account_answers
    await zendesk.install(stack.manifest_url())
    await zendesk.page.get_by_role("link", name="Add an account").click()
    await zendesk.press("Open the admin UI")
    await zendesk.fill_in_frame("Connect", {"Guestbook's address": answers["site"], "Owner's token": "wrong"})
    await expect(zendesk.frame.get_by_role("alert")).to_contain_text("The guestbook does not take this token.")
    await zendesk.fill_in_frame("Connect", {"Owner's token": answers["token"]})
    await zendesk.save_new_account()
    await zendesk.frame.get_by_role("link", name="Go on").click()
    await expect(zendesk.page.get_by_role("heading", level=1)).to_have_text("Seaside guestbook")

    await stack.origin.write_comment("Mika", QUESTION)
    assert await stack.zendesk.wait(tickets=1)
    await zendesk.open_ticket(QUESTION)
    await zendesk.comment_with("At eleven.")
    assert await stack.zendesk.wait(idle=True)
    await look_again(zendesk.page)
    await expect(zendesk.comment("At eleven.")).to_contain_text("delivered as")
    await zendesk.press("Solve")
    await expect(zendesk.page.locator("#head .state")).to_have_text("solved")

    await zendesk.go_to("Settings")
    await zendesk.page.get_by_label("Locale", exact=True).fill("de")
    await zendesk.press("Save")
    await expect(zendesk.page.get_by_label("Locale", exact=True)).to_have_value("de")


async def test_signing_in_carries_the_code_by_hand(place, plain_window):
    place.connector.script("Setup", sign_in_at(place.origin_url))
    zendesk = await Zendesk.open(plain_window, await place.install())
    await zendesk.press("Open the admin UI")

    async with plain_window.expect_page() as opening:
        await zendesk.frame.get_by_role("link", name="Continue with").click()
    tab = await opening.value
    await tab.get_by_role("link", name="I am Ada").click()
    await tab.get_by_text("It does not go on?").click()
    code = await tab.get_by_label("Copy this code into the page in Zendesk").input_value()
    await zendesk.frame.get_by_text("This page did not go on by itself?").click()
    await zendesk.frame.get_by_label("Code from the other window").fill(code)
    await zendesk.frame.get_by_role("button", name="Continue").click()
    await zendesk.frame.get_by_role("button", name="Save in").click()
    await zendesk.frame.get_by_role("link", name="Go on").click()

    await expect(zendesk.page.get_by_role("heading", level=1)).to_have_text("Ada")
    assert place.account_names() == ["Ada"]
