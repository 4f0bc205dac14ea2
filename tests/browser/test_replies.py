# SPDX-License-Identifier: Apache-2.0
"""Replies, and replies that did not arrive, with a keyboard alone and as a screen reader hears them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from sealock_devkit.zendesk import LocalZendesk
from sealock_devkit.zendesk.engine.files import NewFile
from tests.devkit.zendesk.conftest import QUICK, added
from tests.devkit.zendesk.scripted_service import CHANNELBACK, Canned, ScriptedService, resource
from tests.devkit.zendesk.serving import served

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

CLOSED = "This member has closed their mailbox."


@dataclass
class Desk:
    """A local Zendesk with one ticket, and its account."""

    zendesk: LocalZendesk
    service: ScriptedService
    url: str
    account: int

    async def comes(self, *texts: str) -> None:
        """End users write on the ticket."""
        known = len(self.service.resources)
        self.service.resources += [
            resource(f"c{known + index}", text, thread_id="thread") for index, text in enumerate(texts)
        ]
        await self.zendesk.pull(self.account)


@pytest_asyncio.fixture(loop_scope="session")
async def desk(tmp_path) -> AsyncIterator[Desk]:
    async with ScriptedService() as service, LocalZendesk(tmp_path / "zendesk", QUICK) as zendesk:
        service.manifest["channelback_files"] = True
        account = await added(zendesk, service)
        async with served(zendesk) as url:
            running = Desk(zendesk, service, url, account.id)
            await running.comes("Is it blue?")
            yield running


async def ticket(desk: Desk, window) -> Page:
    page = await window.new_page()
    await page.goto(f"{desk.url}/tickets/1")
    await expect(page.locator("#live-state")).to_have_text("live")
    return page


async def press_until(page: Page, key: str, selector: str) -> None:
    for _ in range(60):
        await page.keyboard.press(key)
        if await page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{key} does not lead to {selector}")


async def test_a_reply_and_one_that_fails_need_no_mouse_and_are_heard(desk, window):
    page = await ticket(desk, window)
    for name in ("To the content", "To the newest comment", "To the reply"):
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name=name)).to_be_focused()
    await page.keyboard.press("Enter")
    await press_until(page, "Tab", "#body") if not await page.evaluate("document.activeElement.id === 'body'") else None
    field = page.get_by_role("textbox", name="Comment")
    await expect(field).to_be_focused()
    await expect(field).to_have_accessible_description("Scripted shows this to Ann")
    desk.service.script[CHANNELBACK] = [Canned({"error_info": CLOSED}, 422)]
    await page.keyboard.type("It is red.")
    await page.keyboard.press("Control+Enter")

    heard = page.locator("#heard[role=status]")
    await expect(heard).to_contain_text(f"Your reply: failed: {CLOSED}")
    await expect(page.locator("#trouble")).to_have_text("reply failed")
    await press_until(page, "Shift+Tab", "button[name=again]")
    again = page.get_by_role("button", name="Put it back into the reply")
    await expect(again).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("It is red.")

    await page.keyboard.press("Control+Enter")
    await expect(heard).to_contain_text("Your reply: delivered as reply-")
    await expect(page.locator("#trouble")).to_have_count(0)
    await expect(page.locator("#again")).to_have_count(0)


async def test_text_and_files_of_a_failed_reply_go_behind_what_was_typed_already(desk, window):
    desk.service.script[CHANNELBACK] = [Canned({"error_info": CLOSED}, 422)]
    await desk.zendesk.settled(desk.zendesk.reply(1, "It is red.", files=[NewFile("a.txt", "text/plain", b"one")]))
    page = await ticket(desk, window)
    field = page.get_by_role("textbox", name="Comment")
    await field.fill("Sorry!")

    await page.get_by_role("button", name="Put it back into the reply").click()

    await expect(field).to_have_value("Sorry!\n\nIt is red.")
    await expect(page.get_by_role("group", name="Its files").get_by_role("checkbox", name="a.txt")).to_be_checked()
    await page.get_by_role("button", name="Send", exact=True).click()
    await desk.zendesk.wait_until(lambda: desk.zendesk.store.replies.count("delivered") == 1)
    assert "file_urls[]" in desk.service.calls(CHANNELBACK)[-1]


async def test_a_new_comment_is_heard(desk, window):
    page = await ticket(desk, window)
    await desk.comes("Or is it green?")
    await expect(page.locator("#heard")).to_have_text("New comment by Ann: Or is it green?")


async def test_a_note_has_its_own_words_and_button(desk, window):
    page = await ticket(desk, window)
    await page.get_by_role("radio", name="Internal note").check()
    await expect(page.get_by_text("Only colleagues see this")).to_be_visible()
    await expect(page.get_by_role("button", name="Send", exact=True)).to_have_count(0)
    await page.get_by_role("textbox", name="Comment").fill("Ask Bob.")
    await page.get_by_role("button", name="Add note").click()
    await expect(page.locator(".message.note")).to_contain_text("Ask Bob.")


async def test_a_long_conversation_begins_at_its_newest_comment(desk, window):
    await desk.comes(*(f"comment {number}" for number in range(1, 200)))
    page = await ticket(desk, window)
    newest = page.locator("article").last
    await expect(newest).to_contain_text("comment 199")
    await expect(newest).to_be_in_viewport()
    await expect(page.get_by_text("comment 100", exact=True)).to_be_hidden()
    await page.get_by_text("183 earlier comments").click()
    await expect(page.get_by_text("comment 100", exact=True)).to_be_visible()


PLACEHOLDER = """field => {
  const light = (...colours) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
    const brush = canvas.getContext("2d", { willReadFrequently: true });
    for (const colour of colours) { brush.fillStyle = colour; brush.fillRect(0, 0, 1, 1); }
    const [r, g, b] = [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3).map(each => each / 255)
      .map(each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const text = getComputedStyle(field, "::placeholder");
  const paper = getComputedStyle(field).backgroundColor;
  const ink = `color-mix(in srgb, ${text.color} ${Number(text.opacity) * 100}%, ${paper})`;
  const [a, b] = [light(ink), light(paper)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/tickets/1", "/channels", "/calls"])
async def test_placeholders_are_read_as_easily_as_texts(desk, window, scheme, path):
    page = await window.new_page()
    await page.emulate_media(color_scheme=scheme)
    await page.goto(f"{desk.url}{path}")
    fields = await page.locator("[placeholder]").all()
    assert fields != []
    assert [ratio for field in fields if (ratio := await field.evaluate(PLACEHOLDER)) < 4.5] == []
