# SPDX-License-Identifier: Apache-2.0
"""
For how long Zendesk is not called: what it asked for, and which tokens it refused, as all edges know it.

This process remembers for itself too, so that a store that is away changes nothing for it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from sealock_edge.sealing import OpenAccount
from sealock_edge.store import Store, StoreAway, digest
from sealock_edge.zendesk_api.api import Refusal

REFUSED_SECONDS: Final = 3_600.0
"""How long a refusal keeps an account from being called for with the same token: then it is tried once more."""
MOST: Final = 10_000
"""How many this process remembers; beyond that the one goes that was noted longest ago."""


class Pauses:
    """Of Zendesk accounts that want no calls, and of accounts whose token is refused."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        """`clock` is monotonic, in seconds."""
        self._store = store
        self._clock = clock
        self._own: dict[str, tuple[float, Refusal | None]] = {}

    async def busy(self, account: OpenAccount) -> float:
        """For how many seconds the account's Zendesk wants no calls; 0: it takes them."""
        name = _of_zendesk(account)
        until, _ = self._own.get(name, (0.0, None))
        return max(until - self._clock(), await self._shared(name))

    async def note_busy(self, account: OpenAccount, seconds: float) -> bool:
        """It wants none for so long. Whether that is news to this process."""
        return await self._note(_of_zendesk(account), seconds, None)

    async def refused(self, account: OpenAccount) -> Refusal | None:
        """Why the account's token is not shown for now; None: it may be."""
        name = token_name(account)
        until, refusal = self._own.get(name, (0.0, None))
        if until > self._clock():
            return refusal
        return Refusal.EARLIER if await self._shared(name) > 0 else None

    async def note_refused(self, account: OpenAccount, refusal: Refusal) -> bool:
        """It was refused. Whether that is news to this process."""
        return await self._note(token_name(account), REFUSED_SECONDS, refusal)

    async def _note(self, name: str, seconds: float, refusal: Refusal | None) -> bool:
        now = self._clock()
        before, _ = self._own.pop(name, (0.0, None))
        self._own[name] = max(before, now + seconds), refusal
        if len(self._own) > MOST:
            del self._own[next(iter(self._own))]
        with suppress(StoreAway):
            await self._store.pause(name, seconds)
        return before <= now

    async def _shared(self, name: str) -> float:
        try:
            return await self._store.paused(name)
        except StoreAway:
            return 0.0


def _of_zendesk(account: OpenAccount) -> str:
    return f"zendesk:{digest(account.record.subdomain)}"


def token_name(account: OpenAccount) -> str:
    """A name for the account's token that tells nothing of it. Another one for another token, once it is saved anew."""
    record = account.record
    return f"push:{digest(record.subdomain, record.instance_push_id, record.zendesk_access_token)}"
