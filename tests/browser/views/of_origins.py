# SPDX-License-Identifier: Apache-2.0
"""How each origin's accounts are set up: its sign-in page, its form, a step that failed, a sign-in cancelled."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser.people import sign_in
from tests.browser.views.of_the_edge import post_set_up
from tests.browser.views.town import Town
from tests.browser.views.view import Open, View

OWNER, ACCOUNT = "Olivia Owner", "harbour.cafe"
CONTINUE = "#open"


def set_up(origin: str) -> Open:
    async def open_it(town: Town, page: Page) -> None:
        await page.context.clear_cookies()
        await post_set_up(page, town.zendesk_url, f"{town.stack.edge.url}/{origin}")

    return open_it


async def popup_of(page: Page) -> Page:
    async with page.expect_popup() as opening:
        await page.locator(CONTINUE).click()
    popup = await opening.value
    await popup.get_by_role("button", name="Sign in").wait_for()
    return popup


async def cancel(page: Page, person: str) -> None:
    """Go as far as the consent, and refuse it."""
    popup = await popup_of(page)
    await popup.get_by_label("Person").or_(popup.get_by_label("Account")).select_option(label=person)
    await popup.get_by_role("button", name="Sign in").click()
    async with popup.expect_event("close"), page.expect_navigation():
        await popup.get_by_role("button", name="Cancel").click()


async def facebook_form(town: Town, page: Page) -> None:
    await set_up("facebook")(town, page)
    popup = await popup_of(page)
    async with popup.expect_event("close"), page.expect_navigation():
        await sign_in(popup, OWNER)
    await expect(page.locator("#submit")).to_be_visible()


async def facebook_cancelled(town: Town, page: Page) -> None:
    await set_up("facebook")(town, page)
    await cancel(page, OWNER)


async def facebook_window_closed(town: Town, page: Page) -> None:
    await set_up("facebook")(town, page)
    popup = await popup_of(page)
    await popup.close()
    await expect(page.locator("#sealock-sign-in")).to_be_visible()


async def instagram_sign_in(town: Town, page: Page) -> None:
    await set_up("instagram")(town, page)
    async with page.expect_navigation():
        await page.locator("#submit").click()


async def instagram_form(town: Town, page: Page) -> None:
    await instagram_sign_in(town, page)
    popup = await popup_of(page)
    async with popup.expect_event("close"), page.expect_navigation():
        await sign_in(popup, ACCOUNT)
    await expect(page.locator("#submit")).to_be_visible()


async def wordpress_refused(town: Town, page: Page) -> None:
    await set_up("wordpress")(town, page)
    await page.locator("[name=site]").fill(town.origin_url)
    await page.locator("[name=user]").fill("editor")
    await page.locator("[name=password]").fill("abcd efgh ijkl mnop qrst uvwx")
    async with page.expect_navigation():
        await page.locator("#submit").click()


async def guestbook_refused(town: Town, page: Page) -> None:
    await set_up("guestbook")(town, page)
    await page.locator("[name=site]").fill(town.stack.origin.url)
    await page.locator("[name=token]").fill("not-the-token")
    async with page.expect_navigation():
        await page.locator("#submit").click()


FIRST, STEP = "edge POST /{integration}/admin_ui", "edge POST /{integration}/admin_ui/step"
ORIGIN_VIEWS = (
    View("edge-guestbook", FIRST, set_up("guestbook")),
    View("edge-guestbook-refused", STEP, guestbook_refused),
    View("edge-wordpress", FIRST, set_up("wordpress")),
    View("edge-wordpress-refused", STEP, wordpress_refused),
    View("edge-facebook", FIRST, set_up("facebook")),
    View("edge-facebook-cancelled", STEP, facebook_cancelled),
    View("edge-facebook-window-closed", FIRST, facebook_window_closed),
    View("edge-facebook-form", STEP, facebook_form),
    View("edge-instagram", FIRST, set_up("instagram")),
    View("edge-instagram-sign-in", STEP, instagram_sign_in),
    View("edge-instagram-form", STEP, instagram_form),
)
