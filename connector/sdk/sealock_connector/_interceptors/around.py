# SPDX-License-Identifier: Apache-2.0
"""Interceptors as one context manager around a call, whatever its kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, TypeAlias

import grpc
import grpc.aio

Context = grpc.aio.ServicerContext[Any, Any]
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
SERVICE = "/sealock.connector.v1.ConnectorService/"


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is being answered."""

    method: str
    """The RPC's short name."""
    context: Context


class Around(grpc.aio.ServerInterceptor, ABC):
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
        name: str = handler_call_details.method
        if handler is None or not name.startswith(SERVICE):
            return handler
        return self._surrounded(handler, name.rpartition("/")[2])

    def _surrounded(self, handler: Any, method: str) -> Handler:
        answer: Any = handler.stream_unary or handler.unary_unary
        answers: Any = handler.stream_stream or handler.unary_stream

        async def answer_one(request: Any, context: Context) -> Any:
            async with self.around(Call(method, context)):
                return await answer(request, context)

        async def answer_many(request: Any, context: Context) -> AsyncIterator[Any]:
            async with self.around(Call(method, context)):
                async for each in answers(request, context):
                    yield each

        make: Any = _MAKERS[handler.request_streaming, handler.response_streaming]
        surrounded: Handler = make(
            answer_many if handler.response_streaming else answer_one,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )
        return surrounded


_MAKERS = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}
