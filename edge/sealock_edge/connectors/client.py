# SPDX-License-Identifier: Apache-2.0
"""One method for each RPC: deadline, request id, retries where the contract allows them, errors that say what to do."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, cast

from google.protobuf.descriptor_pb2 import MethodOptions
from grpc import StatusCode
from grpc.aio import AioRpcError, Call, Channel, Metadata, UnaryUnaryCall

from sealock.connector.v1 import connector_service_pb2
from sealock.connector.v1.channelback_pb2 import ChannelbackHeader, ChannelbackResponse
from sealock.connector.v1.clickthrough_pb2 import ResolveClickthroughRequest, ResolveClickthroughResponse
from sealock.connector.v1.connector_service_pb2_grpc import ConnectorServiceStub
from sealock.connector.v1.describe_pb2 import DescribeRequest, DescribeResponse
from sealock.connector.v1.event_pb2 import HandleEventRequest, HandleEventResponse
from sealock.connector.v1.file_pb2 import OpenFileRequest
from sealock.connector.v1.pull_pb2 import PullRequest, PullResponse
from sealock.connector.v1.setup_pb2 import SetupRequest, SetupResponse
from sealock.connector.v1.webhook_pb2 import ReceiveWebhookRequest, ReceiveWebhookResponse
from sealock_edge.connectors.errors import CallerGone, ConnectorFaulty, OutOfTime, detail_of, from_rpc_error
from sealock_edge.connectors.measured import LargePage, MeasuredChannel, Unreadable, read_page
from sealock_edge.connectors.streaming import OpenedFile, OpenReplyFiles, send_reply
from sealock_edge.heavy_work import HeavyWork
from sealock_edge.telemetry.tracing import carried

MAX_TRIES = 3
FIRST_PAUSE = 0.1
"""Seconds before the first repeat, doubled for the next; each is made shorter or longer by chance."""

RETURN_TRIP = 0.05
"""Seconds that the edge keeps for its own answer after the connector's came."""

WORTH_STARTING = 0.25
"""Seconds below which a call could only fail; it is not made."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Budget:
    """The edge's time for one request, counted from its arrival."""

    ends: float
    """When it is over, on the monotonic clock."""
    clock: Callable[[], float]
    """The monotonic clock, in seconds."""

    def for_call(self) -> float:
        """How many seconds a connector may take now. Raises `OutOfTime` if it is not worth starting."""
        left = self.ends - self.clock() - RETURN_TRIP
        if left < WORTH_STARTING:
            raise OutOfTime
        return left

    def allows_after(self, pause: float) -> bool:
        """Whether a call would still be worth starting after a pause of so many seconds."""
        return self.ends - self.clock() - pause >= RETURN_TRIP + WORTH_STARTING


class UntilGone:
    """Ends a connector's call when whoever wants its answer has hung up: call it then."""

    def __init__(self) -> None:
        self._gone = False
        self._call: Call | None = None

    def __call__(self) -> None:
        """He has hung up."""
        self._gone = True
        if self._call is not None:
            self._call.cancel()

    async def answer(self, call: UnaryUnaryCall[Any, PullResponse]) -> PullResponse:
        """The call's answer. Raises `CallerGone` and `AioRpcError`."""
        self._call = call
        if self._gone:
            call.cancel()
        try:
            return await call
        except asyncio.CancelledError:
            if self._gone:
                raise CallerGone from None
            raise
        finally:
            # Whoever may call this longer than the answer is wanted must not keep it.
            self._call = None


class ConnectorClient:
    """Calls one connector. Every method raises a `ConnectorError`, and nothing else."""

    def __init__(self, channel: Channel, *, on_call: Callable[[str, str], None], heavy: HeavyWork) -> None:
        """`on_call` is told the RPC and the outcome (a gRPC code) of every try; large pages are read by `heavy`."""
        self._stub = ConnectorServiceStub(cast("Channel", MeasuredChannel(channel)))
        self._heavy = heavy
        self._repeatable = _may_be_repeated()
        self._on_call = on_call

    async def describe(self, request: DescribeRequest, budget: Budget, request_id: str) -> DescribeResponse:
        """What the connector is and can do."""
        return await self._call("Describe", self._stub.Describe, request, budget, request_id)

    async def setup(self, request: SetupRequest, budget: Budget, request_id: str) -> SetupResponse:
        """One step of setting up an account."""
        return await self._call("Setup", self._stub.Setup, request, budget, request_id)

    async def pull(
        self, request: PullRequest, budget: Budget, request_id: str, until_gone: UntilGone | None = None
    ) -> PullResponse:
        """What is new in an account."""
        waiting = until_gone or UntilGone()

        async def start(request: PullRequest, **how: Any) -> PullResponse:
            return await waiting.answer(self._stub.Pull(request, **how))

        return await self._call("Pull", start, request, budget, request_id)

    async def channelback(
        self, header: ChannelbackHeader, budget: Budget, request_id: str, open_files: OpenReplyFiles | None = None
    ) -> ChannelbackResponse:
        """Post a reply. `open_files` begins the pieces of its files anew for each try; their errors are raised here."""

        async def start(header: ChannelbackHeader, **how: Any) -> ChannelbackResponse:
            return await send_reply(self._stub.Channelback(**how), header, open_files)

        return await self._call("Channelback", start, header, budget, request_id)

    async def resolve_clickthrough(
        self, request: ResolveClickthroughRequest, budget: Budget, request_id: str
    ) -> ResolveClickthroughResponse:
        """The page of an item."""
        return await self._call("ResolveClickthrough", self._stub.ResolveClickthrough, request, budget, request_id)

    async def open_file(self, request: OpenFileRequest, budget: Budget, request_id: str) -> OpenedFile:
        """
        A file of the origin, once it is known what it is. Repeats are over by then.

        The caller closes it. The budget is for all of its bytes.
        """

        async def start(request: OpenFileRequest, **how: Any) -> OpenedFile:
            return await OpenedFile.begin(self._stub.OpenFile(request, **how), partial(self._on_call, "OpenFile"))

        return await self._repeated("OpenFile", start, request, budget, request_id)

    async def receive_webhook(
        self, request: ReceiveWebhookRequest, budget: Budget, request_id: str
    ) -> ReceiveWebhookResponse:
        """Read a request of the origin."""
        return await self._call("ReceiveWebhook", self._stub.ReceiveWebhook, request, budget, request_id)

    async def handle_event(self, request: HandleEventRequest, budget: Budget, request_id: str) -> HandleEventResponse:
        """Tell of an event."""
        return await self._call("HandleEvent", self._stub.HandleEvent, request, budget, request_id)

    async def _call(
        self, rpc: str, start: Callable[..., Awaitable[Answer]], request: object, budget: Budget, request_id: str
    ) -> Answer:
        answer = await self._repeated(rpc, start, request, budget, request_id)
        self._on_call(rpc, "OK")
        read: object = answer
        if isinstance(read, LargePage):
            read = await self._heavy.do(partial(read_page, read))
        if isinstance(read, Unreadable):
            raise ConnectorFaulty(read.what, read.fault)
        return cast("Answer", read)

    async def _repeated(
        self, rpc: str, start: Callable[..., Awaitable[Answer]], request: object, budget: Budget, request_id: str
    ) -> Answer:
        metadata = Metadata(("x-request-id", request_id), *carried.get())
        repeats = MAX_TRIES - 1 if self._repeatable[rpc] else 0
        for repeat in range(repeats + 1):
            try:
                return await start(request, timeout=budget.for_call(), metadata=metadata)
            except AioRpcError as error:
                self._on_call(rpc, error.code().name)
                pause = FIRST_PAUSE * 2**repeat * random.uniform(0.75, 1.5)  # noqa: S311 - jitter, not a secret
                if repeat == repeats or not _nobody_answered(error) or not budget.allows_after(pause):
                    raise from_rpc_error(error) from None
                await asyncio.sleep(pause)
        raise AssertionError("the last try answers or raises")


def _may_be_repeated() -> Mapping[str, bool]:
    methods = connector_service_pb2.DESCRIPTOR.services_by_name["ConnectorService"].methods_by_name
    return {
        name: method.GetOptions().idempotency_level != MethodOptions.IDEMPOTENCY_UNKNOWN
        for name, method in methods.items()
    }


def _nobody_answered(error: AioRpcError) -> bool:
    return error.code() is StatusCode.UNAVAILABLE and detail_of(error) is None
