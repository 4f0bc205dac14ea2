# SPDX-License-Identifier: Apache-2.0
"""Signing in at an origin in a window of its own, opened from the frame inside Zendesk."""

from __future__ import annotations

import pytest
import pytest_asyncio
from playwright.async_api import FrameLocator, Page, expect

from tests.browser.people import Zendesk
from tests.browser.set_up_place import sign_in_at

NO_POPUPS = "window.open = () => null"


@pytest_asyncio.fixture(loop_scope="session")
async def new_account(place) -> str:
    """The address of the page that adds an account by signing in."""
    place.connector.script("Setup", sign_in_at(place.origin_url))
    return await place.install()


async def open_frame(window, url: str) -> tuple[Page, FrameLocator]:
    tab = await Zendesk.open(window, url)
    await expect(tab.frame.get_by_role("heading", level=1)).to_have_text("Connect your account")
    return tab.page, tab.frame


async def open_popup(page: Page, frame: FrameLocator) -> Page:
    async with page.expect_popup() as opening:
        await frame.get_by_role("link", name="Sign in").click()
    await expect(frame.get_by_role("status")).to_have_text("The window is open. Finish signing in there.")
    await expect(frame.get_by_label("Code from the other window")).to_be_hidden()
    return await opening.value


async def is_added(page: Page, name: str) -> None:
    await expect(page.get_by_role("heading", level=1)).to_have_text(name)


async def test_signing_in_closes_the_window_and_the_set_up_goes_on(place, window, new_account):
    page, frame = await open_frame(window, new_account)
    popup = await open_popup(page, frame)

    async with popup.expect_event("close"):
        await popup.get_by_role("link", name="I am Ada").click()

    await is_added(page, "Ada")
    assert place.account_names() == ["Ada"]


async def test_a_second_press_leads_back_to_the_same_window(window, new_account):
    page, frame = await open_frame(window, new_account)
    popup = await open_popup(page, frame)

    await frame.get_by_role("link", name="Sign in").click()
    async with popup.expect_event("close"):
        await popup.get_by_role("link", name="I am Ada").click()

    await is_added(page, "Ada")
    assert window.pages == [page]


async def test_where_popups_are_blocked_the_code_is_carried_by_hand(place, open_window, new_account):
    window = await open_window(permissions=["clipboard-read", "clipboard-write"])
    await window.add_init_script(NO_POPUPS)
    page, frame = await open_frame(window, new_account)
    link = frame.get_by_role("link", name="Sign in")

    await link.click()
    await expect(frame.get_by_role("status")).to_contain_text("Your browser blocked the window.")
    async with window.expect_page() as opening:
        await link.click(modifiers=["Control"])
    tab = await opening.value
    await tab.get_by_role("link", name="I am Grace").click()
    await tab.get_by_role("button", name="Copy").click()
    await expect(tab.get_by_role("status")).to_have_text("Copied.")

    await page.bring_to_front()
    field = frame.get_by_label("Code from the other window")
    await field.press("Control+v")
    await expect(field).not_to_have_value("")
    await frame.get_by_role("button", name="Continue").click()

    await is_added(page, "Grace")
    assert place.account_names() == ["Grace"]


async def test_a_window_that_was_closed_too_early_is_noticed(place, window, new_account):
    page, frame = await open_frame(window, new_account)
    popup = await open_popup(page, frame)
    await popup.close()

    await expect(frame.get_by_role("status")).to_contain_text("The window is closed, but nothing came back.")
    await expect(frame.get_by_label("Code from the other window")).to_be_visible()
    await (await open_popup(page, frame)).get_by_role("link", name="I am Ada").click()

    await is_added(page, "Ada")


@pytest.mark.parametrize("related", [False, True], ids=["tabs of their own", "one tab opened by the other"])
async def test_two_sign_ins_at_once_do_not_mix(place, window, new_account, related):
    first, first_frame = await open_frame(window, new_account)
    if related:
        async with window.expect_page() as opening:
            await first.evaluate("url => { window.open(url); }", new_account)
        second = await opening.value
        second_frame = second.frame_locator("iframe[name=admin-ui]")
    else:
        second, second_frame = await open_frame(window, new_account)
    first_popup = await open_popup(first, first_frame)
    second_popup = await open_popup(second, second_frame)

    await second_popup.get_by_role("link", name="I am Grace").click()
    await is_added(second, "Grace")
    await expect(first_frame.get_by_role("link", name="Sign in")).to_be_visible()
    await first_popup.get_by_role("link", name="I am Ada").click()
    await is_added(first, "Ada")

    assert place.account_names() == ["Grace", "Ada"]


async def test_a_code_of_another_run_is_refused(window, complaints, new_account):
    complaints.expect("401")
    _, frame = await open_frame(window, new_account)
    _, other_frame = await open_frame(window, new_account)
    link = await other_frame.get_by_role("link", name="Sign in").get_attribute("href")
    tab = await window.new_page()
    await tab.goto(link)
    await tab.get_by_role("link", name="I am Grace").click()
    code = await tab.get_by_label("Copy this code into the page in Zendesk").input_value()

    await frame.get_by_text("This page did not go on by itself?").click()
    await frame.get_by_label("Code from the other window").fill(code)
    await frame.get_by_role("button", name="Continue").click()

    await expect(frame.get_by_role("heading", level=1)).to_have_text("This did not work")
