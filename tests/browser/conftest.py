# SPDX-License-Identifier: Apache-2.0
"""A real Chromium that looks at real pages: one for all tests of a process, with a profile of its own for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, async_playwright, expect

from sealock_devkit.stack.stack import Options, Stack
from tests.browser.chromium import CHROMIUM, FLAGS, Complaints
from tests.browser.set_up_place import SetUpPlace, set_up_place
from tests.system.conftest import assert_nowhere, logs_in

PATIENCE_MS = 20_000
"""How long a page may take to show what is expected: two cores are shared by everything that runs."""

OpenWindow = Callable[..., Awaitable[BrowserContext]]


def pytest_itemcollected(item: pytest.Item) -> None:
    """The tests share the loop in which their browser runs."""
    in_the_browsers_loop(item)


def in_the_browsers_loop(item: pytest.Item) -> None:
    """Let a test run in the loop of `browser`, as its fixtures have to: `loop_scope="session"`."""
    if pytest_asyncio.is_async_test(item):
        item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield running
        await running.close()


@pytest.fixture
def complaints() -> Complaints:
    """What the browser complains about in any window of the test; the test fails if it is not expected."""
    return Complaints()


@pytest_asyncio.fixture(loop_scope="session")
async def open_window(browser: Browser, complaints: Complaints) -> AsyncIterator[OpenWindow]:
    """Opens windows: `await open_window(locale="de")`. Waits in them are long, and end as soon as they can."""
    opened: list[BrowserContext] = []

    async def open_one(**options: object) -> BrowserContext:
        context = await browser.new_context(**{"locale": "en-US", **options})
        context.set_default_timeout(PATIENCE_MS)
        complaints.listen_to(context)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        await context.close()
    assert complaints.unexpected == []


@pytest_asyncio.fixture(loop_scope="session")
async def window(open_window: OpenWindow) -> BrowserContext:
    """A window of its own: no cookies, no history."""
    return await open_window()


@pytest_asyncio.fixture(loop_scope="session")
async def stack(tmp_path) -> AsyncIterator[Stack]:
    """The whole demo as real processes. At the end no protocol was broken, and no secret is in a log."""
    async with Stack(tmp_path, options=Options(pull_interval=1)) as running:
        yield running
        assert await running.zendesk.violations() == []
        secrets = [secret for origin in running.origins for secret in origin.secrets]
        assert_nowhere(secrets, logs_in(tmp_path))


@pytest_asyncio.fixture(loop_scope="session")
async def place(tmp_path) -> AsyncIterator[SetUpPlace]:
    """A local Zendesk and an edge in this process; the edge's connector does what the test says."""
    async with set_up_place(tmp_path) as running:
        yield running
