# SPDX-License-Identifier: Apache-2.0
"""Doing something at the origin once, whoever asks for it how often: claim its record, do it, record what it became."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import uuid4

from sealock_connector._deadlines import Deadline
from sealock_connector._outbox.store import Claimed, Finished, InFlight, OutboxStore, OutboxUnavailable
from sealock_connector._telemetry import count_outbox_failure, log_fault
from sealock_connector.errors import Cause, OriginUnavailable, OriginUnreached

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
    """An attempt that takes longer is given up, whether or not its caller is still there."""
    record_again: timedelta = timedelta(seconds=1)
    """The pause between two tries to record an outcome while the outbox was away."""
    record_at_most: timedelta = timedelta(minutes=10)
    """After this no more tries are made."""


class Attempt(Protocol):
    """One attempt, and what is known about whether it came to anything."""

    async def run(self) -> bytes:
        """Do it. What it became, for everyone who asks later."""
        ...

    def nothing_sent(self, error: BaseException) -> bool:
        """Whether the error proves that nothing came of it, nor of an earlier attempt."""
        ...


class Once:
    """Does things once, through an outbox. An attempt goes on in a task of its own when its caller goes away."""

    def __init__(self, store: OutboxStore, what: str, *, times: DeliveryTimes | None = None) -> None:
        """`what` is done, in the words of the log: "a reply"."""
        self._store = store
        self._what = what
        self.times = times or DeliveryTimes()
        self._attempts: set[asyncio.Task[bytes]] = set()
        self._abandoned: set[asyncio.Task[bytes]] = set()
        self._unrecorded: dict[str, tuple[bytes, asyncio.Task[None]]] = {}

    async def do(
        self, key: str, attempt_after: Callable[[datetime | None], Attempt], deadline: Deadline
    ) -> tuple[bytes, bool]:
        """
        What it became, and whether that was so before.

        `attempt_after` makes the attempt; it gets the time of an earlier one whose outcome is not known. Raises what
        the attempt raises; `OriginUnavailable` when the deadline comes first, while the attempt goes on;
        `OriginUnreached` when the outbox cannot be reached.
        """
        if key in self._unrecorded:
            return self._unrecorded[key][0], True
        owner = uuid4().hex
        claim = await self._claim(key, owner, deadline)
        if isinstance(claim, Finished):
            return claim.result, True
        task = asyncio.create_task(self._attempted(attempt_after(claim.first_tried_at), key, owner))
        self._attempts.add(task)
        task.add_done_callback(self._done)
        try:
            await asyncio.wait([task], timeout=max(deadline.left, 0))
        finally:
            if not task.done():
                self._abandoned.add(task)
        if task.done() and not task.cancelled():
            return task.result(), False
        raise OriginUnavailable(
            f"{self._what} is still under way", cause=Cause.TIMED_OUT, retry_after=self.times.settle
        )

    async def settle(self, seconds: float) -> None:
        """Give what is under way some time to end, and to be recorded; then give it up."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        if self._attempts:
            await asyncio.wait(self._attempts, timeout=seconds)
        for task in self._attempts:
            task.cancel()
        await asyncio.gather(*self._attempts, return_exceptions=True)
        recordings = [recording for _, recording in self._unrecorded.values()]
        if recordings:
            await asyncio.wait(recordings, timeout=max(until - loop.time(), 0))
        for recording in recordings:
            if not recording.done():
                _log.error("stopped: the outcome of %s is not recorded", self._what)
                recording.cancel()

    async def _claim(self, key: str, owner: str, deadline: Deadline) -> Claimed | Finished:
        try:
            while True:
                claim = await self._store.claim(key, owner, self.times.lease)
                if not isinstance(claim, InFlight):
                    return claim
                if deadline.left <= 0:
                    raise OriginUnavailable(
                        f"{self._what} is under way", cause=Cause.TIMED_OUT, retry_after=self.times.settle
                    )
                await self._store.wait(key, timedelta(seconds=deadline.left))
        except OutboxUnavailable:
            count_outbox_failure()
            _log.error("the outbox cannot be reached: %s is left undone", self._what)
            raise OriginUnreached("the outbox cannot be reached", cause=Cause.STORE_NOT_REACHED) from None

    async def _attempted(self, attempt: Attempt, key: str, owner: str) -> bytes:
        keeping = asyncio.create_task(self._keep_claim(key, owner, asyncio.current_task()))
        try:
            async with asyncio.timeout(self.times.longest.total_seconds()):
                result = await attempt.run()
        except BaseException as error:
            if attempt.nothing_sent(error):
                await self._recorded(self._store.release(key, owner))
            else:
                await self._recorded(self._store.abandon(key, owner, self.times.settle))
            raise
        finally:
            keeping.cancel()
        await self._finish(key, result)
        return result

    async def _recorded(self, step: Awaitable[None]) -> None:
        try:
            await step
        except OutboxUnavailable:
            count_outbox_failure()
            _log.error("the outbox cannot be reached: the outcome of %s is not recorded", self._what)

    async def _finish(self, key: str, result: bytes) -> None:
        """Record the result: now, or when the outbox is back. Meanwhile only this process knows it."""
        try:
            await self._store.finish(key, result)
        except OutboxUnavailable:
            count_outbox_failure()
            _log.error("the outbox cannot be reached: the outcome of %s is recorded later", self._what)
            self._unrecorded[key] = result, asyncio.create_task(self._finish_later(key, result))

    async def _finish_later(self, key: str, result: bytes) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + self.times.record_at_most.total_seconds()
        try:
            while loop.time() < until:
                await asyncio.sleep(self.times.record_again.total_seconds())
                with suppress(OutboxUnavailable):
                    await self._store.finish(key, result)
                    _log.info("the outcome of %s is recorded now", self._what)
                    return
            _log.error("the outbox cannot be reached: the outcome of %s is not recorded", self._what)
        finally:
            self._unrecorded.pop(key, None)

    async def _keep_claim(self, key: str, owner: str, task: asyncio.Task[bytes] | None) -> None:
        while True:
            await asyncio.sleep(self.times.lease.total_seconds() / 3)
            try:
                ours = await self._store.renew(key, owner, self.times.lease)
            except OutboxUnavailable:
                continue
            if not ours and task is not None:
                _log.warning("the claim of %s was taken over: this attempt is given up", self._what)
                task.cancel()
                return

    def _done(self, task: asyncio.Task[bytes]) -> None:
        self._attempts.discard(task)
        error = None if task.cancelled() else task.exception()
        if task not in self._abandoned:
            return
        self._abandoned.discard(task)
        if error is None:
            _log.info("%s ended after its call", self._what)
        else:
            log_fault(_log, f"{self._what} failed after its call", error)
