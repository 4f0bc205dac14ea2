# SPDX-License-Identifier: Apache-2.0
"""One SQLite file: its versions, its transactions, rows as values, and parts of long lists."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Generic, TypeVar

from sealock_devkit.zendesk.store.schema import VERSIONS

Record = TypeVar("Record")


class StoreUnusable(Exception):
    """The data folder cannot be used: another process has it, or a newer version wrote it."""


class Unknown(LookupError):
    """There is nothing of this number. The message says what was looked for."""


class Database:
    """
    The local Zendesk's memory, in `folder`. Raises `StoreUnusable`.

    What a transaction wrote survives the end of the process. Used by one process and from one thread.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(folder / "zendesk.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise StoreUnusable(f"another local Zendesk is using the folder {folder.name}") from None
        self._path = path = folder.absolute() / "zendesk.sqlite"
        self._connection = sqlite3.connect(path, isolation_level=None)
        path.chmod(0o600)
        self._connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "busy_timeout = 5000"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._open_transactions = 0
        try:
            self._migrate()
        except StoreUnusable:
            self.close()
            raise

    def _migrate(self) -> None:
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(VERSIONS):
            raise StoreUnusable("the data was written by a newer version of the local Zendesk")
        for number in range(version, len(VERSIONS)):
            script = f"BEGIN; {VERSIONS[number]}; PRAGMA user_version = {number + 1}; COMMIT;"
            self._connection.executescript(script)

    @contextmanager
    def snapshot(self) -> Generator[sqlite3.Connection]:
        """The data as it is when the block begins, for reading: in any thread, and beside what goes on."""
        connection = sqlite3.connect(f"{self._path.as_uri()}?mode=ro", uri=True, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("BEGIN")
            yield connection
        finally:
            connection.close()

    def close(self) -> None:
        """Close the file and let another process have it."""
        self._connection.close()
        os.close(self._lock)

    @contextmanager
    def transaction(self) -> Generator[None]:
        """All or nothing. Inside another one it is a part of that."""
        if self._open_transactions:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        self._open_transactions += 1
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        else:
            self._connection.execute("COMMIT")
        finally:
            self._open_transactions -= 1

    def run(self, sql: str, *values: Any) -> int:
        """Run one statement; the number of rows that it touched."""
        return self._connection.execute(sql, values).rowcount

    def insert(self, table: str, **values: Any) -> int:
        """Add a row; its id."""
        names = ", ".join(values)
        placeholders = ", ".join("?" * len(values))
        sql = f"INSERT INTO {table} ({names}) VALUES ({placeholders})"  # noqa: S608 - names come from this package's code
        return int(self._connection.execute(sql, tuple(values.values())).lastrowid or 0)

    def update(self, table: str, row_id: int, **values: Any) -> None:
        """Change columns of the row with this id."""
        columns = ", ".join(f"{name} = ?" for name in values)
        sql = f"UPDATE {table} SET {columns} WHERE id = ?"  # noqa: S608 - names come from this package's code
        self._connection.execute(sql, (*values.values(), row_id))

    def one(self, kind: type[Record], sql: str, *values: Any) -> Record | None:
        """The first row as a record."""
        row = self._connection.execute(sql, values).fetchone()
        return None if row is None else as_record(kind, row)

    def all(self, kind: type[Record], sql: str, *values: Any) -> list[Record]:
        """All rows as records."""
        return [as_record(kind, row) for row in self._connection.execute(sql, values)]

    def rows(self, sql: str, *values: Any) -> Iterable[sqlite3.Row]:
        """All rows as they are."""
        return self._connection.execute(sql, values).fetchall()

    def beginning(self, table: str, column: str, row_id: int, count: int) -> bytes:
        """The first bytes of a value, without reading the rest of it."""
        with self._connection.blobopen(table, column, row_id, readonly=True) as blob:
            return blob.read(count)

    def number(self, sql: str, *values: Any) -> int:
        """The first column of the first row."""
        return int(self._connection.execute(sql, values).fetchone()[0] or 0)


def as_record(kind: type[Record], row: sqlite3.Row) -> Record:
    """A row as a dataclass of the same field names."""
    values = {field.name: row[field.name] for field in fields(kind)}  # type: ignore[arg-type]
    for field in fields(kind):  # type: ignore[arg-type]
        if field.type == "bool":
            values[field.name] = bool(values[field.name])
    return kind(**values)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a journal by its numbers: the newest ones, or those next to a number."""

    limit: int | None = None
    """At most so many; `None`: all."""
    before: int | None = None
    """The newest of those with a smaller number."""
    after: int | None = None
    """The oldest of those with a greater number."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A piece of SQL after WHERE, with its values."""

    sql: str
    values: Sequence[Any] = ()


def is_value(column: str, value: Any) -> list[Condition]:
    """The column has this value; nothing when none is asked for."""
    return [] if value is None else [Condition(f"{column} = ?", (value,))]


class Journal(Generic[Record]):
    """Rows with growing numbers: `select` without WHERE, `number` the SQL of a row's own number."""

    def __init__(self, database: Database, kind: type[Record], select: str, number: str) -> None:
        self._database = database
        self._kind = kind
        self._select = select
        self._number = number

    def find(self, conditions: Sequence[Condition], part: Part) -> list[Record]:
        """The rows of the part that meet all conditions, the oldest first."""
        where, values = self._where(conditions, part)
        oldest = part.after is not None
        sql = f"{self._select} WHERE {where} ORDER BY {self._number} {'ASC' if oldest else 'DESC'} LIMIT ?"
        rows = self._database.all(self._kind, sql, *values, -1 if part.limit is None else part.limit)
        return rows if oldest else rows[::-1]

    def count(self, conditions: Sequence[Condition], part: Part = Part()) -> int:
        """How many rows meet all conditions, before or after the part's number."""
        where, values = self._where(conditions, part)
        return self._database.number(f"SELECT COUNT(*) FROM ({self._select} WHERE {where})", *values)  # noqa: S608

    def _where(self, conditions: Sequence[Condition], part: Part) -> tuple[str, list[Any]]:
        bounds = []
        if part.before is not None:
            bounds.append(Condition(f"{self._number} < ?", (part.before,)))
        if part.after is not None:
            bounds.append(Condition(f"{self._number} > ?", (part.after,)))
        wanted = [*conditions, *bounds]
        where = " AND ".join(f"({each.sql})" for each in wanted) or "TRUE"
        return where, [value for each in wanted for value in each.values]
