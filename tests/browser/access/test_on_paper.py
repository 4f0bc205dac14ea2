# SPDX-License-Identifier: Apache-2.0
"""A ticket on paper: all that was said, and nothing to press."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.test_replies import Desk, desk, ticket

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

__all__ = ["desk"]

CUT_OFF = """() => [...document.querySelectorAll(".body")].filter(
  body => body.scrollHeight > body.clientHeight + 1 && getComputedStyle(body).overflowY !== "visible").length"""


async def test_all_of_a_long_conversation_is_printed_and_no_button(desk: Desk, window):
    await desk.comes(*(f"comment {number}" for number in range(1, 60)), "\n".join(map(str, range(200))))
    page = await ticket(desk, window)
    assert await page.evaluate(CUT_OFF) == 1
    await page.emulate_media(media="print", color_scheme="dark")

    await expect(page.get_by_text("comment 30", exact=True)).to_be_visible()
    assert await page.evaluate(CUT_OFF) == 0
    for nothing in ("#composer", "#switches", ".bar", "#middle > summary"):
        await expect(page.locator(nothing).first).to_be_hidden()
    assert await page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 43, 51)"


async def test_what_only_a_script_does_is_not_offered_without_one(desk: Desk, open_window):
    plain = await open_window(java_script_enabled=False)
    page = await plain.new_page()
    await page.goto(f"{desk.url}/calls/1")

    await expect(page.locator("#command > summary")).to_be_visible()
    await expect(page.get_by_role("button", name="Copy as curl")).to_be_hidden()
