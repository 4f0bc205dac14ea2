# SPDX-License-Identifier: Apache-2.0
"""A store in one SQLite file, for any number of processes on one machine; it outlives them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from sealock_contract.stores.sqlite_file import opened_file, transaction
from sealock_edge.store import sqlite_hints as hints_of
from sealock_edge.store.sqlite_tables import TABLES, VERSION
from sealock_edge.store.store import (
    HINT_SECONDS,
    MOST_ACCOUNTS,
    WATCH_SECONDS,
    Claim,
    Hint,
    Noted,
    StoreAway,
    Told,
    unnoted,
)

Result = TypeVar("Result")

_BUSY_SECONDS = 2.0
"""So long another process's transaction is waited for."""
_TIDY_SECONDS = 60.0
"""So often what is over is removed."""
_PUSHED = "UPDATE accounts SET pushed = ? WHERE name = ? AND owner = ? AND claimed_until > ? AND until > ?"
_TELLS = "SELECT tells FROM accounts WHERE name = ? AND owner = ? AND claimed_until > ? AND until > ?"


class SqliteStore:
    """
    A `Store` in a file that this user alone may read. One thread of its own does the waiting for the disk.

    A hint is on the disk when `tell` returns, so that it outlives the machine's end; all else may be lost then, as it
    comes again. With `lasting=False`, for a file that ends with its processes, nothing waits for the disk.
    """

    def __init__(
        self,
        path: Path,
        clock: Callable[[], float],
        seconds: float,
        *,
        most: int = MOST_ACCOUNTS,
        lasting: bool = True,
        noted: Noted = unnoted,
    ) -> None:
        """
        `clock` is in seconds since 1970; `seconds` is how long links to files lead anywhere. `noted` is told how each
        call went.
        """
        self._path = path
        self._clock = clock
        self._life = max(seconds, HINT_SECONDS)
        self._most = most
        self._lasting = lasting
        self._noted = noted
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._database: sqlite3.Connection | None = None
        self._closed = False
        self._tidied_at = 0.0

    async def open(self) -> None:
        """Open the file, or make it. What fails with it now is tried again when the store is used."""
        with suppress(StoreAway):
            await self._run(self._opened)

    async def close(self) -> None:
        """Close the file."""
        with suppress(StoreAway):
            await self._run(self._close)
        self._closed = True
        self._thread.shutdown()

    async def note(self, account: str, metadata: str) -> None:
        """See `Store`."""
        await self._atomic(lambda database, now: self._seen(database, account, metadata, now))

    async def find(self, account: str) -> str | None:
        """See `Store`."""

        def work(database: sqlite3.Connection, now: float) -> str | None:
            found = database.execute("SELECT metadata FROM accounts WHERE name = ? AND until > ?", (account, now))
            row = found.fetchone()
            return None if row is None else str(row[0])

        return await self._run(lambda: work(self._opened(), self._clock()))

    async def pulled(self, account: str, metadata: str, state: str) -> tuple[Hint, ...]:
        """See `Store`."""

        def work(database: sqlite3.Connection, now: float) -> tuple[Hint, ...]:
            self._seen(database, account, metadata, now)
            database.execute(
                "UPDATE accounts SET watched = CASE WHEN pulled_at > ?1 THEN watched ELSE '' END, pulled_at = ?2,"
                " pushed = CASE WHEN state IS ?3 THEN pushed END, state = ?3 WHERE name = ?4",
                (now - HINT_SECONDS, now, state, account),
            )
            hints_of.arrived(database, account, state)
            return hints_of.offered(database, account, now)

        return await self._atomic(work)

    async def answered(
        self, account: str, called_with: str, *, watched: str, metadata: str, state: str, read: Sequence[Hint]
    ) -> int:
        """See `Store`."""

        def work(database: sqlite3.Connection, now: float) -> int:
            found = database.execute(
                "SELECT metadata, watched FROM accounts WHERE name = ? AND until > ?", (account, now)
            ).fetchone()
            if found is None:
                return 0
            hints_of.read_for(database, account, read, state)
            if found[0] != called_with:
                return 0
            self._seen(database, account, metadata, now)
            if found[1] == watched:
                return 0
            database.execute("UPDATE accounts SET watched = ? WHERE name = ?", (watched, account))
            return hints_of.adopted(database, account, watched, now)

        return await self._atomic(work)

    async def tell(self, watched: str, hints: Sequence[Hint]) -> Told:
        """See `Store`."""

        def work(database: sqlite3.Connection, now: float) -> Told:
            watching = database.execute(
                "SELECT name, pulled_at FROM accounts WHERE watched = ? AND watched <> '' AND pulled_at > ?",
                (watched, now - HINT_SECONDS),
            ).fetchall()
            if not watching and hints:
                return Told((), hints_of.told_unwatched(database, watched, hints, now))
            database.executemany(
                "UPDATE accounts SET tells = tells + 1 WHERE name = ?", [each[:1] for each in watching]
            )
            dropped = sum(hints_of.told(database, account, hints, now) for account, _ in watching)
            return Told(tuple(account for account, at in watching if at + WATCH_SECONDS > now), dropped)

        return await self._atomic(work, lasting=bool(hints))

    async def claim(self, account: str, owner: str, seconds: float) -> Claim | None:
        """See `Store`."""

        def work(database: sqlite3.Connection, now: float) -> Claim | None:
            row = database.execute(
                "UPDATE accounts SET owner = ?1, claimed_until = ?2 WHERE name = ?3 AND until > ?4"
                " AND state IS NOT NULL AND (owner IN ('', ?1) OR claimed_until <= ?4)"
                " RETURNING metadata, COALESCE(pushed, state), tells",
                (owner, now + seconds, account, now),
            ).fetchone()
            return None if row is None else Claim(row[0], row[1], hints_of.offered(database, account, now), row[2])

        return await self._atomic(work)

    async def pushed(self, account: str, owner: str, *, state: str, read: Sequence[Hint]) -> bool:
        """See `Store`."""

        def work(database: sqlite3.Connection, now: float) -> bool:
            changed = database.execute(_PUSHED, (state, account, owner, now, now)).rowcount
            if changed:
                hints_of.gone(database, account, read)
            return changed == 1

        return await self._atomic(work)

    async def release(self, account: str, owner: str, tells: int) -> bool:
        """See `Store`."""

        def work(database: sqlite3.Connection, now: float) -> bool:
            found = database.execute(_TELLS, (account, owner, now, now)).fetchone()
            if found is not None and found[0] != tells:
                return False
            database.execute(
                "UPDATE accounts SET owner = '', claimed_until = 0 WHERE name = ? AND owner = ?", (account, owner)
            )
            return True

        return await self._atomic(work)

    async def pause(self, what: str, seconds: float) -> None:
        """See `Store`."""
        await self._atomic(
            lambda database, now: database.execute(
                "INSERT INTO pauses VALUES (?, ?) ON CONFLICT (what) DO UPDATE SET until = MAX(until, excluded.until)",
                (what, now + seconds),
            )
        )

    async def paused(self, what: str) -> float:
        """See `Store`."""

        def work(database: sqlite3.Connection, now: float) -> float:
            row = database.execute("SELECT until FROM pauses WHERE what = ?", (what,)).fetchone()
            return 0.0 if row is None else max(0.0, float(row[0]) - now)

        return await self._run(lambda: work(self._opened(), self._clock()))

    async def forget(self, account: str) -> None:
        """See `Store`."""
        await self._atomic(lambda database, _: _forget(database, account))

    def _seen(self, database: sqlite3.Connection, account: str, metadata: str, now: float) -> None:
        """The account is known, and this is how Zendesk keeps it."""
        changed = database.execute(
            "UPDATE accounts SET metadata = ?, until = ? WHERE name = ? AND until > ?",
            (metadata, now + self._life, account, now),
        ).rowcount
        if changed:
            return
        _forget(database, account)
        database.execute(
            "INSERT INTO accounts (name, metadata, until) VALUES (?, ?, ?)", (account, metadata, now + self._life)
        )
        (known,) = database.execute("SELECT COUNT(*) FROM accounts").fetchone()
        if known > self._most:
            for (oldest,) in database.execute(
                "SELECT name FROM accounts ORDER BY until LIMIT ?", (known - self._most,)
            ).fetchall():
                _forget(database, oldest)

    def _tidy(self, database: sqlite3.Connection, now: float) -> None:
        if 0 <= now - self._tidied_at < _TIDY_SECONDS:
            return
        self._tidied_at = now
        for (account,) in database.execute("SELECT name FROM accounts WHERE until <= ?", (now,)).fetchall():
            _forget(database, account)
        database.execute("DELETE FROM pauses WHERE until <= ?", (now,))
        hints_of.tidy(database, now)

    async def _atomic(self, work: Callable[[sqlite3.Connection, float], Result], *, lasting: bool = False) -> Result:
        def run() -> Result:
            database = self._opened()
            database.execute(f"PRAGMA synchronous = {'FULL' if lasting and self._lasting else 'NORMAL'}")
            with transaction(database):
                now = self._clock()
                self._tidy(database, now)
                return work(database, now)

        return await self._run(run)

    async def _run(self, work: Callable[[], Result]) -> Result:
        if self._closed:
            raise StoreAway("the store is closed")
        try:
            answer = await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (sqlite3.Error, OSError) as error:
            self._noted(type(error).__name__)
            raise StoreAway(f"the store failed: {type(error).__name__}") from None
        self._noted("")
        return answer

    def _opened(self) -> sqlite3.Connection:
        if self._database is None:
            self._database = opened_file(self._path, TABLES, version=VERSION, busy_seconds=_BUSY_SECONDS)
        return self._database

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None


def _forget(database: sqlite3.Connection, account: str) -> None:
    database.execute("DELETE FROM accounts WHERE name = ?", (account,))
    hints_of.forgotten(database, account)
