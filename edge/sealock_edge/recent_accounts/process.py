# SPDX-License-Identifier: Apache-2.0
"""In the memory of one process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sealock_edge.recent_accounts.port import MOST_ACCOUNTS


class AccountsInProcess:
    """A `RecentAccounts` that no other process sees."""

    def __init__(self, clock: Callable[[], datetime], seconds: float, *, most: int = MOST_ACCOUNTS) -> None:
        """`seconds` is how long an account is remembered after it was noted."""
        self._clock = clock
        self._life = timedelta(seconds=seconds)
        self._most = most
        self._noted: dict[tuple[str, str], tuple[datetime, str]] = {}

    async def note(self, integration_id: str, account_id: str, metadata: str) -> None:
        """See `RecentAccounts`."""
        key = integration_id, account_id
        self._noted.pop(key, None)
        self._noted[key] = self._clock() + self._life, metadata
        if len(self._noted) > self._most:
            del self._noted[next(iter(self._noted))]

    async def find(self, integration_id: str, account_id: str) -> str | None:
        """See `RecentAccounts`."""
        until, metadata = self._noted.get((integration_id, account_id), (None, ""))
        return metadata if until is not None and self._clock() < until else None
