# SPDX-License-Identifier: Apache-2.0
"""
A gRPC server that no path of a call can end.

gRPC's own server for asyncio, since it registers calls with gRPC's core, decodes the path of each call in its main
loop, and stops for good at the first one that is not UTF-8. So the paths that are known are registered, so that the
core compares bytes, and a call of any other path is answered here without anybody reading it.

This stands on parts of gRPC that are not public: `connections` has what serves where they are missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import grpc
import grpc.aio
from grpc._cython import cygrpc
from grpc.aio._server import Server, _augment_channel_arguments

NEEDED: Final = hasattr(cygrpc.AioServer, "_request_registered_call")
"""Whether this gRPC has the fault. Without it this server would know no call."""


class _Core(cygrpc.AioServer):  # type: ignore[misc]
    """gRPC's server, but for calls of paths that nobody registered."""

    async def _request_call(self) -> Any:
        """
        The main loop's next call of a path that nobody registered. None ever comes there: they are answered here, until
        the server stops and gRPC says so by an error.
        """
        loop, answers = asyncio.get_running_loop(), set[asyncio.Task[None]]()
        while True:
            call = await super()._request_call()
            answer = loop.create_task(_unknown(cygrpc._ServicerContext(call, None, None, loop)))  # noqa: SLF001
            answers.add(answer)
            answer.add_done_callback(answers.discard)


async def _unknown(context: Any) -> None:
    # The server may stop meanwhile, or the caller hang up.
    with suppress(grpc.aio.AbortError, cygrpc.ExecuteBatchError, cygrpc.BaseError):
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "there is no such call")


class KnownCallsServer(Server):
    """
    An asyncio server of gRPC for handlers that are registered by their names, as generated code does.

    Handlers that are found by asking for them (`add_generic_rpc_handlers`) are never asked.
    """

    def __init__(self, options: Sequence[tuple[str, int | str]] = ()) -> None:
        self._loop = cygrpc.get_working_loop()
        self._server = _Core(self._loop, None, (), (), _augment_channel_arguments(options, None), None)

    def add_generic_rpc_handlers(self, generic_rpc_handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        """Nothing: what generated code gives here it registers as well."""
