# SPDX-License-Identifier: Apache-2.0
"""What people do on the pages of Facebook and Instagram: customers write, owners sign in."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import BrowserContext, Locator, Page, expect

from sealock_devkit.stack.stack import Stack
from tests.browser.people import Zendesk, look_again


async def sign_in(popup: Page, name: str) -> None:
    """Go through the dialog as this person or account, and allow all that is asked for."""
    await popup.get_by_label("Person").or_(popup.get_by_label("Account")).select_option(label=name)
    await popup.get_by_role("button", name="Sign in").click()
    await popup.get_by_role("button", name="Continue").click()


async def begin_account(window: BrowserContext, stack: Stack) -> Zendesk:
    """Install the integration, and begin to add an account."""
    zendesk = await Zendesk.open(window, stack.zendesk_server.url)
    await zendesk.install(stack.manifest_url())
    await zendesk.page.get_by_role("link", name="Add an account").click()
    return zendesk


async def sign_in_from_the_frame(zendesk: Zendesk, name: str) -> None:
    """Press the button in the set-up, and sign in in the window that it opens."""
    async with zendesk.page.expect_popup() as opening:
        await zendesk.frame.get_by_role("link", name="Sign in").click()
    popup = await opening.value
    async with popup.expect_event("close"):
        await sign_in(popup, name)


class Customers:
    """A tab with the page on which a person is a customer."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    async def open(cls, window: BrowserContext, url: str, person: str) -> Customers:
        tab = cls(await window.new_page())
        await tab.page.goto(url)
        await tab.page.get_by_label("You are").select_option(label=person)
        await tab.page.get_by_role("button", name="Be that person").click()
        return tab

    async def go_to(self, place: str | re.Pattern[str], view: str) -> None:
        """To the wall, the posts or the messages: `place` as the list has it, for example "Instagram: name"."""
        item = self.page.get_by_role("navigation").get_by_role("listitem").filter(has_text=place)
        await item.get_by_role("link", name=view).click()

    async def look(self) -> None:
        """See what is there now."""
        await look_again(self.page)

    def said(self, words: str) -> Locator:
        """The innermost post, comment or message with these words."""
        return self.page.get_by_role("article").filter(has_text=words).last

    async def comment(self, post: str, text: str) -> None:
        """Comment on the post that has these words."""
        article = self.page.locator("article.post").filter(has_text=post)
        await self._write(article.locator("details").filter(has=self.page.get_by_text("Comment", exact=True)), text)

    async def reply(self, comment: str, text: str) -> None:
        """Reply to the comment that has these words."""
        article = self.page.locator("article.comment").filter(has_text=comment).first
        await self._write(article.locator("details").filter(has=self.page.get_by_text("Reply", exact=True)).first, text)

    async def _write(self, form: Locator, text: str) -> None:
        await form.locator("summary").click()
        await form.locator("textarea").fill(text)
        await form.get_by_role("button", name="Send").click()
        await expect(self.said(text)).to_be_visible()

    async def write_message(self, place: str | re.Pattern[str], text: str, *, picture: Path | None = None) -> None:
        """Write to a Page or an account; `place` as in `go_to`."""
        await self.go_to(place, "Messages")
        form = self.page.locator("form").filter(has=self.page.get_by_label("Write to "))
        await form.get_by_label("Write to ").fill(text)
        if picture:
            await form.get_by_label("A picture").set_input_files(picture)
        await form.get_by_role("button", name="Send", exact=True).click()
        await expect(self.said(text)).to_be_visible()
