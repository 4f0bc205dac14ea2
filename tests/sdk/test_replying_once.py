# SPDX-License-Identifier: Apache-2.0
"""A reply is posted once, whatever is repeated or lost on the way."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import grpc.aio
import pytest

from sealock_connector import (
    AccountRevoked,
    ConnectorError,
    InvalidRequest,
    MessageRejected,
    OriginLimits,
    OriginThrottled,
    OriginUnavailable,
    OriginUnreached,
    OutcomeUnknown,
    Posted,
    Unsupported,
)
from sealock_connector._deadlines import Deadline
from sealock_connector._options import Options
from sealock_connector._outbox import MemoryOutbox, Once, OutboxUnavailable, Times
from sealock_connector._server import Server
from sealock_connector._types import Account, Reply
from sealock_connector.testing import Client, running
from tests.sdk.connectors import Plain, Posting, PostingAndFinding, PostingWithToken
from tests.sdk.processes import until

QUICK = Times(lease=timedelta(seconds=0.6), settle=timedelta(seconds=0.1))
ACCOUNT = {"token": "t"}


class Origin:
    """Counts what was posted, and loses answers."""

    def __init__(self, *, lose: int = 0, error: Exception | None = None) -> None:
        self.posts: list[str] = []
        self.lose = lose
        self.error = error or OriginUnavailable("the answer was lost")
        self.hold = asyncio.Event()
        self.hold.set()

    async def post(self, reply):
        self.posts.append(reply.message)
        external_id = f"post-{len(self.posts)}"
        await self.hold.wait()
        if self.lose:
            self.lose -= 1
            raise self.error
        return Posted(external_id)

    async def find(self, reply):
        if reply.message in self.posts:
            return Posted(f"post-{self.posts.index(reply.message) + 1}")
        return None


@asynccontextmanager
async def quick(connector, store=None):
    """As `running`, with short leases."""
    options = Options("127.0.0.1:0", insecure=True, drain_seconds=0)
    server = Server(connector, options, store or MemoryOutbox(), times=QUICK)
    await server.start()
    async with Client(f"127.0.0.1:{server.port}") as client:
        yield client
    await server.stop()


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
            await client.channelback(ACCOUNT, "hello", key="k", seconds=1)
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
    (line,) = [line for line in log_lines() if line["message"] == "a reply's post failed after its call"]
    assert line["error"] == "builtins.ValueError"
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


@pytest.mark.parametrize(
    "error",
    [OriginUnavailable(), OutcomeUnknown(), ValueError("odd"), ConnectorError()],
    ids=lambda e: type(e).__name__,
)
async def test_a_lost_answer_is_looked_for_and_found(error):
    origin = Origin(lose=1, error=error)
    connector = PostingAndFinding(origin.post, origin.find)
    began = datetime.now(UTC)
    async with quick(connector) as client:
        with pytest.raises(ConnectorError):
            await client.channelback(ACCOUNT, "hello", key="k")
        assert await client.channelback(ACCOUNT, "hello", key="k") == Posted("post-1")
    assert origin.posts == ["hello"]
    (looked,) = connector.looked_for
    assert began <= looked.first_tried_at <= datetime.now(UTC)


async def test_what_certainly_was_not_posted_is_posted_again():
    origin = Origin(lose=1)

    async def find(reply):
        return None

    connector = PostingAndFinding(origin.post, find)
    async with quick(connector) as client:
        with pytest.raises(OriginUnavailable):
            await client.channelback(ACCOUNT, "hello", key="k")
        assert await client.channelback(ACCOUNT, "hello", key="k") == Posted("post-2")
    assert connector.replies[0].first_tried_at is None


@pytest.mark.parametrize(
    "error",
    [OriginUnreached(), OriginThrottled(), AccountRevoked(), MessageRejected("No.")],
    ids=lambda e: type(e).__name__,
)
async def test_an_error_that_proves_that_nothing_was_sent_frees_the_key(error):
    origin = Origin(lose=1, error=error)
    connector = Posting(origin.post)
    async with running(connector) as client:
        with pytest.raises(ConnectorError) as raised:
            await client.channelback(ACCOUNT, "hello", key="k")
        assert raised.value.reason == error.reason
        assert await client.channelback(ACCOUNT, "hello", key="k") == Posted("post-2")
    assert [reply.first_tried_at for reply in connector.replies] == [None, None]


async def test_an_origin_that_knows_the_key_is_asked_again_with_it():
    origin = Origin(lose=1)
    connector = PostingWithToken(origin.post)
    async with quick(connector) as client:
        with pytest.raises(OriginUnavailable):
            await client.channelback(ACCOUNT, "hello", key="k")
        await client.channelback(ACCOUNT, "hello", key="k")
    assert [reply.key for reply in connector.replies] == ["k", "k"]
    assert connector.replies[1].first_tried_at is not None


async def test_what_nobody_can_find_out_is_reported_instead_of_being_sent_twice():
    origin = Origin(lose=1)
    async with quick(Posting(origin.post)) as client:
        with pytest.raises(OriginUnavailable):
            await client.channelback(ACCOUNT, "hello", key="k")
        for _ in range(3):
            with pytest.raises(OutcomeUnknown) as raised:
                await client.channelback(ACCOUNT, "hello", key="k")
    assert "not known whether" in raised.value.message_for_agent
    assert origin.posts == ["hello"]


@pytest.mark.parametrize(
    "error", [AccountRevoked(), OriginUnreached(), OriginUnavailable()], ids=lambda e: type(e).__name__
)
async def test_looking_in_vain_does_not_make_an_uncertain_reply_certain(error):
    """The first attempt posted; a search that fails proves nothing, whatever its error says."""
    origin = Origin(lose=1)
    fails = [error]

    async def find(reply):
        if fails:
            raise fails.pop()
        return await origin.find(reply)

    async with quick(PostingAndFinding(origin.post, find)) as client:
        for _ in range(2):
            with pytest.raises(ConnectorError):
                await client.channelback(ACCOUNT, "hello", key="k")
        assert await client.channelback(ACCOUNT, "hello", key="k") == Posted("post-1")
    assert origin.posts == ["hello"]


async def test_an_uncertain_attempt_is_not_forgotten_because_a_later_one_was_refused():
    """With a token, a second attempt may be refused although the first one was posted."""
    errors = [OriginUnavailable(), MessageRejected("No.")]

    async def post(reply):
        if errors:
            raise errors.pop(0)
        return Posted("p")

    connector = PostingWithToken(post)
    async with quick(connector) as client:
        for _ in range(2):
            with pytest.raises(ConnectorError):
                await client.channelback(ACCOUNT, "hello", key="k")
        await client.channelback(ACCOUNT, "hello", key="k")
    assert connector.replies[2].first_tried_at == connector.replies[1].first_tried_at is not None


async def test_an_abandoned_post_is_not_looked_for_before_it_could_settle():
    origin = Origin(lose=1)
    looked_at = []

    async def find(reply):
        looked_at.append(asyncio.get_running_loop().time())
        return await origin.find(reply)

    async with quick(PostingAndFinding(origin.post, find)) as client:
        with pytest.raises(OriginUnavailable):
            await client.channelback(ACCOUNT, "hello", key="k")
        failed_at = asyncio.get_running_loop().time()
        await client.channelback(ACCOUNT, "hello", key="k")
    assert looked_at[0] - failed_at > 0.05


async def test_a_slow_post_keeps_its_claim():
    origin = Origin()
    origin.hold.clear()
    connector = PostingAndFinding(origin.post, origin.find)
    async with quick(connector) as client:
        first = asyncio.create_task(client.channelback(ACCOUNT, "hello", key="k"))
        await until(lambda: origin.posts)
        repeat = asyncio.create_task(client.channelback(ACCOUNT, "hello", key="k"))
        await asyncio.sleep(3 * QUICK.lease.total_seconds())
        origin.hold.set()
        assert await first == await repeat == Posted("post-1")
    assert connector.looked_for == []


class Unreachable(MemoryOutbox):
    """Fails in the named verbs."""

    def __init__(self, *verbs: str) -> None:
        super().__init__()
        for verb in verbs:
            setattr(self, verb, self.fail)

    async def fail(self, *arguments):
        raise OutboxUnavailable("secret")


async def test_without_a_claim_nothing_is_posted():
    origin = Origin()
    async with quick(Posting(origin.post), Unreachable("claim")) as client:
        with pytest.raises(OriginUnavailable):
            await client.channelback(ACCOUNT, "hello", key="k")
    assert origin.posts == []


async def test_a_result_that_cannot_be_recorded_is_still_answered(log_lines):
    origin = Origin()
    async with quick(Posting(origin.post), Unreachable("finish")) as client:
        assert await client.channelback(ACCOUNT, "hello", key="k") == Posted("post-1")
    assert "a reply's outcome is not recorded" in str(log_lines())


async def test_a_heart_that_misses_a_beat_does_not_stop_the_post():
    origin = Origin()
    origin.hold.clear()
    async with quick(Posting(origin.post), Unreachable("renew")) as client:
        call = asyncio.create_task(client.channelback(ACCOUNT, "hello", key="k"))
        await asyncio.sleep(QUICK.lease.total_seconds())
        origin.hold.set()
        assert await call == Posted("post-1")


async def test_a_post_whose_claim_was_taken_over_is_given_up():
    """As after a long pause of the whole process."""
    origin = Origin()
    origin.hold.clear()
    store = MemoryOutbox()
    once = Once(store, "o", times=QUICK)
    reply = Reply(Account("a", ACCOUNT), "k", "hello")
    call = asyncio.create_task(once.deliver(Posting(origin.post), reply, Deadline.within(30, margin=1)))
    await until(lambda: origin.posts)
    (key,) = store._records
    await store.abandon(key, store._records[key].owner, timedelta(0))
    await store.claim(key, "someone else", timedelta(minutes=1))
    with pytest.raises(OriginUnavailable):
        await call


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
