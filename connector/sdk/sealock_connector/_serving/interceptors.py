# SPDX-License-Identifier: Apache-2.0
"""
What every call of the contract goes through, outermost first: the count of calls under way, errors, the access log,
spans, metrics, the deadline. Callers are let in before any of this, and requests are read after all of it: see
`sealock_connector._serving.callers` and `.requests`.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import uuid4

import grpc
import grpc.aio

from sealock_connector._deadlines import WORTH_STARTING_SECONDS, budget
from sealock_connector._serving.requests import CONTRACT, streaming
from sealock_connector._telemetry import Metrics, Traces, current_metrics, current_traces, log_fault
from sealock_connector._translate.failures import Failure
from sealock_connector.errors import Cause, ConnectorError, ContractBroken, InvalidAnswer, OriginUnavailable
from sealock_contract.log_lines import request_id
from sealock_contract.loop_lag import RunningCalls
from sealock_contract.tracing import CARRIED

_log = logging.getLogger(__name__)
_calls_log = logging.getLogger("sealock_connector.calls")

Context = grpc.aio.ServicerContext[Any, Any]
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is being answered."""

    method: str
    """The RPC's short name."""
    context: Context


class CallInterceptor(grpc.aio.ServerInterceptor, ABC):
    """An interceptor whose `around` is entered before a call of the contract and left after it."""

    @abstractmethod
    def around(self, call: Call) -> AbstractAsyncContextManager[None]:
        """What surrounds the call."""

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        """Surround the call's handler."""
        handler = await continuation(handler_call_details)
        path: str = handler_call_details.method
        if handler is None or not path.startswith(CONTRACT):
            return handler
        return self._surrounded(handler, path.removeprefix(CONTRACT))

    def _surrounded(self, handler: Any, method: str) -> Handler:
        answer: Any = handler.stream_unary
        answers: Any = handler.stream_stream

        async def answer_one(requests: Any, context: Context) -> Any:
            async with self.around(Call(method, context)):
                return await answer(requests, context)

        async def answer_many(requests: Any, context: Context) -> AsyncIterator[Any]:
            async with self.around(Call(method, context)):
                async for each in answers(requests, context):
                    yield each

        return streaming(handler, answer_many if handler.response_streaming else answer_one)


@dataclass(frozen=True, slots=True)
class CallStatus:
    """The status of a call that ended."""

    code: grpc.StatusCode = grpc.StatusCode.OK
    reason: str = ""
    """The reason's name; empty for a call that was answered, or given up by its caller."""
    cause: str = ""
    """The cause's name, where it was found out."""

    @classmethod
    def after(cls, error: BaseException) -> CallStatus:
        """The status of a call in which this was raised."""
        if isinstance(error, asyncio.CancelledError | GeneratorExit):
            return cls(grpc.StatusCode.CANCELLED)
        failure = Failure.of(error)
        return cls(failure.code, failure.name, failure.cause_name)


class CallsUnderWay(CallInterceptor):
    """Counts calls of the contract; health checks, which may last for ever, do not count."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:  # noqa: ARG002
        """Count the call while it lasts."""
        self._count += 1
        self._none.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._none.set()

    async def ended(self) -> None:
        """Return once no call is under way."""
        await self._none.wait()


class ErrorStatuses(CallInterceptor):
    """Turns every exception into a gRPC status with a `ConnectorErrorDetail`."""

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        """Abort the call with what its exception means."""
        try:
            yield
        except Exception as error:  # noqa: BLE001
            if not isinstance(error, ConnectorError) or isinstance(error, InvalidAnswer):
                log_fault(_log, "a fault of the connector", error)
            failure = Failure.of(error)
            words = f"{failure.words}: {error}" if isinstance(error, ContractBroken) else failure.words
            await call.context.abort(failure.code, words, trailing_metadata=(failure.trailer(),))


_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


class AccessLog(CallInterceptor):
    """Logs each call, and gives its log lines the caller's request id."""

    def __init__(self, running: RunningCalls, clock: Callable[[], float] = time.monotonic) -> None:
        """`running` is told of each call."""
        self._running = running
        self._clock = clock

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        """Log the call once it ended."""
        given = _request_id(call.context)
        request_id.set(given)
        self._running.note(lambda: {"method": call.method, "request_id": given})
        start = self._clock()
        status = CallStatus()
        try:
            yield
        except BaseException as error:
            status = CallStatus.after(error)
            raise
        finally:
            milliseconds = round((self._clock() - start) * 1000, 1)
            fields = {"event": "call", "method": call.method, "code": status.code.name, "ms": milliseconds}
            why = {"reason": status.reason, "cause": status.cause}
            _calls_log.info("call", extra=fields | {name: value for name, value in why.items() if value})


def _request_id(context: Context) -> str:
    for name, value in context.invocation_metadata() or ():
        if name == "x-request-id" and isinstance(value, str) and _REQUEST_ID.fullmatch(value):
            return value
    return uuid4().hex


class CallSpans(CallInterceptor):
    """Traces calls."""

    def __init__(self, traces: Traces) -> None:
        self._traces = traces

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        """Trace the call; calls to the origin that it makes come under it."""
        current_traces.set(self._traces)
        carried = {
            name: value
            for name, value in call.context.invocation_metadata() or ()
            if name in CARRIED and isinstance(value, str)
        }
        with self._traces.call(call.method, carried, request_id.get()) as ended:
            status = CallStatus()
            try:
                yield
            except BaseException as error:
                status = CallStatus.after(error)
                raise
            finally:
                ended(status.code.name, status.cause)


class CallMetrics(CallInterceptor):
    """Counts calls by how they ended."""

    def __init__(self, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._metrics = metrics
        self._clock = clock

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        """Count the call once it ended."""
        current_metrics.set(self._metrics)
        start, status = self._clock(), CallStatus()
        self._metrics.in_flight.inc()
        try:
            yield
        except BaseException as error:
            status = CallStatus.after(error)
            raise
        finally:
            self._metrics.in_flight.dec()
            self._metrics.calls.labels(call.method, status.code.name, status.reason, status.cause).inc()
            self._metrics.call_seconds.labels(call.method).observe(self._clock() - start)


MARGIN_SECONDS = 0.1
"""What is kept of each deadline for the way back."""


class Deadlines(CallInterceptor):
    """Refuses calls that cannot be answered in time, and ends those that were not."""

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        """Run the call within what is left of its deadline."""
        left = budget(call.context, call.method)
        if left < WORTH_STARTING_SECONDS:
            raise OriginUnavailable("the deadline leaves no time", cause=Cause.TIMED_OUT)
        try:
            async with asyncio.timeout(left - min(MARGIN_SECONDS, left / 20)) as timer:
                yield
        except TimeoutError:
            if timer.expired():
                raise OriginUnavailable("the deadline came first", cause=Cause.TIMED_OUT) from None
            raise
