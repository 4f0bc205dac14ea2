# SPDX-License-Identifier: Apache-2.0
"""Counts and times every call, and lets what it does find the server's metrics."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import grpc
import grpc.aio

from sealock_connector._interceptors.around import Around, Call
from sealock_connector._metrics import Metrics, current
from sealock_connector._translate.failures import Failure


class Counting(Around):
    """Counts calls by how they ended."""

    def __init__(self, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._metrics = metrics
        self._clock = clock

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        """Count the call once it ended."""
        current.set(self._metrics)
        start, code, reason = self._clock(), grpc.StatusCode.OK, ""
        self._metrics.in_flight.inc()
        try:
            yield
        except asyncio.CancelledError:
            code = grpc.StatusCode.CANCELLED
            raise
        except grpc.aio.AbortError:
            code = grpc.StatusCode.PERMISSION_DENIED
            raise
        except Exception as error:
            failure = Failure.of(error)
            code, reason = failure.code, failure.name
            raise
        finally:
            self._metrics.in_flight.dec()
            self._metrics.calls.labels(call.method, code.name, reason).inc()
            self._metrics.call_seconds.labels(call.method).observe(self._clock() - start)
