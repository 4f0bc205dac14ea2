# SPDX-License-Identifier: Apache-2.0
"""A clock that tests move, and key directories as the product itself writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sealock_edge.sealing import Accounts, KeyRing, Sealer
from sealock_edge.sealing.keyring import write_key
from sealock_edge.zendesk import ZendeskHosts


class MovedClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


def add_key(directory: Path, clock: MovedClock, *, seals_after: float = 0) -> str:
    """Writes a new key into the directory; returns its id."""
    now = clock()
    return write_key(directory, created=now, seals_from=now + timedelta(seconds=seals_after), taken=lambda _: False)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    return keys


@pytest.fixture
def ring(directory: Path, clock: MovedClock) -> KeyRing:
    add_key(directory, clock)
    return KeyRing.load(directory, clock)


@pytest.fixture
def sealer(ring: KeyRing, clock: MovedClock) -> Sealer:
    return Sealer(ring, clock)


@pytest.fixture
def accounts(sealer: Sealer) -> Accounts:
    return Accounts(sealer, ZendeskHosts())
