# SPDX-License-Identifier: Apache-2.0
"""An outbox in memory, for one process and for development: a restart forgets what was posted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sealock_connector._outbox.store import RETENTION, Claim, Claimed, Finished, InFlight


def now() -> datetime:
    """The present time, in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class _Record:
    owner: str
    lease_until: datetime
    first_tried_at: datetime
    changed_at: datetime
    result: bytes | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def notify(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


class MemoryOutbox:
    """Outbox records of one process."""

    def __init__(self, *, retention: timedelta = RETENTION, clock: Callable[[], datetime] = now) -> None:
        self._retention = retention
        self._clock = clock
        self._records: dict[str, _Record] = {}

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    async def claim(self, key: str, owner: str, lease: timedelta) -> Claim:
        """Claim the key for `owner`, unless it is finished or under another's lease."""
        at = self._clock()
        record = self._records.get(key)
        if record is None:
            self._records[key] = _Record(owner, at + lease, first_tried_at=at, changed_at=at)
            return Claimed()
        if record.result is not None:
            return Finished(record.result)
        if record.lease_until > at:
            return InFlight()
        record.owner, record.lease_until, record.changed_at = owner, at + lease, at
        return Claimed(record.first_tried_at)

    async def renew(self, key: str, owner: str, lease: timedelta) -> bool:
        """Let the lease of `owner` end later; False if the claim is no longer theirs."""
        record = self._claim_of(key, owner)
        if record is None:
            return False
        record.lease_until = self._clock() + lease
        return True

    async def finish(self, key: str, result: bytes) -> None:
        """Record the result; the first one stays."""
        at = self._clock()
        record = self._records.setdefault(key, _Record("", at, first_tried_at=at, changed_at=at))
        if record.result is None:
            record.result, record.changed_at = result, at
            record.notify()

    async def release(self, key: str, owner: str) -> None:
        """Forget the claim of `owner`: nothing was posted."""
        record = self._claim_of(key, owner)
        if record is not None:
            del self._records[key]
            record.notify()

    async def abandon(self, key: str, owner: str, settle: timedelta) -> None:
        """End the lease of `owner` after `settle`, with an unknown outcome."""
        record = self._claim_of(key, owner)
        if record is not None:
            record.owner, record.lease_until = "", self._clock() + settle
            record.notify()

    async def wait(self, key: str, longest: timedelta) -> None:
        """Return when the record changed or its lease ended, at the latest after `longest`."""
        record = self._records.get(key)
        if record is None or record.result is not None:
            return
        left = min(longest, record.lease_until - self._clock())
        try:
            async with asyncio.timeout(max(left.total_seconds(), 0)):
                await record.changed.wait()
        except TimeoutError:
            return

    async def expire(self) -> int:
        """Drop records that did not change for the retention time; how many they were."""
        before = self._clock() - self._retention
        old = [
            key
            for key, record in self._records.items()
            if record.changed_at < before and record.lease_until < self._clock()
        ]
        for key in old:
            del self._records[key]
        return len(old)

    def _claim_of(self, key: str, owner: str) -> _Record | None:
        record = self._records.get(key)
        return record if record is not None and record.owner == owner and record.result is None else None
