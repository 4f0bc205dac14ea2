# SPDX-License-Identifier: Apache-2.0
"""The emulated Facebook and Instagram: sign-in, consent, and the pages on which people are customers."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from playwright.async_api import Page, expect

from tests.browser.people import Customers
from tests.browser.views.of_origins import ACCOUNT, OWNER, instagram_sign_in, set_up
from tests.browser.views.town import Town
from tests.browser.views.view import Open, View

ARABIC = "هل المقهى مفتوح (اليوم)؟"
ANN, PAGE = "Ann Example", re.compile(r"Harbour Café\s+Facebook Page")


def page_of(path: str) -> Open:
    async def open_it(town: Town, page: Page) -> None:
        await page.goto(f"{town.meta_url}{path}")

    return open_it


async def dialog(town: Town, page: Page) -> None:
    await set_up("facebook")(town, page)
    await page.goto(await page.locator("#open").get_attribute("href"))


async def consent(town: Town, page: Page) -> None:
    await dialog(town, page)
    await page.get_by_label("Person").select_option(label=OWNER)
    async with page.expect_navigation():
        await page.get_by_role("button", name="Sign in").click()


async def dialog_of_instagram(town: Town, page: Page) -> None:
    await instagram_sign_in(town, page)
    await page.goto(await page.locator("#open").get_attribute("href"))


async def consent_of_instagram(town: Town, page: Page) -> None:
    await dialog_of_instagram(town, page)
    await page.get_by_label("Account").select_option(label=ACCOUNT)
    async with page.expect_navigation():
        await page.get_by_role("button", name="Sign in").click()


async def customers(town: Town, page: Page) -> Customers:
    await page.goto(town.meta_url)
    await page.get_by_label("You are").select_option(label=ANN)
    await page.get_by_role("button", name="Be that person").click()
    return Customers(page)


async def wall(town: Town, page: Page) -> None:
    await (await customers(town, page)).comment("The plum cake is back.", ARABIC)


async def messages(town: Town, page: Page) -> None:
    await (await customers(town, page)).write_message(PAGE, ARABIC)


async def posts(town: Town, page: Page) -> None:
    tab = await customers(town, page)
    await tab.go_to(f"Instagram: {ACCOUNT}", "Posts")
    await tab.comment("Morning light.", ARABIC)


async def direct_messages(town: Town, page: Page) -> None:
    await (await customers(town, page)).go_to(f"Instagram: {ACCOUNT}", "Messages")


async def refused(town: Town, page: Page) -> None:
    """A post without words."""
    await customers(town, page)
    form = page.locator("main > form").first
    async with page.expect_navigation():
        await form.get_by_role("button", name="Post").click()
    await expect(page.get_by_role("alert")).to_be_visible()


async def one_post(town: Town, page: Page) -> None:
    await wall(town, page)
    await page.goto(await page.locator("article.post .about a").first.evaluate("link => link.href"))


async def one_post_of_instagram(town: Town, page: Page) -> None:
    await posts(town, page)
    await page.goto(await page.locator("article.post .about a").first.evaluate("link => link.href"))


WRONG = urlencode({"client_id": "1", "redirect_uri": "https://elsewhere.example/"})
FACEBOOK, INSTAGRAM = "meta GET /www.facebook.com/{key}/dialog/oauth", "meta GET /www.instagram.com/oauth/authorize"
META_VIEWS = (
    View("meta-sign-in", FACEBOOK, dialog),
    View("meta-consent", FACEBOOK, consent),
    View("meta-sign-in-instagram", INSTAGRAM, dialog_of_instagram),
    View("meta-consent-instagram", INSTAGRAM, consent_of_instagram),
    View("meta-sign-in-refused", INSTAGRAM, page_of(f"/www.instagram.com/oauth/authorize?{WRONG}")),
    View("meta-wall", "meta GET /", wall),
    View("meta-messages", "meta GET /", messages),
    View("meta-posts", "meta GET /", posts),
    View("meta-direct-messages", "meta GET /", direct_messages),
    View("meta-refused", "meta POST /", refused),
    View("meta-post", "meta GET /www.facebook.com/{key}/posts/{number}", one_post),
    View("meta-post-instagram", "meta GET /www.instagram.com/p/{shortcode}", one_post_of_instagram),
    View("meta-inbox", "meta GET /www.instagram.com/direct/inbox", page_of("/www.instagram.com/direct/inbox")),
    View("meta-refusals", "meta GET /refusals", page_of("/refusals")),
)
NO_PAGES_OF_META = {
    "meta GET /www.facebook.com/dialog/oauth": "the same as with a version",
    "meta POST /www.facebook.com/dialog/oauth": "leads on",
    "meta POST /www.facebook.com/{key}/dialog/oauth": "leads on",
    "meta POST /www.instagram.com/oauth/authorize": "leads on",
    "meta GET /www.facebook.com/{key}": "posts, as on one post's page",
    "meta GET /www.facebook.com/{key}/inbox/{number}": "messages, as on the customers' page",
    "meta GET /www.instagram.com/p/{shortcode}/c/{comment_id}": "the same as the post's page",
    "meta GET /www.instagram.com/reel/{shortcode}": "the same as a post's page",
    "meta GET /www.instagram.com/reel/{shortcode}/c/{comment_id}": "the same as a post's page",
    "meta POST /refusals": "leads back",
    "meta GET /changes": "JSON",
    "meta GET /cdn/{file_id}/{name}": "a file",
    "meta GET /pictures/{key}.png": "a file",
    "meta POST /api.instagram.com/oauth/access_token": "JSON",
}
