# SPDX-License-Identifier: Apache-2.0
"""Interceptors as one context manager around a call, whatever its kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import grpc
import grpc.aio

Context = grpc.aio.ServicerContext[Any, Any]
SERVICE = "/sealock.connector.v1.ConnectorService/"


class Around(grpc.aio.ServerInterceptor, ABC):
    """An interceptor whose `around` is entered before a call of the contract and left after it."""

    service = SERVICE
    """Calls of methods that begin so are intercepted."""

    @abstractmethod
    def around(self, method: str, context: Context) -> AbstractAsyncContextManager[None]:
        """What surrounds the call; `method` is the RPC's short name."""

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any]]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any]:
        """Surround the call's handler."""
        handler = await continuation(handler_call_details)
        name: str = handler_call_details.method
        if handler is None or not name.startswith(self.service):
            return handler
        return self._surrounded(handler, name.rpartition("/")[2])

    def _surrounded(self, handler: Any, method: str) -> grpc.RpcMethodHandler[Any, Any]:
        async def answer_one(request: Any, context: Context) -> Any:
            async with self.around(method, context):
                return await (handler.stream_unary or handler.unary_unary)(request, context)

        async def answer_many(request: Any, context: Context) -> AsyncIterator[Any]:
            async with self.around(method, context):
                async for answer in (handler.stream_stream or handler.unary_stream)(request, context):
                    yield answer

        make = {
            (False, False): grpc.unary_unary_rpc_method_handler,
            (True, False): grpc.stream_unary_rpc_method_handler,
            (False, True): grpc.unary_stream_rpc_method_handler,
            (True, True): grpc.stream_stream_rpc_method_handler,
        }[handler.request_streaming, handler.response_streaming]
        behaviour: Any = answer_many if handler.response_streaming else answer_one
        return make(
            behaviour,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )
