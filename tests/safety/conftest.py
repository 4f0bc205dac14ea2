# SPDX-License-Identifier: Apache-2.0
"""Both programs and the guestbook on real HTTP, and the browser that other tests use too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext

from tests.browser.conftest import PATIENCE_MS, browser, in_the_browsers_loop
from tests.safety.programs import guestbook_rows
from tests.safety.programs.edge_scene import EdgeScene, running_edge
from tests.safety.programs.zendesk_scene import ZendeskScene, running_zendesk

__all__ = ["browser"]


def pytest_itemcollected(item: pytest.Item) -> None:
    """The tests share the loop in which their browser runs."""
    in_the_browsers_loop(item)


@pytest_asyncio.fixture(loop_scope="session")
async def window(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A window of its own, in which the browser may complain: what it refuses is what these tests are about."""
    context = await browser.new_context(locale="en-US")
    context.set_default_timeout(PATIENCE_MS)
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def desk(tmp_path: Path) -> AsyncIterator[ZendeskScene]:
    async with running_zendesk(tmp_path / "zendesk") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def edge(tmp_path: Path) -> AsyncIterator[EdgeScene]:
    async with running_edge(tmp_path / "edge") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def guestbook() -> AsyncIterator[guestbook_rows.Guestbook]:
    async with guestbook_rows.running() as running:
        yield running
