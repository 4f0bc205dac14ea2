# SPDX-License-Identifier: Apache-2.0
"""What people do in a browser with a mouse and a keyboard: administrators and agents in Zendesk, visitors elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from playwright.async_api import BrowserContext, FrameLocator, Locator, Page, expect

SECTIONS = ("Tickets", "Channels", "Calls", "Events", "Violations", "Settings")


async def look_again(page: Page) -> None:
    """
    Load the page anew, as its address says it.

    `Page.reload` would do, but Chromium refuses it at times: "Not attached to an active page".
    """
    await page.goto(page.url.partition("#")[0])


class Zendesk:
    """A tab with the local Zendesk."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        page.on("dialog", lambda dialog: dialog.accept())

    @classmethod
    async def open(cls, window: BrowserContext, url: str) -> Zendesk:
        tab = cls(await window.new_page(), url)
        await tab.page.goto(url)
        return tab

    @property
    def frame(self) -> FrameLocator:
        """The integration's own admin UI."""
        return self.page.frame_locator("iframe[name=admin-ui]")

    async def go_to(self, section: str) -> None:
        await self.page.get_by_role("navigation", name="Sections").get_by_role("link", name=section).click()
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(section)

    async def press(self, button: str) -> None:
        await self.page.get_by_role("button", name=button, exact=True).click()

    async def install(self, manifest_url: str) -> None:
        await self.go_to("Channels")
        await self.page.get_by_label("Manifest URL").fill(manifest_url)
        await self.press("Install")

    async def fill_in_frame(self, button: str, answers: Mapping[str, str]) -> None:
        """Fill in the form in the frame by its labels, and send it."""
        for label, value in answers.items():
            field = self.frame.get_by_label(label)
            if await field.evaluate("field => field.tagName") == "SELECT":
                await field.select_option(label=value)
            else:
                await field.fill(value)
        await self.frame.get_by_role("button", name=button).click()

    async def open_account(self, integration: str, account: str) -> None:
        await self.go_to("Channels")
        await self.page.get_by_role("link", name=integration, exact=True).click()
        await self.page.get_by_role("link", name=account, exact=True).click()
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(account)

    async def open_ticket(self, subject: str) -> None:
        """From the list, where it may still have to appear."""
        await self.go_to("Tickets")
        await self.ticket_link(subject).first.click()
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(subject)

    def ticket_link(self, subject: str) -> Locator:
        return self.page.get_by_role("main").get_by_role("link", name=subject, exact=True)

    @property
    def comments(self) -> Locator:
        return self.page.locator("#conversation article")

    def comment(self, words: str) -> Locator:
        return self.comments.filter(has_text=words)

    async def comment_with(self, words: str, *, kind: str = "Public reply", files: Sequence[Path] = ()) -> Locator:
        """Write on the open ticket."""
        await self.page.get_by_role("radio", name=kind).check()
        await self.page.get_by_label("Comment", exact=True).fill(words)
        if files:
            await self.page.locator("input[name=files]").set_input_files(files)
        await self.press("Send")
        return self.comment(words)

    async def switch_on_fault(self, kind: str, call: str, *, times: int = 1, seconds: float = 0) -> None:
        await self.go_to("Settings")
        faults = self.page.locator("#faults")
        await faults.get_by_role("radio", name=kind).check()
        await faults.get_by_label("to calls of the kind").select_option(call)
        await faults.get_by_label("how many").fill(str(times))
        await faults.get_by_label("seconds", exact=True).fill(f"{seconds:g}")
        await faults.get_by_role("button", name="Switch on").click()
        await expect(faults.locator("#faults-on")).to_contain_text(kind)


class Guestbook:
    """A tab with the guestbook."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    @classmethod
    async def open(cls, window: BrowserContext, url: str) -> Guestbook:
        tab = cls(await window.new_page(), url)
        await tab.page.goto(url)
        return tab

    async def sign(self, author: str, text: str, files: Sequence[Path] = ()) -> None:
        await self.page.goto(self.url)
        await self.page.get_by_label("Files, if you like").set_input_files(files)
        await self._write("Sign the guestbook", author, text)

    async def answer(self, words: str, author: str, text: str) -> None:
        """Answer the entry that has these words."""
        await self.page.goto(self.url)
        await self.entry(words).get_by_role("link", name="answer").click()
        await self._write("Send the answer", author, text)

    async def _write(self, button: str, author: str, text: str) -> None:
        await self.page.get_by_label("Your name").fill(author)
        await self.page.get_by_label("Your words").fill(text)
        await self.page.get_by_role("button", name=button).click()
        await expect(self.entry(text)).to_be_visible()

    def entry(self, words: str) -> Locator:
        return self.page.get_by_role("article").filter(has_text=words)


async def is_not_reloaded(page: Page) -> None:
    """Begin to watch that this very page stays; `has_stayed` tells."""
    await page.evaluate("window.thisVeryPage = true")


async def has_stayed(page: Page) -> bool:
    """Whether the page is the one that `is_not_reloaded` saw."""
    return bool(await page.evaluate("window.thisVeryPage === true"))
