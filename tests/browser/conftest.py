# SPDX-License-Identifier: Apache-2.0
"""A real Chromium that looks at real pages, each test with a profile of its own."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, async_playwright

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 20_000
"""How long a page may take to show what is expected: two cores are shared by everything that runs."""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield running
        await running.close()


@pytest.fixture
async def window(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A window of its own: no cookies, no history. Waits are long, and end as soon as what they wait for is there."""
    context = await browser.new_context(locale="en-US")
    context.set_default_timeout(PATIENCE_MS)
    yield context
    await context.close()
