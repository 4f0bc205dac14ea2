# SPDX-License-Identifier: Apache-2.0
"""An account's life as an administrator sees it: edited, cut off by the origin, connected again."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.people import Guestbook, Zendesk, has_stayed, is_not_reloaded, look_again

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

ACCOUNT = "Seaside guestbook"
QUESTION = "Is the lighthouse open today?"


async def connected(stack, window) -> Zendesk:
    """A tab with Zendesk, which has an account already."""
    integration = await stack.zendesk.install(stack.manifest_url())
    await stack.zendesk.add_account(integration, stack.origin.account_answers)
    return await Zendesk.open(window, stack.zendesk_server.url)


async def test_an_edit_shows_no_secret_and_keeps_what_is_left_empty(stack, window):
    zendesk = await connected(stack, window)
    await zendesk.open_account("Guestbook", ACCOUNT)
    await zendesk.page.get_by_role("link", name="Edit").click()

    token = zendesk.frame.get_by_label("Owner's token")
    await expect(token).to_have_value("")
    await expect(token).to_have_attribute("placeholder", "Unchanged")
    await expect(zendesk.frame.get_by_text("Leave this empty to keep it unchanged.")).to_be_visible()
    for frame in zendesk.page.frames:
        assert stack.origin.secrets[0] not in await frame.content()
    await zendesk.fill_in_frame("Save", {"Name in Zendesk": "By the sea"})

    await expect(zendesk.page.get_by_role("heading", level=1)).to_have_text("By the sea")
    await stack.origin.write_comment("Noor", QUESTION)
    await expect(zendesk.page.get_by_role("heading", level=1)).to_have_text("By the sea")
    await zendesk.open_ticket(QUESTION)


async def test_an_account_whose_token_was_changed_is_connected_again_with_all_its_conversations(stack, window):
    zendesk = await connected(stack, window)
    guestbook = await Guestbook.open(window, stack.origin.url)
    await guestbook.sign("Noor", QUESTION)
    await zendesk.open_ticket(QUESTION)
    await expect(await zendesk.comment_with("It is, until six.")).to_contain_text("delivered as")

    await zendesk.open_account("Guestbook", ACCOUNT)
    await is_not_reloaded(zendesk.page)
    new_token = await stack.origin.change_token()
    banner = zendesk.page.get_by_role("status").filter(has_text="Needs update.")
    await expect(banner).to_be_visible()
    assert await has_stayed(zendesk.page)
    await guestbook.answer(QUESTION, "Noor", "And who keeps it?")

    await zendesk.page.get_by_role("link", name="Update the account").click()
    await zendesk.fill_in_frame("Save", {"Owner's token": new_token})
    await expect(zendesk.page.get_by_role("heading", level=1)).to_have_text(ACCOUNT)
    await expect(banner).to_have_count(0)

    await zendesk.open_ticket(QUESTION)
    await expect(zendesk.comments).to_have_count(3)
    await expect(zendesk.comment("And who keeps it?")).to_have_count(1)
    await expect(await zendesk.comment_with("Old Henrik does.")).to_contain_text("delivered as")
    await zendesk.go_to("Tickets")
    await expect(zendesk.page.get_by_role("row")).to_have_count(2)
    await look_again(guestbook.page)
    for words in ("It is, until six.", "Old Henrik does."):
        await expect(guestbook.entry(words)).to_have_count(1)


async def test_an_account_is_paused_pulled_and_deleted(stack, window):
    zendesk = await connected(stack, window)
    await zendesk.open_account("Guestbook", ACCOUNT)
    state = zendesk.page.locator("#account .heading")

    await zendesk.press("Pause pulls")
    await expect(state).to_contain_text("paused")
    await stack.origin.write_comment("Noor", QUESTION)
    await zendesk.press("Pull now")
    await zendesk.open_ticket(QUESTION)

    await zendesk.open_account("Guestbook", ACCOUNT)
    await zendesk.press("Resume pulls")
    await zendesk.press("Deactivate")
    await expect(state).to_contain_text("inactive")
    await zendesk.press("Activate")
    await expect(state).not_to_contain_text("inactive")
    await zendesk.press("Delete")
    await expect(zendesk.page.get_by_role("heading", level=1)).to_have_text("Guestbook")
    await expect(zendesk.page.get_by_role("link", name=ACCOUNT)).to_have_count(0)
