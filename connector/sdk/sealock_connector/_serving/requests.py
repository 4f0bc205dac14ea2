# SPDX-License-Identifier: Apache-2.0
"""
How a call begins: it gets a place, and its request is read.

gRPC reads the request of a call before anybody is asked, unless the call may have several requests. So every call is
taken for one that may: whoever is refused has sent nothing then.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any, Final, TypeAlias

import grpc
import grpc.aio
from google.protobuf.message import DecodeError, Message

from sealock.connector.v1 import connector_service_pb2
from sealock_connector._telemetry import Metrics
from sealock_connector.errors import Cause, ContractBroken, OriginUnreached
from sealock_contract.limits import most_bytes

_log = logging.getLogger(__name__)

Context = grpc.aio.ServicerContext[Any, Any]
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Continuation: TypeAlias = "Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]]"

_SERVICE: Final = connector_service_pb2.DESCRIPTOR.services_by_name["ConnectorService"]
CONTRACT: Final = f"/{_SERVICE.full_name}/"
"""How the paths of the contract's calls begin."""
RETRY_AFTER: Final = timedelta(seconds=5)
"""What a call is told that finds no place."""
REQUEST_SECONDS: Final = 10.0
"""In which the first request of a call has to be there as a whole."""
_OTHER_CALLS: Final = 1_000
"""How many calls of health and reflection there may be at once; an edge's process keeps one open on each connection."""
_LINE_EVERY_SECONDS: Final = 60.0
_OF_ACCOUNTS: Final = frozenset({"Pull", "Channelback", "OpenFile", "HandleEvent"})
"""Calls of an account that exists: they share the places by it. All others share by what they are."""


class NoPlace(OriginUnreached):
    """As many calls are under way as there may be. Nothing of this one was begun, so it may be made again."""

    cause = Cause.CONNECTOR_BUSY

    def __init__(self, detail: str) -> None:
        super().__init__(detail, retry_after=RETRY_AFTER)


class Place:
    """What one call holds."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._holder = ""

    def take_for(self, holder: str) -> None:
        """
        Say whose call it is, or whose it is instead: that of a connection, an account, or all of one kind.

        Raises `NoPlace` if the holder has more calls under way than there are places left. So one holder gets half of
        them at most, two get a third each, and for whoever comes first there is one left.
        """
        self._let_go()
        self._places.check_share(holder)
        self._holder = holder
        self._places.held[holder] += 1

    def leave(self) -> None:
        """Give it back."""
        self._places.taken -= 1
        self._let_go()

    def _let_go(self) -> None:
        if self._holder:
            self._places.held[self._holder] -= 1
            if not self._places.held[self._holder]:
                del self._places.held[self._holder]
            self._holder = ""


class Places:
    """The places of all calls."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken = 0
        self.held: Counter[str] = Counter()
        """How many each holder has."""

    @contextmanager
    def place(self) -> Iterator[Place]:
        """A place, while a call lasts. Raises `NoPlace` where none is left."""
        if self.taken >= self.most:
            raise NoPlace("all places are taken")
        self.taken += 1
        place = Place(self)
        try:
            yield place
        finally:
            place.leave()

    def check_share(self, holder: str) -> None:
        """Raises `NoPlace` if the holder has more than its share already."""
        if self.held[holder] > self.most - self.taken:
            raise NoPlace("one holder has as many calls under way as places are left")


class OnceForEachPath(grpc.aio.ServerInterceptor):
    """Outermost of all: what the others make of a handler is made once, not for each call."""

    def __init__(self) -> None:
        self._made: dict[str, Handler] = {}

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler | None:
        """The call's handler, with all that surrounds it."""
        path: str = handler_call_details.method
        made = self._made.get(path)
        if made is None and (made := await continuation(handler_call_details)) is not None:
            self._made[path] = made
        return made


class Requests(grpc.aio.ServerInterceptor):
    """Innermost of all: gives each call a place, and reads its request."""

    def __init__(self, most_calls: int, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._places = Places(most_calls)
        self._others = Places(_OTHER_CALLS)
        self._metrics = metrics
        self._line = SeldomLine(clock)

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler | None:
        """The call's handler, as one that reads its requests itself."""
        handler: Any = await continuation(handler_call_details)
        path: str = handler_call_details.method
        if handler is None:
            return None
        if not path.startswith(CONTRACT):
            return self._other(handler)
        method = path.removeprefix(CONTRACT)
        parse = _parser(handler.request_deserializer)
        answer = handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream

        async def begin(context: Context, place: Place) -> Any:
            place.take_for(context.peer())
            first = parse(await _first(context))
            place.take_for(_holder(method, first))
            return _Requests(first, context, parse) if handler.request_streaming else first

        async def answer_one(_: Any, context: Context) -> Any:
            with self._place() as place:
                return await answer(await begin(context, place), context)

        async def answer_many(_: Any, context: Context) -> AsyncIterator[Any]:
            with self._place() as place:
                async for each in answer(await begin(context, place), context):
                    yield each

        return streaming(handler, answer_many if handler.response_streaming else answer_one, raw=True)

    @contextmanager
    def _place(self) -> Iterator[Place]:
        try:
            with self._places.place() as place:
                yield place
        except NoPlace:
            self._metrics.calls_refused.inc()
            if self._line.is_due():
                _log.warning("calls were refused: as many as there may be are under way (--max-calls)")
            raise

    def _other(self, handler: Any) -> Handler:
        """The handler of a call of health or reflection: no errors of the contract there."""
        answer = handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream

        async def begin(requests: Any, context: Context) -> Any:
            if handler.request_streaming:
                return requests
            try:
                return await _first(context)
            except ContractBroken as error:
                await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))

        async def answer_one(requests: Any, context: Context) -> Any:
            async with self._other_place(context):
                return await answer(await begin(requests, context), context)

        async def answer_many(requests: Any, context: Context) -> AsyncIterator[Any]:
            async with self._other_place(context):
                async for each in answer(await begin(requests, context), context):
                    yield each

        return streaming(handler, answer_many if inspect.isasyncgenfunction(answer) else answer_one)

    @asynccontextmanager
    async def _other_place(self, context: Context) -> AsyncIterator[None]:
        try:
            with self._others.place():
                yield
        except NoPlace:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too many calls of this kind")


class _Requests:
    """The requests of a call that may have several, the first of which was read."""

    def __init__(self, first: Any, context: Context, parse: Callable[[bytes], Any]) -> None:
        self._first = first
        self._context = context
        self._parse = parse

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        data: Any = await self._context.read()
        if data is grpc.aio.EOF:
            raise StopAsyncIteration
        return self._parse(data)


class SeldomLine:
    """When a line is due that is not to be written for each call."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._next = clock()

    def is_due(self) -> bool:
        """Whether it is, at most once a minute."""
        now = self._clock()
        if now < self._next:
            return False
        self._next = now + _LINE_EVERY_SECONDS
        return True


async def _first(context: Context) -> Any:
    """The first request. Raises `ContractBroken` if there is none, or not in time."""
    try:
        async with asyncio.timeout(REQUEST_SECONDS):
            found: Any = await context.read()
    except TimeoutError:
        raise ContractBroken("request: did not come in time") from None
    if found is grpc.aio.EOF:
        raise ContractBroken("request: is missing")
    return found


def _parser(deserialize: Callable[[bytes], Message]) -> Callable[[bytes], Message]:
    """Reads a request. The function raises `ContractBroken` for one that is too large or cannot be read."""
    limit = most_bytes(type(deserialize(b"")))

    def parse(data: bytes) -> Message:
        if len(data) > limit:
            raise ContractBroken(f"request: has {len(data):,} bytes, at most {limit:,} are allowed")
        try:
            return deserialize(data)
        except DecodeError:
            raise ContractBroken("request: cannot be read") from None

    return parse


def _holder(method: str, request: Any) -> str:
    """Whose call it is, for the sharing of places."""
    if method not in _OF_ACCOUNTS:
        return method
    account: str = request.header.account_id if method == "Channelback" else request.account_id
    return f"account {account}" if account else method


def streaming(handler: Any, answer: Any, *, raw: bool = False) -> Handler:
    """The handler with another answer, as one whose call may have several requests."""
    make: Any = (
        grpc.stream_stream_rpc_method_handler if handler.response_streaming else grpc.stream_unary_rpc_method_handler
    )
    made: Handler = make(
        answer,
        request_deserializer=None if raw else handler.request_deserializer,
        response_serializer=handler.response_serializer,
    )
    return made
