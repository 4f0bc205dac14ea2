# SPDX-License-Identifier: Apache-2.0
"""What a store of outbox records does: a few verbs, each of them atomic."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

RETENTION = timedelta(days=7)
"""How long a record is kept after it last changed. Zendesk repeats a reply within minutes, if at all."""


class OutboxUnavailable(Exception):
    """The store cannot be reached. Without a claim nothing is posted."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """The reply is ours to post."""

    first_tried_at: datetime | None = None
    """When an earlier attempt began whose outcome is not known; None for the first attempt."""


@dataclass(frozen=True, slots=True)
class InFlight:
    """Someone else is posting it just now, or has just left it with an unknown outcome."""


@dataclass(frozen=True, slots=True)
class Finished:
    """It was posted."""

    result: bytes


Claim = Claimed | InFlight | Finished


class OutboxStore(Protocol):
    """
    Outbox records by key: claimed by an owner until a lease ends, then finished with a result.

    A claim whose lease ended without a result is taken over by the next that claims the key, who learns when it was
    first tried. Every method may raise `OutboxUnavailable`.
    """

    async def open(self) -> None:
        """Called once in the event loop, before anything else."""
        ...

    async def close(self) -> None:
        """Called once, after everything else."""
        ...

    async def claim(self, key: str, owner: str, lease: timedelta) -> Claim:
        """Claim the key for `owner`, unless it is finished or under another's lease."""
        ...

    async def renew(self, key: str, owner: str, lease: timedelta) -> bool:
        """Let the lease of `owner` end later; False if the claim is no longer theirs."""
        ...

    async def finish(self, key: str, result: bytes) -> None:
        """Record the result, whoever brings it: it is a fact. The first result stays."""
        ...

    async def release(self, key: str, owner: str) -> None:
        """Forget the claim of `owner`: nothing was posted."""
        ...

    async def abandon(self, key: str, owner: str, settle: timedelta) -> None:
        """End the lease of `owner` after `settle`, with an unknown outcome."""
        ...

    async def wait(self, key: str, longest: timedelta) -> None:
        """Return when the record changed or its lease ended, at the latest after `longest`."""
        ...

    async def expire(self) -> int:
        """Drop records that did not change for the retention time; how many they were."""
        ...


def scope(origin: str, account_id: str, idempotency_key: str) -> str:
    """The key of a reply's record: keys of different origins and accounts are unrelated, and none is readable."""
    digest = hashlib.sha256()
    for part in (origin, account_id, idempotency_key):
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(4, "big") + encoded)
    return digest.hexdigest()


_SOON, _AT_LAST = 0.02, 0.5


async def while_held(held: Callable[[], Awaitable[bool]], longest: timedelta) -> None:
    """Return when `held` says no, at the latest after `longest`."""
    loop = asyncio.get_running_loop()
    until = loop.time() + longest.total_seconds()
    pause = _SOON
    while loop.time() < until and await held():
        await asyncio.sleep(min(pause, max(until - loop.time(), 0)))
        pause = min(pause * 2, _AT_LAST)
