# SPDX-License-Identifier: Apache-2.0
"""An outbox in one SQLite file, for any number of processes on one machine; it outlives them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sealock_connector._outbox.memory import now
from sealock_connector._outbox.store import RETENTION, Claim, Claimed, Finished, InFlight, OutboxUnavailable, while_held
from sealock_contract.stores.sqlite_file import OtherVersion, opened_file, transaction

Result = TypeVar("Result")

_VERSION = 1
_BUSY_SECONDS = 5.0

_TABLES = """
CREATE TABLE IF NOT EXISTS replies (
  key TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  lease_until REAL NOT NULL,
  first_tried_at REAL NOT NULL,
  changed_at REAL NOT NULL,
  result BLOB
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS replies_by_change ON replies (changed_at);
"""


class SqliteOutbox:
    """Outbox records in a file. One thread of its own does the waiting for the disk."""

    def __init__(self, path: Path, *, retention: timedelta = RETENTION, clock: Callable[[], datetime] = now) -> None:
        self._path = path
        self._retention = retention
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outbox")
        self._database: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Open the file, or make it, readable by this user only."""
        await self._run(self._open)

    async def close(self) -> None:
        """Close the file."""
        await self._run(self._close)
        self._thread.shutdown()

    async def claim(self, key: str, owner: str, lease: timedelta) -> Claim:
        """Claim the key for `owner`, unless it is finished or under another's lease."""
        return await self._atomic(lambda database: _claim(database, key, owner, self._clock(), lease))

    async def renew(self, key: str, owner: str, lease: timedelta) -> bool:
        """Let the lease of `owner` end later; False if the claim is no longer theirs."""
        until = (self._clock() + lease).timestamp()
        statement = "UPDATE replies SET lease_until = ? WHERE key = ? AND owner = ? AND result IS NULL"
        return await self._change(statement, until, key, owner) == 1

    async def finish(self, key: str, result: bytes) -> None:
        """Record the result; the first one stays."""
        at = self._clock().timestamp()
        await self._change(
            "INSERT INTO replies VALUES (?, '', ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE"
            " SET result = excluded.result, changed_at = excluded.changed_at WHERE result IS NULL",
            key, at, at, at, result,
        )  # fmt: skip

    async def release(self, key: str, owner: str) -> None:
        """Forget the claim of `owner`: nothing was posted."""
        await self._change("DELETE FROM replies WHERE key = ? AND owner = ? AND result IS NULL", key, owner)

    async def abandon(self, key: str, owner: str, settle: timedelta) -> None:
        """End the lease of `owner` after `settle`, with an unknown outcome."""
        until = (self._clock() + settle).timestamp()
        statement = "UPDATE replies SET owner = '', lease_until = ? WHERE key = ? AND owner = ? AND result IS NULL"
        await self._change(statement, until, key, owner)

    async def wait(self, key: str, longest: timedelta) -> None:
        """Return when the record changed or its lease ended, at the latest after `longest`."""

        async def held() -> bool:
            return await self._reading(lambda database: _held(database, key, self._clock()))

        await while_held(held, longest)

    async def expire(self) -> int:
        """Drop records that did not change for the retention time; how many they were."""
        at = self._clock()
        before = (at - self._retention).timestamp()
        return await self._change(
            "DELETE FROM replies WHERE changed_at < ? AND lease_until < ?", before, at.timestamp()
        )

    async def _reading(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        return await self._run(lambda: work(self._opened()))

    async def _change(self, statement: str, *values: object) -> int:
        return await self._atomic(lambda database: database.execute(statement, values).rowcount)

    async def _atomic(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        def run() -> Result:
            database = self._opened()
            with transaction(database):
                return work(database)

        return await self._run(run)

    async def _run(self, work: Callable[[], Result]) -> Result:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (sqlite3.Error, OSError) as error:
            raise OutboxUnavailable(f"the outbox failed: {type(error).__name__}") from None

    def _opened(self) -> sqlite3.Connection:
        if self._database is None:
            raise OutboxUnavailable("the outbox is closed")
        return self._database

    def _open(self) -> None:
        try:
            database = opened_file(self._path, _TABLES, version=_VERSION, busy_seconds=_BUSY_SECONDS)
        except OtherVersion:
            raise OutboxUnavailable("the outbox file is of another version") from None
        database.execute("PRAGMA synchronous = FULL")
        self._database = database

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None


def _claim(database: sqlite3.Connection, key: str, owner: str, at: datetime, lease: timedelta) -> Claim:
    found = database.execute("SELECT result, lease_until, first_tried_at FROM replies WHERE key = ?", (key,)).fetchone()
    now, until = at.timestamp(), (at + lease).timestamp()
    if found is None:
        database.execute("INSERT INTO replies VALUES (?, ?, ?, ?, ?, NULL)", (key, owner, until, now, now))
        return Claimed()
    result, lease_until, first_tried_at = found
    if result is not None:
        return Finished(result)
    if lease_until > now:
        return InFlight()
    statement = "UPDATE replies SET owner = ?, lease_until = ?, changed_at = ? WHERE key = ?"
    database.execute(statement, (owner, until, now, key))
    return Claimed(datetime.fromtimestamp(first_tried_at, UTC))


def _held(database: sqlite3.Connection, key: str, at: datetime) -> bool:
    statement = "SELECT 1 FROM replies WHERE key = ? AND result IS NULL AND lease_until > ?"
    return database.execute(statement, (key, at.timestamp())).fetchone() is not None
