# SPDX-License-Identifier: Apache-2.0
"""What becomes of a reply whose earlier attempt was lost, and of one whose outbox fails."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from sealock_connector import (
    AccountRevoked,
    ConnectorError,
    MessageRejected,
    OriginThrottled,
    OriginUnavailable,
    OriginUnreached,
    OutcomeUnknown,
    Posted,
)
from sealock_connector._deadlines import Deadline
from sealock_connector._outbox import MemoryOutbox, OutboxUnavailable, ReplyDelivery
from sealock_connector._types import Account, Reply
from sealock_connector.testing import running
from tests.connector.connectors import Posting, PostingAndFinding, PostingWithToken
from tests.connector.processes import until
from tests.connector.scripted_origin import ACCOUNT, QUICK, Origin, quick


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


async def test_a_refusal_after_a_search_that_found_nothing_frees_the_key():
    errors = [OriginUnavailable(), MessageRejected("No.")]

    async def post(reply):
        if errors:
            raise errors.pop(0)
        return Posted("p")

    async def find(reply):
        return None

    connector = PostingAndFinding(post, find)
    async with quick(connector) as client:
        for _ in range(2):
            with pytest.raises(ConnectorError):
                await client.channelback(ACCOUNT, "hello", key="k")
        await client.channelback(ACCOUNT, "hello", key="k")
    assert [reply.first_tried_at is None for reply in connector.replies] == [True, False, True]
    assert len(connector.looked_for) == 1


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
    assert raised.value.message_for_agent == "", "whoever calls has its own words for it"
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
    async with quick(Posting(origin.post), Unreachable("finish"), grace_seconds=0.2) as client:
        assert await client.channelback(ACCOUNT, "hello", key="k") == Posted("post-1")
    assert "the outcome of a reply is recorded later" in str(log_lines())
    assert "stopped: the outcome of a reply is not recorded" in str(log_lines())


async def test_a_result_is_recorded_once_the_outbox_is_back(log_lines):
    origin = Origin()
    store = Unreachable("finish")
    async with quick(PostingAndFinding(origin.post, origin.find), store) as client:
        assert await client.channelback(ACCOUNT, "hello", key="k") == Posted("post-1")
        del store.finish
        await until(lambda: "the outcome of a reply is recorded now" in str(log_lines()))
        origin.posts.clear()
        assert await client.channelback(ACCOUNT, "hello", key="k") == Posted("post-1")
    assert origin.posts == []


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
    delivery = ReplyDelivery(store, "o", times=QUICK)
    reply = Reply(Account("a", ACCOUNT), "k", "hello")
    call = asyncio.create_task(delivery.deliver(Posting(origin.post), reply, Deadline.within(30, margin=1)))
    await until(lambda: origin.posts)
    (key,) = store._records
    await store.abandon(key, store._records[key].owner, timedelta(0))
    await store.claim(key, "someone else", timedelta(minutes=1))
    with pytest.raises(OriginUnavailable):
        await asyncio.wait_for(call, 15)
