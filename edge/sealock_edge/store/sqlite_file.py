# SPDX-License-Identifier: Apache-2.0
"""The file of a `SqliteStore`: its tables, how it is opened, and transactions on it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

BUSY_SECONDS: Final = 2.0
"""So long another process's transaction is waited for."""
VERSION: Final = 1

_PAUSE_SECONDS: Final = 0.02
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS accounts (
  name TEXT PRIMARY KEY,
  metadata TEXT NOT NULL,
  until REAL NOT NULL,
  state TEXT,
  pushed TEXT,
  pulled_at REAL NOT NULL DEFAULT 0,
  watched TEXT NOT NULL DEFAULT '',
  tells INTEGER NOT NULL DEFAULT 0,
  owner TEXT NOT NULL DEFAULT '',
  claimed_until REAL NOT NULL DEFAULT 0,
  given INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS accounts_that_watch ON accounts (watched) WHERE watched <> '';
CREATE INDEX IF NOT EXISTS accounts_by_end ON accounts (until);
CREATE TABLE IF NOT EXISTS hints (
  waits_for TEXT NOT NULL,
  id TEXT NOT NULL,
  number INTEGER NOT NULL,
  sealed TEXT NOT NULL,
  until REAL NOT NULL,
  read_for TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (waits_for, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS hints_in_order ON hints (waits_for, number);
CREATE INDEX IF NOT EXISTS hints_by_end ON hints (until);
CREATE TABLE IF NOT EXISTS unwatched (
  name TEXT PRIMARY KEY,
  told_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pauses (
  what TEXT PRIMARY KEY,
  until REAL NOT NULL
) WITHOUT ROWID;
"""


class OtherVersion(sqlite3.DatabaseError):
    """The file was made by another version, which kept other things in it."""


def opened_file(path: Path) -> sqlite3.Connection:
    """Open the file, or make it, readable by this user only. Raises `sqlite3.Error` and `OSError`."""
    path.touch(mode=0o600, exist_ok=True)
    database = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        _prepare(database)
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def transaction(database: sqlite3.Connection, *, lasting: bool) -> Iterator[None]:
    """
    A transaction that holds the file's write lock from its beginning. What others see of it outlives their end and
    this process's; `lasting`: the machine's, too.
    """
    database.execute(f"PRAGMA synchronous = {'FULL' if lasting else 'NORMAL'}")
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def _prepare(database: sqlite3.Connection) -> None:
    _write_ahead(database)
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version not in (0, VERSION):
        raise OtherVersion
    database.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT;")


def _write_ahead(database: sqlite3.Connection) -> None:
    """SQLite does not wait while somebody else who opens the new file changes its journal; this does."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(_PAUSE_SECONDS)
