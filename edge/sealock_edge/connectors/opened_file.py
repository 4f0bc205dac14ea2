# SPDX-License-Identifier: Apache-2.0
"""
A file that a connector streams: what it is, then its bytes, with the contract's rules held to.

Whoever takes the bytes must be able to tell a whole file from a part. So the bytes that would complete an announced
size are held back until the connector has ended its call well.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Self, TypeAlias

from grpc import StatusCode
from grpc.aio import EOF, AioRpcError, UnaryStreamCall

from sealock.connector.v1.file_pb2 import FileInfo, OpenFileRequest, OpenFileResponse
from sealock_edge.connectors.errors import ConnectorFaulty, from_rpc_error

if TYPE_CHECKING:
    FileCall: TypeAlias = UnaryStreamCall[OpenFileRequest, OpenFileResponse]


class OpenedFile:
    """One call of OpenFile after its first message. Close it in any case: that ends the call."""

    def __init__(self, call: FileCall, info: FileInfo, on_end: Callable[[str], None]) -> None:
        self.info = info
        self._call = call
        self._on_end = on_end
        self._outcome = ""

    @classmethod
    async def begin(cls, call: FileCall, on_end: Callable[[str], None]) -> Self:
        """
        Wait for the info. `on_end` is told once how the call ended (a gRPC code), but not of an `AioRpcError` here.

        Raises `AioRpcError`, and `ConnectorFaulty` for another beginning.
        """
        try:
            info = await _info(call)
        except BaseException as error:
            call.cancel()
            if isinstance(error, ConnectorFaulty):
                on_end(StatusCode.OK.name)
            raise
        return cls(call, info, on_end)

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The bytes, as fast as they are taken. Raises `ConnectorError` where they are not the whole file."""
        size, seen, last = self.info.size, 0, b""
        while (part := await self._next_part()) is not None:
            if part.WhichOneof("part") != "chunk":
                raise ConnectorFaulty("a file with a part that is no chunk")
            seen += len(part.chunk)
            if size and seen > size:
                raise ConnectorFaulty("more of a file than was announced")
            if size and seen == size:
                last = last or part.chunk
            elif part.chunk:
                yield part.chunk
        if size and seen < size:
            raise ConnectorFaulty("less of a file than was announced")
        if last:
            yield last

    def close(self) -> None:
        """End the call if it has not ended."""
        self._call.cancel()
        self._ended(StatusCode.CANCELLED.name)

    async def _next_part(self) -> OpenFileResponse | None:
        try:
            part = await _next(self._call)
        except AioRpcError as error:
            self._ended(error.code().name)
            raise from_rpc_error(error) from None
        if part is None:
            self._ended(StatusCode.OK.name)
        return part

    def _ended(self, outcome: str) -> None:
        if not self._outcome:
            self._outcome = outcome
            self._on_end(outcome)


async def _info(call: FileCall) -> FileInfo:
    first = await _next(call)
    if first is None or first.WhichOneof("part") != "info":
        raise ConnectorFaulty("a file that does not begin with its info")
    return first.info


async def _next(call: FileCall) -> OpenFileResponse | None:
    """The next message, or None after the last one."""
    part = await call.read()
    if part is EOF:
        return None
    if not isinstance(part, OpenFileResponse):
        raise ConnectorFaulty("a part of a file that cannot be read")
    return part
