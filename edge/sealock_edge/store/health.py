# SPDX-License-Identifier: Apache-2.0
"""Whether the store does what it is asked, as log and metrics tell of it."""

from __future__ import annotations

from sealock_edge.telemetry import Journal, Metrics


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
