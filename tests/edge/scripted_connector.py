# SPDX-License-Identifier: Apache-2.0
"""A real gRPC connector on loopback that answers whatever a test wants, wrong things included."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self

import grpc
from google.protobuf.any_pb2 import Any as PackedAny
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from grpc import aio

from sealock.connector.v1 import (
    channelback_pb2,
    clickthrough_pb2,
    connector_service_pb2,
    describe_pb2,
    event_pb2,
    file_pb2,
    pull_pb2,
    setup_pb2,
    webhook_pb2,
)
from sealock.connector.v1.describe_pb2 import Capability
from sealock.connector.v1.error_detail_pb2 import ConnectorErrorDetail, Reason

SERVICE = "sealock.connector.v1.ConnectorService"
DETAILS = "grpc-status-details-bin"

ALL_CAPABILITIES = (
    Capability.CAPABILITY_CHANNELBACK,
    Capability.CAPABILITY_CLICKTHROUGH,
    Capability.CAPABILITY_EVENTS,
    Capability.CAPABILITY_WEBHOOK,
)


@dataclass(frozen=True)
class Refusal:
    """A failed call with a detail."""

    reason: int
    retry_after: float | None = None
    message_for_agent: str = ""
    cause: int = 0

    def detail(self) -> ConnectorErrorDetail:
        detail = ConnectorErrorDetail(message_for_agent=self.message_for_agent)
        detail.reason = self.reason
        detail.cause = self.cause
        if self.retry_after is not None:
            detail.retry_after.FromMilliseconds(round(self.retry_after * 1000))
        return detail


@dataclass(frozen=True)
class BareCode:
    """A failed call without a detail that can be read."""

    code: grpc.StatusCode
    words: str = "canary-of-a-bare-code"
    trailer: bytes | None = None


@dataclass(frozen=True)
class Hang:
    """Never answers."""


Script = Message | bytes | Refusal | BareCode | Hang | list["Script"] | Callable[[Any], "Script"]


@dataclass(frozen=True)
class SeenCall:
    """A call as the connector saw it."""

    rpc: str
    request: Any
    metadata: dict[str, str]
    seconds_left: float | None


def described(**changes: Any) -> describe_pb2.DescribeResponse:
    """A description of a connector that can do everything the edge uses."""
    return describe_pb2.DescribeResponse(
        **{
            "origin": "guestbook",
            "display_name": "Guestbook",
            "version": "1.2.3",
            "description": "A book for guests.",
            "capabilities": ALL_CAPABILITIES,
            "clickthrough_hosts": ["guestbook.example.com", "*.pages.example.com"],
            **changes,
        }
    )


@dataclass
class ScriptedConnector:
    """
    `scripts` by RPC: what each call gets. A list is worked off, its last entry stays. A file's is a list of pieces,
    each of which may be anything that another call's answer can be.
    """

    scripts: dict[str, Any] = field(default_factory=dict)
    calls: list[SeenCall] = field(default_factory=list)
    streaming: int = 0
    """How many files are on their way."""
    port: int = 0
    server: Any = None
    secure: Any = None

    def script(self, rpc: str, *answers: Script) -> None:
        self.scripts[rpc] = list(answers)

    def seen(self, rpc: str) -> list[SeenCall]:
        return [call for call in self.calls if call.rpc == rpc]

    @property
    def target(self) -> str:
        return f"ipv4:127.0.0.1:{self.port}"

    async def start(self, port: int = 0) -> None:
        self.server = aio.server(
            options=[
                ("grpc.so_reuseport", 0),
                ("grpc.max_send_message_length", 64 << 20),
                ("grpc.max_receive_message_length", 8 << 20),
            ]
        )
        self.server.add_generic_rpc_handlers((self.handlers(),))
        self.port = self.server.add_insecure_port(f"127.0.0.1:{port}")
        await self.server.start()

    async def start_secure(self, credentials: grpc.ServerCredentials) -> int:
        """A second server with TLS; returns its port."""
        self.secure = aio.server()
        self.secure.add_generic_rpc_handlers((self.handlers(),))
        port = self.secure.add_secure_port("127.0.0.1:0", credentials)
        await self.secure.start()
        return port

    async def stop(self) -> None:
        if self.server is not None:
            await self.server.stop(0)
            self.server = None
        if self.secure is not None:
            await self.secure.stop(0)
            self.secure = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def handlers(self) -> grpc.GenericRpcHandler:
        methods = connector_service_pb2.DESCRIPTOR.services_by_name["ConnectorService"].methods
        requests = {
            "Describe": describe_pb2.DescribeRequest,
            "Setup": setup_pb2.SetupRequest,
            "Pull": pull_pb2.PullRequest,
            "Channelback": channelback_pb2.ChannelbackRequest,
            "ResolveClickthrough": clickthrough_pb2.ResolveClickthroughRequest,
            "HandleEvent": event_pb2.HandleEventRequest,
            "OpenFile": file_pb2.OpenFileRequest,
            "ReceiveWebhook": webhook_pb2.ReceiveWebhookRequest,
        }
        handlers = {}
        for method in methods:
            if method.name not in requests:
                continue
            make, behaviour = grpc.unary_unary_rpc_method_handler, self._unary(method.name)
            if method.client_streaming:
                make, behaviour = grpc.stream_unary_rpc_method_handler, self._streaming(method.name)
            elif method.server_streaming:
                make, behaviour = grpc.unary_stream_rpc_method_handler, self._streamed(method.name)
            handlers[method.name] = make(
                behaviour, request_deserializer=requests[method.name].FromString, response_serializer=_as_bytes
            )
        return grpc.method_handlers_generic_handler(SERVICE, handlers)

    def _unary(self, rpc: str) -> Callable[[Any, Any], Awaitable[Any]]:
        async def behaviour(request: Any, context: Any) -> Any:
            return await self._answer(rpc, request, context)

        return behaviour

    def _streaming(self, rpc: str) -> Callable[[Any, Any], Awaitable[Any]]:
        async def behaviour(requests: Any, context: Any) -> Any:
            parts = [part async for part in requests]
            return await self._answer(rpc, parts, context)

        return behaviour

    def _streamed(self, rpc: str) -> Callable[[Any, Any], AsyncIterator[Any]]:
        async def behaviour(request: Any, context: Any) -> AsyncIterator[Any]:
            self.streaming += 1
            try:
                pieces = await self._answer(rpc, request, context)
                for piece in pieces:
                    yield await self._said(piece, request, context)
            finally:
                self.streaming -= 1

        return behaviour

    async def _answer(self, rpc: str, request: Any, context: Any) -> Any:
        metadata = {key: value for key, value in context.invocation_metadata() if isinstance(value, str)}
        self.calls.append(SeenCall(rpc, request, metadata, context.time_remaining()))
        answers = self.scripts.get(rpc)
        if answers is None:
            answers = [described() if rpc == "Describe" else Refusal(Reason.REASON_UNSUPPORTED)]
        return await self._said(answers.pop(0) if len(answers) > 1 else answers[0], request, context)

    async def _said(self, answer: Any, request: Any, context: Any) -> Any:
        while callable(answer):
            answer = answer(request)
            if inspect.isawaitable(answer):
                answer = await answer
        if isinstance(answer, Hang):
            await asyncio.sleep(3600)
        if isinstance(answer, Refusal):
            packed = PackedAny()
            packed.Pack(answer.detail())
            trailer = Status(code=2, message="canary-of-a-status", details=[packed]).SerializeToString()
            await context.abort(grpc.StatusCode.UNKNOWN, "canary-of-an-error", ((DETAILS, trailer),))
        if isinstance(answer, BareCode):
            trailers = ((DETAILS, answer.trailer),) if answer.trailer is not None else ()
            await context.abort(answer.code, answer.words, trailers)
        return answer


def _as_bytes(answer: Message | bytes) -> bytes:
    return answer if isinstance(answer, bytes) else answer.SerializeToString()
