# SPDX-License-Identifier: Apache-2.0
"""A span for every call, under the span of its caller."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sealock_connector._interceptors.around import Around, Call
from sealock_connector._interceptors.ending import Ending
from sealock_connector._tracing import Traces, current
from sealock_contract.log_lines import request_id
from sealock_contract.tracing import CARRIED


class Tracing(Around):
    """Traces calls."""

    def __init__(self, traces: Traces) -> None:
        self._traces = traces

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        """Trace the call; calls to the origin that it makes come under it."""
        current.set(self._traces)
        carried = {
            name: value
            for name, value in call.context.invocation_metadata() or ()
            if name in CARRIED and isinstance(value, str)
        }
        with self._traces.call(call.method, carried, request_id.get()) as ended:
            ending = Ending()
            try:
                yield
            except BaseException as error:
                ending = Ending.by(error)
                raise
            finally:
                ended(ending.code.name)
