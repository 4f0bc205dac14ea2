# SPDX-License-Identifier: Apache-2.0
"""
The accounts that pulls have shown lately, as Zendesk keeps them: sealed.

A link to a file names its account but does not hold it, because it is short and passes through many hands. Whoever
opens it without the account's metadata, as with GET, needs what the last pull brought. It is a memory and no record:
what is lost comes again with the next pull.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

MOST_ACCOUNTS: Final = 4096
"""How many accounts are remembered; beyond that the one that was noted longest ago goes. Each takes 5 kB at most."""
AGAIN_SECONDS: Final = 600.0
"""A process writes what did not change only this often, so that most pulls write nothing."""
SWEEP_EVERY: Final = 256
"""After so many new accounts a process looks whether there are too many."""
IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - the folder that is made there is this user's alone
PREFIX: Final = "sealock-edge-accounts-"
ABANDONED_SECONDS: Final = 60.0
"""A younger folder may belong to an edge that is about to lock it."""


class RecentAccounts(Protocol):
    """
    Sealed metadata by integration and account.

    Both methods wait, so that a store outside this machine can be one. Neither raises: what cannot be kept or found is
    not there, and the next pull brings it again.
    """

    async def note(self, integration_id: str, account_id: str, metadata: str) -> None:
        """Remember the metadata for at least as long as a link that is made now leads anywhere."""
        ...

    async def find(self, integration_id: str, account_id: str) -> str | None:
        """The metadata that was noted last; None if there is none, or only one from too long ago."""
        ...


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


@contextmanager
def shared_folder(place: Path | None = None) -> Iterator[Path]:
    """
    A folder for this user alone, in memory where there is such a place.

    It is gone in the end, with all that is in it, but not when a process that was forked meanwhile ends. What an edge
    that was killed left behind is removed by the next one.
    """
    if place is None:
        place = IN_MEMORY if os.access(IN_MEMORY, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())
    _remove_abandoned(place)
    owner = os.getpid()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    # Forked processes hold the lock with this one.
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(lock)
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(place: Path) -> None:
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError):
            about = folder.lstat()
            if about.st_uid == os.getuid() and time.time() - about.st_mtime > ABANDONED_SECONDS:
                _remove_unless_locked(folder)


def _remove_unless_locked(folder: Path) -> None:
    """Raises `OSError` if an edge has it, or if it is no folder."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
    finally:
        os.close(lock)
