# SPDX-License-Identifier: Apache-2.0
"""Every store there is, on a clock that a test moves."""

from __future__ import annotations

import pytest
import valkey

from sealock_edge.store import MemoryStore, SqliteStore
from sealock_edge.store.valkey import ValkeyStore
from tests.valkey_server import ValkeyServer

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


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory):
    """A server that no test stops."""
    with ValkeyServer(tmp_path_factory.mktemp("valkey")) as running:
        yield running


@pytest.fixture
def emptied(valkey_server):
    """The same, with nothing in it."""
    with valkey.Valkey(port=valkey_server.port) as client:
        client.flushall()
    return valkey_server


@pytest.fixture(params=["memory", "sqlite", "valkey"])
async def store(request, clock, tmp_path):
    if request.param == "memory":
        made = MemoryStore(clock, LIFE)
    elif request.param == "sqlite":
        made = SqliteStore(tmp_path / "store", clock, LIFE)
    else:
        made = ValkeyStore(request.getfixturevalue("emptied").url, LIFE, clock=clock)
    await made.open()
    yield made
    await made.close()
