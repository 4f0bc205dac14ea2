# SPDX-License-Identifier: Apache-2.0
"""A reply is posted once, whatever is repeated or lost on the way."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import grpc.aio
import pytest

from sealock_connector import (
    ConnectorError,
    InvalidRequest,
    MessageRejected,
    OriginLimits,
    OriginUnavailable,
    Posted,
    Unsupported,
)
from sealock_connector.testing import Client, running
from tests.connector.connectors import Plain, Posting
from tests.connector.processes import until
from tests.connector.scripted_origin import ACCOUNT, Origin


async def test_a_repeat_gets_the_same_answer_without_a_second_post():
    origin = Origin()
    async with running(Posting(origin.post)) as client:
        answers = [await client.channelback(ACCOUNT, "hello", key="k") for _ in range(10)]
    assert set(answers) == {Posted("post-1")}
    assert origin.posts == ["hello"]


async def test_allow_channelback_is_part_of_the_answer_that_is_kept():
    async def post(reply):
        return Posted("p", allow_channelback=False)

    async with running(Posting(post)) as client:
        assert [await client.channelback(ACCOUNT, "x", key="k") for _ in range(2)] == [Posted("p", False)] * 2


async def test_other_keys_and_other_accounts_are_other_replies():
    origin = Origin()
    connector = Posting(origin.post)
    async with running(connector, account_id="a") as client, Client(client.target, account_id="b") as other:
        await client.channelback(ACCOUNT, "1", key="k")
        await client.channelback(ACCOUNT, "2", key="k2")
        await other.channelback(ACCOUNT, "3", key="k")
    assert origin.posts == ["1", "2", "3"]


async def test_a_repeat_waits_for_the_first_one_under_way():
    origin = Origin()
    origin.hold.clear()
    async with running(Posting(origin.post)) as client:
        calls = [asyncio.create_task(client.channelback(ACCOUNT, "hello", key="k")) for _ in range(5)]
        await until(lambda: origin.posts)
        await asyncio.sleep(0.1)
        origin.hold.set()
        assert set(await asyncio.gather(*calls)) == {Posted("post-1")}
    assert origin.posts == ["hello"]


async def test_a_repeat_does_not_wait_longer_than_its_deadline():
    origin = Origin()
    origin.hold.clear()
    async with running(Posting(origin.post)) as client:
        first = asyncio.create_task(client.channelback(ACCOUNT, "hello", key="k"))
        await until(lambda: origin.posts)
        with pytest.raises(OriginUnavailable) as raised:
            await client.channelback(ACCOUNT, "hello", key="k", seconds=5)
        assert raised.value.retry_after
        origin.hold.set()
        await first


async def test_a_caller_who_leaves_finds_the_answer_later():
    origin = Origin()
    origin.hold.clear()
    async with running(Posting(origin.post)) as client:
        call = asyncio.create_task(client.channelback(ACCOUNT, "hello", key="k"))
        await until(lambda: origin.posts)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        origin.hold.set()
        assert await client.channelback(ACCOUNT, "hello", key="k") == Posted("post-1")
    assert origin.posts == ["hello"]


async def test_what_becomes_of_a_post_after_its_call_is_logged(log_lines):
    origin = Origin(lose=1, error=ValueError("canary-77"))
    origin.hold.clear()
    async with running(Posting(origin.post)) as client:
        with pytest.raises(OriginUnavailable):
            await client.channelback(ACCOUNT, "hello", seconds=0.7)
        origin.hold.set()
    (line,) = [line for line in log_lines() if line.get("message") == "a reply failed after its call"]
    assert line["error"] == ["builtins.ValueError"]
    assert "canary-77" not in str(log_lines())


async def test_a_deadline_that_comes_first_does_not_stop_the_post():
    origin = Origin()
    origin.hold.clear()
    async with running(Posting(origin.post)) as client:
        with pytest.raises(OriginUnavailable):
            await client.channelback(ACCOUNT, "hello", key="k", seconds=0.7)
        origin.hold.set()
        assert await client.channelback(ACCOUNT, "hello", key="k") == Posted("post-1")
    assert origin.posts == ["hello"]


@pytest.mark.parametrize("external_id", ["", "é", " x", "x" * 256])
async def test_an_id_that_zendesk_cannot_keep_is_a_fault(external_id, caplog):
    async def post(reply):
        return Posted(external_id)

    async with running(Posting(post)) as client:
        with pytest.raises(ConnectorError):
            await client.channelback(ACCOUNT, "hello")
    assert "channelback: external_id: " in caplog.text


async def test_a_renewed_account_is_answered(free_stub):
    async def post(reply):
        reply.renew({"token": "new"})
        return Posted("p")

    async with running(Posting(post)) as client, free_stub(client) as stub:
        answer = await stub.Channelback(iter([header(b"{}")]))
    assert answer.account == b'{"token":"new"}'


async def test_a_connector_that_takes_no_replies_says_so():
    async with running(Plain()) as client:
        with pytest.raises(Unsupported):
            await client.channelback(ACCOUNT, "hello")


async def test_a_reply_over_the_origin_s_limit_is_refused_before_the_connector_sees_it():
    class Short(Posting):
        limits = OriginLimits(reply_max_chars=5)

    origin = Origin()
    async with running(Short(origin.post)) as client:
        await client.channelback(ACCOUNT, "12345")
        with pytest.raises(MessageRejected) as raised:
            await client.channelback(ACCOUNT, "123456")
    assert raised.value.message_for_agent == "The reply has 6 characters, and Plain takes at most 5."
    assert origin.posts == ["12345"]


async def test_an_empty_reply_is_refused():
    async with running(Posting(Origin().post)) as client:
        with pytest.raises(InvalidRequest):
            await client.channelback(ACCOUNT, "")


@pytest.fixture
def free_stub():
    from sealock.connector.v1.connector_service_pb2_grpc import ConnectorServiceStub

    @asynccontextmanager
    async def stub(client):
        async with grpc.aio.insecure_channel(client.target) as channel:
            yield ConnectorServiceStub(channel)

    return stub


def header(account: bytes):
    from sealock.connector.v1 import channelback_pb2 as pb

    inner = pb.ChannelbackHeader(account_id="a", account=account, idempotency_key="k", message="m")
    return pb.ChannelbackRequest(header=inner)
