# SPDX-License-Identifier: Apache-2.0
"""Both programs and the guestbook on real HTTP, and the browser that other tests use too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.browser.conftest import browser, window
from tests.safety import guestbook_rows
from tests.safety.desk_scene import Desk, running_desk
from tests.safety.edge_scene import EdgeScene, running_edge

__all__ = ["browser", "window"]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path / "zendesk") as running:
        yield running


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[EdgeScene]:
    async with running_edge(tmp_path / "edge") as running:
        yield running


@pytest.fixture
async def guestbook() -> AsyncIterator[guestbook_rows.Guestbook]:
    async with guestbook_rows.running() as running:
        yield running
