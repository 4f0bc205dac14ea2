# SPDX-License-Identifier: Apache-2.0
"""A call that is answered while its caller is still sending ends as it was answered."""

from __future__ import annotations

import asyncio

import grpc
import grpc.aio
import pytest

from sealock.connector.v1 import connector_service_pb2_grpc
from sealock.connector.v1.channelback_pb2 import ChannelbackHeader, ChannelbackRequest, ChannelbackResponse
from sealock_contract.failed_writes import end_as_answered

CALLS = 60
PIECES = [ChannelbackRequest(header=ChannelbackHeader(account_id="a"))]
PIECES += [ChannelbackRequest(chunk=bytes(100_000))] * 40


class AnswersEarly(connector_service_pb2_grpc.ConnectorServiceServicer):
    """Answers after some pieces: the one way or the other."""

    def __init__(self, refuses: bool):
        self.refuses = refuses

    async def Channelback(self, requests, context):  # noqa: N802 - the contract's name
        number = 0
        async for _ in requests:
            number += 1
            if number == 3:
                break
        if self.refuses:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, "too late")
        return ChannelbackResponse(external_id="reply-1")


async def written(call):
    for piece in PIECES:
        await call.write(piece)


async def outcome(call, writing):
    try:
        return (await call).external_id
    except grpc.aio.AioRpcError as error:
        return error.details()
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)


async def by_writing(stub):
    call = stub.Channelback(timeout=30)
    end_as_answered(call)
    return await outcome(call, asyncio.create_task(written(call)))


async def by_giving_an_iterator(stub):
    call = stub.Channelback(iter(PIECES), timeout=30)
    end_as_answered(call)
    return await outcome(call, asyncio.create_task(asyncio.sleep(0)))


@pytest.mark.parametrize("way", [by_writing, by_giving_an_iterator])
@pytest.mark.parametrize(("refuses", "expected"), [(True, "too late"), (False, "reply-1")])
async def test_an_answer_that_comes_while_something_is_sent_is_the_answer(way, refuses, expected):
    server = grpc.aio.server()
    connector_service_pb2_grpc.add_ConnectorServiceServicer_to_server(AnswersEarly(refuses), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = connector_service_pb2_grpc.ConnectorServiceStub(channel)
        found = {answer for _ in range(CALLS // 10) for answer in await asyncio.gather(*[way(stub) for _ in range(10)])}
    await server.stop(0)
    assert found == {expected}
