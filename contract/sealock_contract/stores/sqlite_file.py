# SPDX-License-Identifier: Apache-2.0
"""A SQLite file that processes share: how it is opened, and transactions on it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_PAUSE_SECONDS: Final = 0.02


class OtherVersion(sqlite3.DatabaseError):
    """The file was made by another version, which kept other things in it."""


def opened_file(path: Path, tables: str, *, version: int, busy_seconds: float) -> sqlite3.Connection:
    """
    Open the file, or make it with these tables, readable by this user only.

    Another process's transaction is waited for `busy_seconds`. Raises `OtherVersion`, `sqlite3.Error` and `OSError`.
    """
    path.touch(mode=0o600, exist_ok=True)
    database = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None)
    try:
        _prepare(database, tables, version, busy_seconds)
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """A transaction that holds the file's write lock from its beginning."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def _prepare(database: sqlite3.Connection, tables: str, version: int, busy_seconds: float) -> None:
    _write_ahead(database, busy_seconds)
    (found,) = database.execute("PRAGMA user_version").fetchone()
    if found not in (0, version):
        raise OtherVersion
    database.executescript(f"BEGIN IMMEDIATE; {tables} PRAGMA user_version = {version}; COMMIT;")


def _write_ahead(database: sqlite3.Connection, busy_seconds: float) -> None:
    """SQLite does not wait while somebody else who opens the new file changes its journal; this does."""
    until = time.monotonic() + busy_seconds
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(_PAUSE_SECONDS)
