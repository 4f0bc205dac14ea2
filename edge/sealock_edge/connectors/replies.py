# SPDX-License-Identifier: Apache-2.0
"""
One try to send a reply: the header, then the files' pieces while they are fetched.

A connector must never take half a file for a whole one. So a reply whose files fail is not merely cut off: it is broken
off by a piece that the contract forbids, and the connector's answer to that is awaited. A reply that was posted
before is answered all the same, whatever became of its files.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Final, TypeAlias

from grpc.aio import AioRpcError, StreamUnaryCall

from sealock.connector.v1.channelback_pb2 import ChannelbackHeader, ChannelbackRequest, ChannelbackResponse

if TYPE_CHECKING:
    ReplyCall: TypeAlias = StreamUnaryCall[ChannelbackRequest, ChannelbackResponse]

Files = Callable[[], AsyncGenerator[ChannelbackRequest]]
"""Begins the pieces of a reply's files from the first one."""

BREAK: Final = ChannelbackRequest()
"""The piece that no reply may have: it is none of the three kinds."""
LAST_WORD: Final = 2.0
"""Seconds that a connector gets to answer to it."""


async def send_reply(call: ReplyCall, header: ChannelbackHeader, files: Files | None) -> ChannelbackResponse:
    """The connector's answer. Raises `AioRpcError`, and what the files raise."""
    answering = asyncio.create_task(_answer(call))
    writing = asyncio.create_task(_write(call, header, files))
    try:
        await asyncio.wait({answering, writing}, return_when=asyncio.FIRST_COMPLETED)
        if answering.done():
            return answering.result()
        failure = writing.exception()
        if failure is not None:
            await _break_off(call, answering)
            if not answering.done() or answering.exception() is not None:
                raise failure
        return await answering
    finally:
        call.cancel()
        for task in (answering, writing):
            task.cancel()
        await asyncio.gather(answering, writing, return_exceptions=True)


async def _answer(call: ReplyCall) -> ChannelbackResponse:
    return await call


async def _write(call: ReplyCall, header: ChannelbackHeader, files: Files | None) -> None:
    await _send(call, ChannelbackRequest(header=header))
    if files is not None:
        async with aclosing(files()) as pieces:
            async for piece in pieces:
                await _send(call, piece)
    await _end(call)


async def _end(call: ReplyCall) -> None:
    if not call.done():
        await call.done_writing()


async def _send(call: ReplyCall, piece: ChannelbackRequest) -> None:
    """Send a piece. After the connector's answer there is nothing to send to: the answer says everything."""
    try:
        await call.write(piece)
    except (AioRpcError, asyncio.InvalidStateError):
        await asyncio.Event().wait()


async def _send_break(call: ReplyCall) -> None:
    await _send(call, BREAK)
    await _end(call)


async def _break_off(call: ReplyCall, answering: asyncio.Task[ChannelbackResponse]) -> None:
    breaking = asyncio.create_task(_send_break(call))
    await asyncio.wait({answering}, timeout=LAST_WORD)
    breaking.cancel()
    await asyncio.gather(breaking, return_exceptions=True)
