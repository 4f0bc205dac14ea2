# SPDX-License-Identifier: Apache-2.0
"""Records in memory that are written through to one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import orjson

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  json BLOB NOT NULL,
  PRIMARY KEY (kind, id)
);
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS contents (id TEXT PRIMARY KEY, data BLOB NOT NULL);
"""


class Identified(Protocol):
    """A dataclass of JSON values with an id."""

    id: str


RecordT = TypeVar("RecordT", bound=Identified)


class Table(Generic[RecordT]):
    """The records of one kind, in the order in which they came. Change a record, then `put` it."""

    def __init__(self, connection: sqlite3.Connection, kind: str, record: type[RecordT]) -> None:
        self._connection = connection
        self._kind = kind
        self._records: dict[str, RecordT] = {}
        rows = connection.execute("SELECT id, json FROM records WHERE kind = ? ORDER BY rowid", (kind,))
        for key, content in rows:
            self._records[key] = record(**orjson.loads(content))

    def __iter__(self) -> Iterator[RecordT]:
        return iter(list(self._records.values()))

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, key: str) -> bool:
        return key in self._records

    def __getitem__(self, key: str) -> RecordT:
        return self._records[key]

    def get(self, key: str) -> RecordT | None:
        """The record of that id, if there is one."""
        return self._records.get(key)

    def put(self, record: RecordT) -> RecordT:
        """Add the record, or save what changed in it."""
        self._records[record.id] = record
        self._connection.execute(
            "INSERT INTO records (kind, id, json) VALUES (?, ?, ?) "
            "ON CONFLICT (kind, id) DO UPDATE SET json = excluded.json",
            (self._kind, record.id, orjson.dumps(record)),
        )
        return record

    def remove(self, key: str) -> None:
        """Forget the record."""
        self._records.pop(key, None)
        self._connection.execute("DELETE FROM records WHERE kind = ? AND id = ?", (self._kind, key))


class Database:
    """One file, or `:memory:`. Calls are short and block; use one object in one thread."""

    def __init__(self, file: Path | str) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def table(self, kind: str, record: type[RecordT]) -> Table[RecordT]:
        """The records of one kind."""
        return Table(self._connection, kind, record)

    def count(self, name: str, *, start: int) -> int:
        """The next number of a counter, from `start` on."""
        (value,) = self._connection.execute(
            "INSERT INTO counters (name, value) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            (name, start),
        ).fetchone()
        return int(value)

    def keep(self, key: str, data: bytes) -> None:
        """Keep a file's content."""
        self._connection.execute("INSERT OR REPLACE INTO contents (id, data) VALUES (?, ?)", (key, data))

    def content(self, key: str) -> bytes | None:
        """A file's content."""
        row = self._connection.execute("SELECT data FROM contents WHERE id = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])
