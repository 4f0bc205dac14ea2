# SPDX-License-Identifier: Apache-2.0
"""
The accounts that pulls have shown lately, as Zendesk keeps them: sealed.

A link to a file names its account but does not hold it, because it is short and passes through many hands. Whoever
opens it without the account's metadata, as with GET, needs what the last pull brought. It is a memory and no record:
what is lost comes again with the next pull.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final, Protocol

from sealock_edge.store import Store, StoreAway, account_name

MOST_ACCOUNTS: Final = 4096
"""How many accounts are remembered; beyond that one that was noted longest ago goes. Each takes 5 kB at most."""
MOST_CHARS: Final = 5000
"""Of an account's metadata: as many as Zendesk keeps."""
AGAIN_SECONDS: Final = 600.0
"""What did not change is written only this often, so that most pulls write nothing."""


class RecentAccounts(Protocol):
    """
    Sealed metadata by integration and account.

    Both methods wait, so that a store outside this machine can be one. Neither raises: what cannot be kept or found is
    not there, and the next pull brings it again.
    """

    async def note(self, integration_id: str, account_id: str, metadata: str) -> bool:
        """
        Remember the metadata for at least as long as a link that is made now leads anywhere.

        False if that was known already, and not for long.
        """
        ...

    async def find(self, integration_id: str, account_id: str) -> str | None:
        """The metadata that was noted last; None if there is none, or only one from too long ago."""
        ...


class AccountsInProcess:
    """A `RecentAccounts` that no other process sees."""

    def __init__(self, clock: Callable[[], datetime], seconds: float, *, most: int = MOST_ACCOUNTS) -> None:
        """`seconds` is how long an account is remembered at least after it was noted."""
        self._clock = clock
        self._life = timedelta(seconds=seconds + AGAIN_SECONDS)
        self._most = most
        self._noted: dict[tuple[str, str], tuple[datetime, str]] = {}

    async def note(self, integration_id: str, account_id: str, metadata: str) -> bool:
        """See `RecentAccounts`."""
        key, now = (integration_id, account_id), self._clock()
        noted_at, before = self._noted.get(key, (None, ""))
        if noted_at is not None and before == metadata and now - noted_at < timedelta(seconds=AGAIN_SECONDS):
            return False
        self._noted.pop(key, None)
        self._noted[key] = now, metadata
        if len(self._noted) > self._most:
            del self._noted[next(iter(self._noted))]
        return True

    async def find(self, integration_id: str, account_id: str) -> str | None:
        """See `RecentAccounts`."""
        noted_at, metadata = self._noted.get((integration_id, account_id), (None, ""))
        return metadata if noted_at is not None and self._clock() < noted_at + self._life else None


class AccountsInMemory:
    """
    A `RecentAccounts` in memory that several processes share: a table that takes microseconds and no system calls.

    An account has a place in one of a few slots, by its ids. Nobody locks anything: a slot that two processes write at
    once does not fit its check, and counts as empty.
    """

    def __init__(self, memory: mmap.mmap, clock: Callable[[], datetime], seconds: float) -> None:
        """
        `memory` is from `memory_for`, made before the processes fork; `seconds` is how long an account is remembered at
        least after it was noted.
        """
        self._memory = memory
        self._clock = clock
        self._life = seconds + AGAIN_SECONDS
        self._sets = len(memory) // _SET_BYTES

    async def note(self, integration_id: str, account_id: str, metadata: str) -> bool:
        """See `RecentAccounts`."""
        value, now = metadata.encode(), self._clock().timestamp()
        if len(value) > MOST_CHARS:
            return False
        key = _key(integration_id, account_id)
        start = self._set_of(key)
        headers = self._headers(start)
        mine = [number for number, header in enumerate(headers) if header[0] == key]
        if mine:
            _, noted_at, size, _ = headers[mine[0]]
            if now - noted_at < AGAIN_SECONDS and self._value(start, mine[0], size) == value:
                return False
        ages = [header[1] for header in headers]
        self._write(start, mine[0] if mine else ages.index(min(ages)), key, value, now)
        return True

    async def find(self, integration_id: str, account_id: str) -> str | None:
        """See `RecentAccounts`."""
        key = _key(integration_id, account_id)
        start = self._set_of(key)
        for number, (held, noted_at, size, check) in enumerate(self._headers(start)):
            if held == key and self._clock().timestamp() < noted_at + self._life:
                value = self._value(start, number, size)
                return value.decode() if _check(key, value) == check else None
        return None

    def _set_of(self, key: bytes) -> int:
        return int.from_bytes(key[:8]) % self._sets * _SET_BYTES

    def _headers(self, start: int) -> list[tuple[bytes, float, int, bytes]]:
        return list(_HEADER.iter_unpack(self._memory[start : start + _HEADERS_BYTES]))

    def _value(self, start: int, number: int, size: int) -> bytes:
        at = start + _HEADERS_BYTES + number * MOST_CHARS
        return self._memory[at : at + min(size, MOST_CHARS)]

    def _write(self, start: int, number: int, key: bytes, value: bytes, now: float) -> None:
        header = start + number * _HEADER.size
        self._memory[header : header + _HEADER.size] = bytes(_HEADER.size)  # nobody takes half of it for the whole
        at = start + _HEADERS_BYTES + number * MOST_CHARS
        self._memory[at : at + len(value)] = value
        _HEADER.pack_into(self._memory, header, key, now, len(value), _check(key, value))


class AccountsOfAllEdges:
    """A `RecentAccounts` of this edge, and a store behind it that others share, for what this edge does not know."""

    def __init__(self, here: RecentAccounts, store: Store) -> None:
        self._here = here
        self._store = store
        self._untold: dict[tuple[str, str], None] = {}

    async def note(self, integration_id: str, account_id: str, metadata: str) -> bool:
        """See `RecentAccounts`. Only what is new here is told to others."""
        is_new = await self._here.note(integration_id, account_id, metadata)
        key = integration_id, account_id
        if is_new or key in self._untold:
            self._untold.pop(key, None)
            try:
                await self._store.note(account_name(integration_id, account_id), metadata)
            except StoreAway:
                self._untold[key] = None
                if len(self._untold) > MOST_ACCOUNTS:
                    del self._untold[next(iter(self._untold))]
        return is_new

    async def find(self, integration_id: str, account_id: str) -> str | None:
        """See `RecentAccounts`."""
        found = await self._here.find(integration_id, account_id)
        if found is not None:
            return found
        try:
            return await self._store.find(account_name(integration_id, account_id))
        except StoreAway:
            return None


def memory_for(accounts: int = MOST_ACCOUNTS) -> mmap.mmap:
    """Memory for about so many accounts, shared with processes that are forked later, in use as far as it is filled."""
    return mmap.mmap(-1, -(-accounts // _SLOTS) * _SET_BYTES)


_SLOTS: Final = 8
_HEADER: Final = struct.Struct("=16sdI8s")
"""Key, when it was noted, the size of the value, and a check of both."""
_HEADERS_BYTES: Final = _SLOTS * _HEADER.size
_SET_BYTES: Final = _HEADERS_BYTES + _SLOTS * MOST_CHARS


def _key(integration_id: str, account_id: str) -> bytes:
    """Any two ids have one, and no other two have the same."""
    ids = f"{len(integration_id)}:{integration_id}{account_id}".encode(errors="surrogatepass")
    return blake2b(ids, digest_size=16).digest()


def _check(key: bytes, value: bytes) -> bytes:
    return blake2b(value, digest_size=8, key=key).digest()
