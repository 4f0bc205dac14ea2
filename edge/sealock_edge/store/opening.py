# SPDX-License-Identifier: Apache-2.0
"""The store that the settings name, and what log and metrics tell of whether it does what it is asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sealock_contract.stores.names import SQLITE, VALKEY
from sealock_edge.config import EdgeConfig
from sealock_edge.store.memory import MemoryStore
from sealock_edge.store.sqlite import SqliteStore
from sealock_edge.store.store import Noted, Store
from sealock_edge.telemetry import Journal, Metrics


def store_of(edge: EdgeConfig, clock: Callable[[], float], shared_file: Path | None, noted: Noted) -> Store:
    """
    It is not open yet. `clock` is in seconds since 1970.

    Where the settings name memory, `shared_file` is a file by which several processes of one edge know together; it
    ends with them.
    """
    seconds = edge.file_link_seconds
    if edge.store.startswith(VALKEY):
        from sealock_edge.store.valkey import ValkeyStore  # noqa: PLC0415 - its client is an extra

        return ValkeyStore(
            edge.store, seconds, password_file=edge.store_password_file, ca_file=edge.store_ca, noted=noted
        )
    if edge.store.startswith(SQLITE):
        return SqliteStore(Path(edge.store.removeprefix(SQLITE)), clock, seconds, noted=noted)
    if shared_file is not None:
        return SqliteStore(shared_file, clock, seconds, lasting=False, noted=noted)
    return MemoryStore(clock, seconds)


class StoreHealth:
    """Counts calls that failed, and writes a line when the store goes and when it is back."""

    def __init__(self, metrics: Metrics, journal: Journal) -> None:
        self._metrics = metrics
        self._journal = journal
        self._is_away = False
        metrics.store_good.set(1)

    def __call__(self, problem: str) -> None:
        """See `Noted`."""
        if problem:
            self._metrics.store_failures.inc()
        if bool(problem) != self._is_away:
            self._is_away = bool(problem)
            self._metrics.store_good.set(0 if problem else 1)
            self._journal.store(problem=problem)
