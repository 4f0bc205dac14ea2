# SPDX-License-Identifier: Apache-2.0
"""In a folder that the processes of one edge share: a file for each account, with nothing in it but what is sealed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from sealock_edge.recent_accounts.port import MOST_ACCOUNTS

AGAIN_SECONDS: Final = 600.0
"""A process writes what did not change only this often, so that most pulls write nothing."""
SWEEP_EVERY: Final = 256
"""After so many new accounts a process looks whether there are too many."""


class AccountsInFolder:
    """A `RecentAccounts` of all processes that are given the same folder. Calls are short and block."""

    def __init__(
        self, folder: Path, clock: Callable[[], datetime], seconds: float, *, most: int = MOST_ACCOUNTS
    ) -> None:
        """`seconds` is how long an account is remembered at least after it was noted."""
        self._folder = folder
        self._clock = clock
        self._life = seconds + AGAIN_SECONDS
        self._most = most
        self._written: dict[str, tuple[float, int]] = {}
        self._since_sweep = 0

    async def note(self, integration_id: str, account_id: str, metadata: str) -> None:
        """See `RecentAccounts`."""
        name, now, content = _name(integration_id, account_id), self._clock().timestamp(), hash(metadata)
        written_at, written = self._written.get(name, (0.0, 0))
        if written == content and now - written_at < AGAIN_SECONDS:
            return
        with suppress(OSError):
            self._write(name, metadata, now)
            self._remember(name, now, content)

    async def find(self, integration_id: str, account_id: str) -> str | None:
        """See `RecentAccounts`."""
        with suppress(OSError), (self._folder / _name(integration_id, account_id)).open(encoding="ascii") as file:
            if self._is_fresh(os.fstat(file.fileno()).st_mtime):
                return file.read()
        return None

    def sweep(self) -> None:
        """Remove what is too old, and what was noted longest ago if there is too much."""
        ages: list[tuple[float, Path]] = []
        with os.scandir(self._folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    ages.append((entry.stat().st_mtime, Path(entry.path)))
        ages.sort()
        surplus = len(ages) - self._most
        for number, (noted_at, path) in enumerate(ages):
            if number < surplus or not self._is_fresh(noted_at):
                with suppress(OSError):
                    path.unlink()

    def _write(self, name: str, metadata: str, now: float) -> None:
        """Into a file of its own first, so that nobody ever reads half of one."""
        handle, new = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(metadata)
            os.utime(new, (now, now))
            Path(new).replace(self._folder / name)
        except OSError:
            Path(new).unlink()
            raise

    def _remember(self, name: str, now: float, content: int) -> None:
        if self._written.pop(name, None) is None:
            self._since_sweep += 1
        self._written[name] = now, content
        if len(self._written) > self._most:
            del self._written[next(iter(self._written))]
        if self._since_sweep >= min(SWEEP_EVERY, self._most):
            self._since_sweep = 0
            self.sweep()

    def _is_fresh(self, noted_at: float) -> bool:
        return self._clock().timestamp() < noted_at + self._life


def _name(integration_id: str, account_id: str) -> str:
    """A name that any two ids can have."""
    return sha256(f"{len(integration_id)}:{integration_id}{account_id}".encode()).hexdigest()
