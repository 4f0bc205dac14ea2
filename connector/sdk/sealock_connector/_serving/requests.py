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
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final, Self, TypeAlias

import grpc
import grpc.aio
from google.protobuf.message import DecodeError, Message

from sealock.connector.v1 import connector_service_pb2
from sealock_connector._deadlines import TimeLimit
from sealock_connector._telemetry import Metrics
from sealock_connector.errors import Cause, ContractBroken, OriginUnreached
from sealock_contract.limits import most_bytes

_log = logging.getLogger(__name__)

Context = grpc.aio.ServicerContext[Any, Any]
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Begin: TypeAlias = "Callable[[Context, Place], Awaitable[Any]]"

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
    """What one call holds while it lasts: a context manager. Entering raises `NoPlace` where none is left."""

    __slots__ = ("_holder", "_places")

    def __init__(self, places: Places) -> None:
        self._places = places
        self._holder = ""

    def __enter__(self) -> Self:
        places = self._places
        if places.taken >= places.most:
            raise places.refused("all places are taken")
        places.taken += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._places.taken -= 1
        self._let_go()

    def take_for(self, holder: str) -> None:
        """
        Say whose call it is, or whose it is instead: that of a connection, an account, or all of one kind.

        Raises `NoPlace` if the holder has more calls under way than there are places left. So one holder gets half of
        them at most, two get a third each, and for whoever comes first there is one left.
        """
        self._let_go()
        places = self._places
        held = places.held.get(holder, 0)
        if held > places.most - places.taken:
            raise places.refused("one holder has as many calls under way as places are left")
        self._holder = holder
        places.held[holder] = held + 1

    def _let_go(self) -> None:
        if not self._holder:
            return
        held = self._places.held
        if held[self._holder] == 1:
            del held[self._holder]
        else:
            held[self._holder] -= 1
        self._holder = ""


class Places:
    """The places of all calls."""

    def __init__(self, most: int, note_refusal: Callable[[], None] = lambda: None) -> None:
        """`note_refusal` is called for each call that finds none."""
        self.most = most
        self.taken = 0
        self.held: dict[str, int] = {}
        """How many each holder has."""
        self._note_refusal = note_refusal

    def place(self) -> Place:
        """A place, while a call lasts."""
        return Place(self)

    def refused(self, why: str) -> NoPlace:
        """The error for a call that finds no place, which is noted."""
        self._note_refusal()
        return NoPlace(why)


class Requests:
    """Gives each call a place, and reads its request."""

    def __init__(self, most_calls: int, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._places = Places(most_calls, self._note_refusal)
        self._others = Places(_OTHER_CALLS)
        self._metrics = metrics
        self._line = SeldomLine(clock)

    def place(self) -> Place:
        """A place for a call of the contract, while it lasts. Entering it raises `NoPlace`."""
        return self._places.place()

    def of_contract(self, method: str, handler: Any) -> tuple[Begin, Any]:
        """What reads the request of a call, or the first of several, and what then answers it."""
        parse = _parser(handler.request_deserializer)
        several: bool = handler.request_streaming

        async def begin(context: Context, place: Place) -> Any:
            place.take_for(context.peer())
            first = parse(await _first(context))
            place.take_for(_holder(method, first))
            return _Requests(first, context, parse) if several else first

        return begin, _answer_of(handler)

    def other(self, handler: Any, admit: Callable[[Context], Awaitable[None]] | None = None) -> Handler:
        """The handler of a call of health or reflection: no errors of the contract there."""
        answer = _answer_of(handler)

        async def begin(requests: Any, context: Context) -> Any:
            if handler.request_streaming:
                return requests
            try:
                return await _first(context)
            except ContractBroken as error:
                await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))

        async def answer_one(requests: Any, context: Context) -> Any:
            if admit is not None:
                await admit(context)
            async with self._other_place(context):
                return await answer(await begin(requests, context), context)

        async def answer_many(requests: Any, context: Context) -> AsyncIterator[Any]:
            if admit is not None:
                await admit(context)
            async with self._other_place(context):
                async for each in answer(await begin(requests, context), context):
                    yield each

        return streaming(handler, answer_many if inspect.isasyncgenfunction(answer) else answer_one)

    def _note_refusal(self) -> None:
        self._metrics.calls_refused.inc()
        if self._line.is_due():
            _log.warning("calls were refused: as many as there may be are under way (--max-calls)")

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
        with TimeLimit(asyncio.get_running_loop().time() + REQUEST_SECONDS):
            found: Any = await context.read()
    except TimeoutError:
        raise ContractBroken("request: did not come in time") from None
    if found is grpc.aio.EOF:
        raise ContractBroken("request: is missing")
    return found


def _answer_of(handler: Any) -> Any:
    """What a handler of any kind answers with."""
    return handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream


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
