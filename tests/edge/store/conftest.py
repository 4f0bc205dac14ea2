# SPDX-License-Identifier: Apache-2.0
"""Every store there is, on a clock that a test moves."""

from __future__ import annotations

import pytest

from sealock_edge.store import MemoryStore, SqliteStore

LIFE = 86_400.0


class Clock:
    """Seconds since 1970."""

    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now

    def pass_by(self, seconds):
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=["memory", "sqlite"])
async def store(request, clock, tmp_path):
    made = MemoryStore(clock, LIFE) if request.param == "memory" else SqliteStore(tmp_path / "store", clock, LIFE)
    await made.open()
    yield made
    await made.close()
