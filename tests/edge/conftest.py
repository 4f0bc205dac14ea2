# SPDX-License-Identifier: Apache-2.0
"""An edge and its connector, both real, for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.edge.edge_under_test import EdgeUnderTest, MovedClock, add_key, build, settings, under_test
from tests.edge.scripted_connector import ScriptedConnector


@pytest.fixture
async def connector() -> AsyncIterator[ScriptedConnector]:
    async with ScriptedConnector() as running:
        yield running


@pytest.fixture
def edge_clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def edge(connector: ScriptedConnector, tmp_path: Path, edge_clock: MovedClock) -> AsyncIterator[EdgeUnderTest]:
    keys = tmp_path / "keys"
    add_key(keys, edge_clock)
    built, ring, log = build(settings(connector.target), keys, edge_clock)
    handle = under_test(built, ring, keys, edge_clock, log)
    async with handle.client:
        yield handle
