# SPDX-License-Identifier: Apache-2.0
"""The browser of these tests runs scripts, and each of its complaints fails a test that does not expect it."""

from __future__ import annotations

import pytest

from tests.browser.chromium import Complaints
from tests.browser.conftest import PATIENCE_MS


async def test_chromium_runs_the_scripts_of_a_page(window):
    page = await window.new_page()
    await page.set_content("<p id=p></p><script>document.getElementById('p').textContent = 6 * 7</script>")

    assert await page.locator("#p").text_content() == "42"


POLICY = """<meta http-equiv="Content-Security-Policy" content="script-src 'none'">"""
PAGES = {
    "Content Security Policy": f"{POLICY}<script>1</script>",
    "exception": "<script>throw new Error('oh')</script>",
    "console": "<script>console.error('oh')</script>",
    "request failed": "<img src='http://127.0.0.1:9/'>",
}


@pytest.mark.parametrize("words", PAGES)
async def test_a_complaint_is_heard(browser, words):
    complaints = Complaints()
    context = await browser.new_context()
    complaints.listen_to(context)
    page = await context.new_page()

    await page.set_content(PAGES[words], timeout=PATIENCE_MS)
    await page.evaluate("0")

    assert any(words in each for each in complaints.unexpected)
    complaints.expect(".")
    assert complaints.unexpected == []
    await context.close()
