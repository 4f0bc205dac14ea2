# SPDX-License-Identifier: Apache-2.0
"""How a call ended: what its log line, its metrics and its span all say of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import grpc
import grpc.aio

from sealock_connector._translate.failures import Failure


@dataclass(frozen=True, slots=True)
class Ending:
    """The status of a call that ended."""

    code: grpc.StatusCode = grpc.StatusCode.OK
    reason: str = ""
    """The reason's name; empty for a call that was answered, given up by its caller, or not let in."""

    @classmethod
    def by(cls, error: BaseException) -> Ending:
        """How a call ended in which this was raised. Below `Errors` only `Callers` aborts calls: those not let in."""
        if isinstance(error, asyncio.CancelledError | GeneratorExit):
            return cls(grpc.StatusCode.CANCELLED)
        if isinstance(error, grpc.aio.AbortError):
            return cls(grpc.StatusCode.PERMISSION_DENIED)
        failure = Failure.of(error)
        return cls(failure.code, failure.name)
