# SPDX-License-Identifier: Apache-2.0
"""What people do in a browser with a mouse and a keyboard: in Zendesk, in the guestbook, at Facebook and Instagram."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from playwright.async_api import BrowserContext, FrameLocator, Locator, Page, expect

from sealock_devkit.stack.stack import Stack

SECTIONS = ("Tickets", "Channels", "Calls", "Events", "Violations", "Settings", "Break things")


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
        await self.frame.get_by_role("button", name=button, exact=True).click()

    async def save_new_account(self) -> None:
        """Read what to try, and hand the new account over to Zendesk."""
        await expect(self.frame.get_by_role("heading", name="Try it")).to_be_visible()
        await self.frame.get_by_role("button", name="Save in").click()

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
        await self.press("Send" if kind == "Public reply" else "Add note")
        return self.comment(words)

    async def switch_on_fault(self, kind: str, call: str, *, times: int = 1, seconds: float = 0) -> None:
        await self.go_to("Break things")
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
        await self.page.get_by_label("Attach a picture").set_input_files(files)
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
        await zendesk.frame.get_by_role("link", name="Continue with").click()
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
