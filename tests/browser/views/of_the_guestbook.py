# SPDX-License-Identifier: Apache-2.0
"""The guestbook's pages."""

from __future__ import annotations

from playwright.async_api import Page

from tests.browser.views.town import Town
from tests.browser.views.view import View, at


def page_of(path: str):
    return at(lambda town: f"{town.stack.origin.url}{path}")


async def refused_entry(town: Town, page: Page) -> None:
    await page.goto(town.stack.origin.url)
    await page.get_by_label("Your name").fill("   ")
    await page.get_by_label("Your words").fill("Hello from the pier!")
    async with page.expect_navigation():
        await page.get_by_role("button", name="Sign the guestbook").click()


GUESTBOOK_VIEWS = (
    View("guestbook", "guestbook GET /", page_of("/")),
    View("guestbook-answer", "guestbook GET /", page_of("/?answer_to=2")),
    View("guestbook-refused", "guestbook POST /", refused_entry),
    View("guestbook-conversation", "guestbook GET /entries/{number:int}", page_of("/entries/1")),
)
NO_PAGES_OF_THE_GUESTBOOK = {
    "guestbook GET /guestbook.css": "a file",
    "guestbook GET /icon.svg": "a file",
    "guestbook GET /files/{key}/{name}": "a file",
}
