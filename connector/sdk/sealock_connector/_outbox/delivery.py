# SPDX-License-Identifier: Apache-2.0
"""Posting a reply once: claim its record, post, finish; and what to do where an earlier attempt was lost."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

from sealock.connector.v1.channelback_pb2 import ChannelbackResponse
from sealock_connector._connector import FindsReplies, RepeatsSafely, TakesReplies
from sealock_connector._deadlines import Deadline
from sealock_connector._outbox.store import Claimed, Finished, InFlight, OutboxStore, OutboxUnavailable, scope
from sealock_connector._telemetry import count_outbox_failure, count_reply, log_fault
from sealock_connector._types import Posted, Reply
from sealock_connector.errors import (
    Cause,
    ConnectorError,
    InvalidAnswer,
    OriginUnavailable,
    OriginUnreached,
    OutcomeUnknown,
)
from sealock_contract.limits import broken_limit

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DeliveryTimes:
    """How long a claim holds."""

    lease: timedelta = timedelta(seconds=10)
    """After the last sign of life of its owner a claim is taken over; short, so that a killed process is soon
    replaced. The lease is renewed at a third of it."""
    settle: timedelta = timedelta(seconds=2)
    """After an attempt with an unknown outcome the origin gets this time to become consistent."""
    longest: timedelta = timedelta(minutes=3)
    """A post that takes longer is given up, whether or not its caller is still there."""
    record_again: timedelta = timedelta(seconds=1)
    """The pause between two tries to record what was posted while the outbox was away."""
    record_at_most: timedelta = timedelta(minutes=10)
    """After this no more tries are made."""


class ReplyDelivery:
    """Delivers each reply once, through an outbox. Posts go on in tasks of their own when their callers go away."""

    def __init__(self, store: OutboxStore, origin: str, *, times: DeliveryTimes | None = None) -> None:
        self._store = store
        self._origin = origin
        self._times = times or DeliveryTimes()
        self._posts: set[asyncio.Task[Posted]] = set()
        self._abandoned: set[asyncio.Task[Posted]] = set()
        self._unrecorded: set[asyncio.Task[None]] = set()

    async def deliver(self, connector: TakesReplies, reply: Reply, deadline: Deadline) -> Posted:
        """
        Post the reply, or give the answer that it got before.

        Raises what the connector raises; `OriginUnavailable` when the deadline comes first, while the post goes on;
        `OutcomeUnknown` when an earlier attempt was lost and nothing can tell what became of it.
        """
        key = scope(self._origin, reply.account.id, reply.key)
        owner = uuid4().hex
        claim = await self._claim(key, owner, deadline)
        if isinstance(claim, Finished):
            count_reply("repeated")
            return _posted(claim.result)
        attempt = _Attempt(connector, replace(reply, first_tried_at=claim.first_tried_at))
        post = asyncio.create_task(self._post(attempt, key, owner))
        self._posts.add(post)
        post.add_done_callback(self._done)
        try:
            await asyncio.wait([post], timeout=max(deadline.left, 0))
        finally:
            if not post.done():
                self._abandoned.add(post)
        if post.done() and not post.cancelled():
            return post.result()
        raise OriginUnavailable("the post is still under way", cause=Cause.TIMED_OUT, retry_after=self._times.settle)

    async def settle(self, seconds: float) -> None:
        """Give the posts under way some time to end, and to be recorded; then give them up."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        if self._posts:
            await asyncio.wait(self._posts, timeout=seconds)
        for post in self._posts:
            post.cancel()
        await asyncio.gather(*self._posts, return_exceptions=True)
        if self._unrecorded:
            await asyncio.wait(self._unrecorded, timeout=max(until - loop.time(), 0))
        for recording in self._unrecorded:
            _log.error("stopped: a reply's outcome is not recorded")
            recording.cancel()

    async def _claim(self, key: str, owner: str, deadline: Deadline) -> Claimed | Finished:
        try:
            while True:
                claim = await self._store.claim(key, owner, self._times.lease)
                if not isinstance(claim, InFlight):
                    return claim
                if deadline.left <= 0:
                    raise OriginUnavailable(
                        "the reply is under way", cause=Cause.TIMED_OUT, retry_after=self._times.settle
                    )
                await self._store.wait(key, timedelta(seconds=deadline.left))
        except OutboxUnavailable:
            count_outbox_failure()
            _log.error("the outbox cannot be reached: reply not posted")
            raise OriginUnreached("the outbox cannot be reached", cause=Cause.STORE_NOT_REACHED) from None

    async def _post(self, attempt: _Attempt, key: str, owner: str) -> Posted:
        task = asyncio.current_task()
        renewing = asyncio.create_task(self._keep_claim(key, owner, task))
        try:
            async with asyncio.timeout(self._times.longest.total_seconds()):
                posted = await attempt.run()
        except BaseException as error:
            if attempt.nothing_sent(error):
                count_reply("not_sent")
                await _recorded(self._store.release(key, owner))
            else:
                count_reply("uncertain")
                await _recorded(self._store.abandon(key, owner, self._times.settle))
            raise
        finally:
            renewing.cancel()
        count_reply("found" if attempt.found else "posted")
        await self._finish(key, posted)
        return posted

    async def _finish(self, key: str, posted: Posted) -> None:
        """Record the result: now, or when the outbox is back. Meanwhile the lease ends, and a repeat has to search."""
        try:
            await self._store.finish(key, _result(posted))
        except OutboxUnavailable:
            count_outbox_failure()
            _log.error("the outbox cannot be reached: a reply's outcome is recorded later")
            later = asyncio.create_task(self._finish_later(key, posted))
            self._unrecorded.add(later)
            later.add_done_callback(self._unrecorded.discard)

    async def _finish_later(self, key: str, posted: Posted) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._times.record_at_most.total_seconds()
        while loop.time() < until:
            await asyncio.sleep(self._times.record_again.total_seconds())
            with suppress(OutboxUnavailable):
                await self._store.finish(key, _result(posted))
                _log.info("a reply's outcome is recorded now")
                return
        _log.error("the outbox cannot be reached: a reply's outcome is not recorded")

    async def _keep_claim(self, key: str, owner: str, post: asyncio.Task[Posted] | None) -> None:
        while True:
            await asyncio.sleep(self._times.lease.total_seconds() / 3)
            try:
                ours = await self._store.renew(key, owner, self._times.lease)
            except OutboxUnavailable:
                continue
            if not ours and post is not None:
                _log.warning("a reply's claim was taken over: its post is given up")
                post.cancel()
                return

    def _done(self, post: asyncio.Task[Posted]) -> None:
        self._posts.discard(post)
        error = None if post.cancelled() else post.exception()
        if post not in self._abandoned:
            return
        self._abandoned.discard(post)
        if error is None:
            _log.info("a reply's post ended after its call")
        else:
            log_fault(_log, "a reply's post failed after its call", error)


class _Attempt:
    """One attempt to post a reply, and what is known about whether it was."""

    def __init__(self, connector: TakesReplies, reply: Reply) -> None:
        self._connector = connector
        self._reply = reply
        self._uncertain = reply.first_tried_at is not None
        self.found = False

    async def run(self) -> Posted:
        earlier = await self._earlier() if self._uncertain else None
        self.found = earlier is not None
        return _checked(earlier or await self._connector.channelback(self._reply))

    def nothing_sent(self, error: BaseException) -> bool:
        """Whether the error proves that the reply is not at the origin, from no attempt."""
        return not self._uncertain and isinstance(error, ConnectorError) and error.nothing_sent

    async def _earlier(self) -> Posted | None:
        if isinstance(self._connector, FindsReplies):
            found = await self._connector.find_reply(self._reply)
            self._uncertain = found is not None
            return found
        if isinstance(self._connector, RepeatsSafely) and self._connector.repeats_safely:
            return None
        raise OutcomeUnknown("an earlier attempt was lost")


async def _recorded(step: Awaitable[None]) -> None:
    try:
        await step
    except OutboxUnavailable:
        count_outbox_failure()
        _log.error("the outbox cannot be reached: a reply's outcome is not recorded")


def _checked(posted: Posted) -> Posted:
    message = ChannelbackResponse(external_id=posted.external_id)
    if problem := broken_limit(message):
        raise InvalidAnswer(f"channelback: {problem}")
    return posted


def _result(posted: Posted) -> bytes:
    return json.dumps([posted.external_id, posted.allow_channelback]).encode()


def _posted(result: bytes) -> Posted:
    external_id, allow_channelback = json.loads(result)
    return Posted(external_id, allow_channelback)
