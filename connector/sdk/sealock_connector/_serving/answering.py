# SPDX-License-Identifier: Apache-2.0
"""
How a call is answered: the one wrapper around each handler, made when the handler is registered.

A call of the contract goes through these, in this order: its caller is let in, it is under way until it ends, what it
raises becomes a status, it is logged, traced and counted, it gets a deadline and a place, and its request is read.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final
from uuid import uuid4

import grpc
import grpc.aio

from sealock_connector._deadlines import WORTH_STARTING_SECONDS, TimeLimit, budget
from sealock_connector._serving.callers import Admission
from sealock_connector._serving.connections import take_calls
from sealock_connector._serving.requests import CONTRACT, Context, Handler, Requests, streaming
from sealock_connector._telemetry import Metrics, Traces, log_fault
from sealock_connector._translate.failures import Failure
from sealock_connector.errors import Cause, ConnectorError, ContractBroken, InvalidAnswer, OriginUnavailable
from sealock_contract.log_lines import Lines, request_id
from sealock_contract.loop_lag import RunningCalls
from sealock_contract.tracing import CARRIED

_log = logging.getLogger(__name__)
_calls_log = logging.getLogger("sealock_connector.calls")

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")
MARGIN_SECONDS: Final = 0.1
"""What is kept of each deadline for the way back."""


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


_OK: Final = CallStatus()


class CallsUnderWay:
    """Counts calls of the contract; health checks, which may last for ever, do not count."""

    def __init__(self) -> None:
        self.count = 0
        """How many are under way."""
        self._none = asyncio.Event()
        self._none.set()

    def begins(self) -> None:
        """One more."""
        self.count += 1
        self._none.clear()

    def ends(self) -> None:
        """One less."""
        self.count -= 1
        if not self.count:
            self._none.set()

    async def ended(self) -> None:
        """Return once no call is under way."""
        await self._none.wait()


class Answering:
    """Wraps handlers. What it is made of is shared by all calls of a server."""

    def __init__(
        self,
        requests: Requests,
        metrics: Metrics,
        under_way: CallsUnderWay,
        *,
        running: RunningCalls,
        admission: Admission | None = None,
        traces: Traces | None = None,
        lines: Lines | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        `running` is told of each call; without `admission` all callers are let in. `lines` takes the line of each call;
        without it the standard library's logging does. `clock` is in seconds.
        """
        self._requests = requests
        self._metrics = metrics
        metrics.in_flight.set_function(lambda: under_way.count)
        self.under_way = under_way
        self.running = running
        self._admission = admission
        self.traces = traces
        self.lines = lines
        self.clock = clock

    def wrapped(self, path: str, handler: Handler) -> Handler:
        """The handler of the calls of this path, with all that surrounds it."""
        admit = None if self._admission is None else self._admission.check
        if not path.startswith(CONTRACT):
            return self._requests.other(handler, admit)
        method = path.removeprefix(CONTRACT)
        begin, answer = self._requests.of_contract(method, handler)
        counted = _Counted(self._metrics, method)

        async def answer_one(_: Any, context: Context) -> Any:
            if admit is not None:
                await admit(context)
            async with _Answered(self, counted, context):
                with _Deadline(context, method), self._requests.place() as place:
                    return await answer(await begin(context, place), context)

        async def answer_many(_: Any, context: Context) -> AsyncIterator[Any]:
            if admit is not None:
                await admit(context)
            async with _Answered(self, counted, context):
                with _Deadline(context, method), self._requests.place() as place:
                    async for each in answer(await begin(context, place), context):
                        yield each

        return streaming(handler, answer_many if handler.response_streaming else answer_one, raw=True)


class Registering:
    """Stands where generated code has a server: the handlers go to the server wrapped."""

    def __init__(self, server: grpc.aio.Server, answering: Answering) -> None:
        self._server = server
        self._answering = answering

    def add_generic_rpc_handlers(self, _handlers: object) -> None:
        """Nothing: what generated code gives here it registers as well."""

    def add_registered_method_handlers(self, service: str, handlers: Mapping[str, Handler]) -> None:
        """Take the handlers of a service, by the short names of its calls."""
        wrapped = self._answering.wrapped
        take_calls(
            self._server, service, {name: wrapped(f"/{service}/{name}", handler) for name, handler in handlers.items()}
        )


class _Counted:
    """The metrics of one RPC, with their labels looked up once."""

    def __init__(self, metrics: Metrics, method: str) -> None:
        self.method = method
        self._metrics = metrics
        self._seconds = metrics.call_seconds.labels(method)
        self._answered: Any = None
        self._failed: dict[CallStatus, Any] = {}

    def ends(self, status: CallStatus, seconds: float) -> None:
        counter = self._answered if status is _OK else self._failed.get(status)
        if counter is None:
            labels = status.code.name, status.reason, status.cause
            counter = self._metrics.calls.labels(self.method, *labels)
            if status is _OK:
                self._answered = counter
            else:
                self._failed[status] = counter
        counter.inc()
        self._seconds.observe(seconds)


class _Answered:
    """One call, from its arrival to its status. Entering never fails."""

    __slots__ = ("_answering", "_context", "_counted", "_ended", "_span", "_start")

    def __init__(self, answering: Answering, counted: _Counted, context: Context) -> None:
        self._answering = answering
        self._counted = counted
        self._context = context
        self._span: AbstractContextManager[Callable[[str, str], None]] | None = None

    async def __aenter__(self) -> None:
        answering, method = self._answering, self._counted.method
        answering.under_way.begins()
        given = _request_id(self._context)
        request_id.set(given)
        answering.running.note(lambda: {"method": method, "request_id": given})
        self._start = answering.clock()
        if answering.traces is not None:
            self._span = answering.traces.call(method, _carried(self._context), given)
            self._ended = self._span.__enter__()

    async def __aexit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        status = _OK if error is None else CallStatus.after(error)
        try:
            self._tell(status)
            if isinstance(error, Exception):
                await self._abort(error)
        finally:
            self._answering.under_way.ends()

    def _tell(self, status: CallStatus) -> None:
        seconds = self._answering.clock() - self._start
        self._counted.ends(status, seconds)
        if self._span is not None:
            self._ended(status.code.name, status.cause)
            self._span.__exit__(None, None, None)
        fields: dict[str, Any] = {
            "method": self._counted.method,
            "code": status.code.name,
            "ms": round(seconds * 1000, 1),
        }
        if status.reason:
            fields["reason"] = status.reason
        if status.cause:
            fields["cause"] = status.cause
        if (lines := self._answering.lines) is not None:
            lines.info(_calls_log.name, "call", {"request_id": request_id.get(), **fields})
        else:
            _calls_log.info("call", extra={"event": "call", **fields})

    async def _abort(self, error: Exception) -> None:
        """End the call with what the exception means: a status, with a `ConnectorErrorDetail`."""
        if not isinstance(error, ConnectorError) or isinstance(error, InvalidAnswer):
            log_fault(_log, "a fault of the connector", error)
        failure = Failure.of(error)
        words = f"{failure.words}: {error}" if isinstance(error, ContractBroken) else failure.words
        await self._context.abort(failure.code, words, trailing_metadata=(failure.trailer(),))


class _Deadline:
    """Refuses a call that cannot be answered in time, and ends one that was not."""

    __slots__ = ("_context", "_limit", "_method")

    def __init__(self, context: Context, method: str) -> None:
        self._context = context
        self._method = method

    def __enter__(self) -> None:
        left = budget(self._context, self._method)
        if left < WORTH_STARTING_SECONDS:
            raise OriginUnavailable("the deadline leaves no time", cause=Cause.TIMED_OUT)
        now = asyncio.get_running_loop().time()
        self._limit = TimeLimit(now + left - min(MARGIN_SECONDS, left / 20))
        self._limit.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self._limit.__exit__(kind, error, traceback)
        except TimeoutError:
            raise OriginUnavailable("the deadline came first", cause=Cause.TIMED_OUT) from None


def _request_id(context: Context) -> str:
    for name, value in context.invocation_metadata() or ():
        if name == "x-request-id" and isinstance(value, str) and _REQUEST_ID.fullmatch(value):
            return value
    return uuid4().hex


def _carried(context: Context) -> dict[str, str]:
    """What of the caller's metadata a trace is continued by."""
    metadata = context.invocation_metadata() or ()
    return {name: value for name, value in metadata if name in CARRIED and isinstance(value, str)}
