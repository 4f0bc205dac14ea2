# SPDX-License-Identifier: Apache-2.0
"""The outermost interceptor: whatever is raised leaves as fixed words and a reason, never with its text."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc.aio

from sealock_connector._interceptors.around import Around, Call
from sealock_connector._log_lines import log_fault
from sealock_connector._translate.failures import Failure
from sealock_connector.errors import ConnectorError, ContractBroken, InvalidAnswer

_log = logging.getLogger(__name__)


class Errors(Around):
    """Turns every exception into a gRPC status with a `ConnectorErrorDetail`."""

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        """Abort the call with what its exception means."""
        try:
            yield
        except grpc.aio.AbortError:
            raise
        except Exception as error:  # noqa: BLE001
            if not isinstance(error, ConnectorError) or isinstance(error, InvalidAnswer):
                log_fault(_log, "a fault of the connector", error)
            failure = Failure.of(error)
            words = f"{failure.words}: {error}" if isinstance(error, ContractBroken) else failure.words
            await call.context.abort(failure.code, words, trailing_metadata=(failure.trailer(),))
