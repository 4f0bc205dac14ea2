# SPDX-License-Identifier: Apache-2.0
"""Counts and times every call, and lets what it does find the server's metrics."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sealock_connector._interceptors.around import Around, Call
from sealock_connector._interceptors.ending import Ending
from sealock_connector._metrics import Metrics, current


class Counting(Around):
    """Counts calls by how they ended."""

    def __init__(self, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._metrics = metrics
        self._clock = clock

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        """Count the call once it ended."""
        current.set(self._metrics)
        start, ending = self._clock(), Ending()
        self._metrics.in_flight.inc()
        try:
            yield
        except BaseException as error:
            ending = Ending.by(error)
            raise
        finally:
            self._metrics.in_flight.dec()
            self._metrics.calls.labels(call.method, ending.code.name, ending.reason).inc()
            self._metrics.call_seconds.labels(call.method).observe(self._clock() - start)
