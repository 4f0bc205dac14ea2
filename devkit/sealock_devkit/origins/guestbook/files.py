# SPDX-License-Identifier: Apache-2.0
"""The files of entries, beside them in the same SQLite file."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from sealock_devkit.origins.guestbook.bad_entry import BadEntry

MAX_FILE_BYTES = 10_000_000
MAX_FILES = 5
MAX_NAME_CHARS = 255
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
TYPES = PICTURES | {"application/pdf", "text/plain"}

SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
  key TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  content_type TEXT NOT NULL,
  data BLOB NOT NULL,
  entry INTEGER REFERENCES entries (id)
);
CREATE INDEX IF NOT EXISTS files_of_an_entry ON files (entry);
"""
_KEY = re.compile(r"[a-z0-9-]{8,80}", re.ASCII)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of an entry, without its bytes."""

    key: str
    name: str
    content_type: str
    size: int

    @property
    def is_picture(self) -> bool:
        """Whether a browser shows it in the page."""
        return self.content_type in PICTURES


class Files:
    """The files. A file waits under its key until an entry takes it; until then a repeat replaces it."""

    def __init__(self, rows: sqlite3.Connection) -> None:
        self._rows = rows
        rows.executescript(SCHEMA)

    def put(self, key: str, *, name: str, content_type: str, data: bytes) -> None:
        """Keep a file. Raises `BadEntry` for one that is not taken."""
        if not _KEY.fullmatch(key):
            raise BadEntry("key", "This must be 8 to 80 lower-case letters, digits and hyphens.")
        if not name or len(name) > MAX_NAME_CHARS or not name.isprintable() or "/" in name:
            raise BadEntry("name", "This is not a name for a file.")
        if content_type not in TYPES:
            raise BadEntry("file", "Files of this type are not taken: only pictures, PDF and plain text.")
        if len(data) > MAX_FILE_BYTES:
            raise BadEntry("file", f"This is too large: at most {MAX_FILE_BYTES:,} bytes.")
        self._rows.execute(
            "INSERT INTO files (key, name, content_type, data) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE "
            "SET name = excluded.name, content_type = excluded.content_type, data = excluded.data WHERE entry IS NULL",
            (key, name, content_type, data),
        )

    def check(self, keys: Sequence[str]) -> None:
        """Raises `BadEntry` unless all of these wait for an entry."""
        if len(keys) > MAX_FILES:
            raise BadEntry("files", f"These are too many: at most {MAX_FILES}.")
        for key in keys:
            if self._rows.execute("SELECT 1 FROM files WHERE key = ? AND entry IS NULL", (key,)).fetchone() is None:
                raise BadEntry("files", "A file does not exist, or belongs to another entry.")

    def attach(self, keys: Sequence[str], entry: int) -> None:
        """Give the files to an entry."""
        self._rows.executemany("UPDATE files SET entry = ? WHERE key = ?", [(entry, key) for key in keys])

    def of(self, entry: int) -> tuple[StoredFile, ...]:
        """The files of an entry, in the order in which they came."""
        found = self._rows.execute(
            "SELECT key, name, content_type, length(data) FROM files WHERE entry = ? ORDER BY rowid", (entry,)
        )
        return tuple(StoredFile(*row) for row in found)

    def read(self, key: str) -> tuple[StoredFile, bytes] | None:
        """A file that an entry has, and its bytes."""
        query = "SELECT key, name, content_type, length(data), data FROM files WHERE key = ? AND entry IS NOT NULL"
        row = self._rows.execute(query, (key,)).fetchone()
        return None if row is None else (StoredFile(*row[:4]), row[4])
