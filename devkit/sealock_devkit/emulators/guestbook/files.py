# SPDX-License-Identifier: Apache-2.0
"""
The files of entries: kept beside them in the same SQLite file, and by HTTP.

The owner brings and fetches them, everybody sees those of entries.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field

from falcon import HTTP_NO_CONTENT, HTTPNotFound
from falcon.asgi import Request, Response

from sealock_devkit.guarded_files import POLICY, disposition

MAX_FILE_BYTES = 10_000_000
MAX_FILES = 5
MAX_VISITORS_FILE_BYTES = 5_000_000
MAX_VISITORS_FILES = 3
MAX_NAME_CHARS = 255
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
TYPES = PICTURES | {"application/pdf", "text/plain"}

PROTECTION = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "private, max-age=3600",
}

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
_TAKEN = "only pictures (PNG, JPEG, GIF, WebP), PDF and plain text are"


class BadEntry(Exception):
    """An entry or a file that is not taken: `field` names what is wrong with it, `problem` says so in a sentence."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


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


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that a visitor brings with an entry. Neither its name nor its type is to be believed."""

    name: str
    content_type: str
    data: bytes = field(repr=False)


class Files:
    """The files. A file waits under its key until an entry takes it; until then a repeat replaces it."""

    def __init__(self, rows: sqlite3.Connection) -> None:
        self._rows = rows
        rows.executescript(SCHEMA)

    def put(self, key: str, *, name: str, content_type: str, data: bytes) -> None:
        """Keep a file. Raises `BadEntry` for one that is not taken."""
        if not _KEY.fullmatch(key):
            raise BadEntry("key", "This must be 8 to 80 lower-case letters, digits and hyphens.")
        if not _is_name(name):
            raise BadEntry("name", "This is not a name for a file.")
        if content_type not in TYPES:
            raise BadEntry("file", f"Files of this type are not taken: {_TAKEN}.")
        if len(data) > MAX_FILE_BYTES:
            raise BadEntry("file", f"This is too large: at most {MAX_FILE_BYTES:,} bytes.")
        self._rows.execute(
            "INSERT INTO files (key, name, content_type, data) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE "
            "SET name = excluded.name, content_type = excluded.content_type, data = excluded.data WHERE entry IS NULL",
            (key, name, content_type, data),
        )

    def check_visitors(self, files: Sequence[NewFile]) -> None:
        """Raises `BadEntry`, in words for the page, unless a visitor may bring these."""
        if len(files) > MAX_VISITORS_FILES:
            raise BadEntry("files", f"These are too many files: at most {MAX_VISITORS_FILES}.")
        for file in files:
            if not _is_name(file.name):
                raise BadEntry("files", "A file has a name that cannot be used here.")
            if file.content_type not in TYPES:
                raise BadEntry("files", f"“{file.name}” is not taken: {_TAKEN}.")
            if len(file.data) > MAX_VISITORS_FILE_BYTES:
                raise BadEntry("files", f"“{file.name}” is too large: at most {MAX_VISITORS_FILE_BYTES:,} bytes.")

    def keep(self, files: Sequence[NewFile], entry: int) -> None:
        """Keep what a visitor brought with an entry, under keys that nobody can guess."""
        self._rows.executemany(
            "INSERT INTO files (key, name, content_type, data, entry) VALUES (?, ?, ?, ?, ?)",
            [(secrets.token_hex(16), file.name, file.content_type, file.data, entry) for file in files],
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

    def delete_of(self, entry: int) -> None:
        """Take the files of an entry away."""
        self._rows.execute("DELETE FROM files WHERE entry = ?", (entry,))

    def read(self, key: str) -> tuple[StoredFile, bytes] | None:
        """A file that an entry has, and its bytes."""
        query = "SELECT key, name, content_type, length(data), data FROM files WHERE key = ? AND entry IS NOT NULL"
        row = self._rows.execute(query, (key,)).fetchone()
        return None if row is None else (StoredFile(*row[:4]), row[4])


def _is_name(name: str) -> bool:
    return 0 < len(name) <= MAX_NAME_CHARS and name.isprintable() and "/" not in name


class OwnersFile:
    """
    `/api/files/{key}`: PUT brings a file for an entry that is posted afterwards, under a key of the caller's; GET gives
    a file that an entry has.
    """

    def __init__(self, files: Files) -> None:
        self._files = files

    async def on_put(self, req: Request, resp: Response, key: str) -> None:
        """Keep the body as a file with the given `name`. A repeat under the same key replaces it."""
        name = req.get_param("name", required=True)
        data = bytearray()
        while len(data) <= MAX_FILE_BYTES and (part := await req.stream.read(65_536)):
            data += part
        content_type = (req.content_type or "").partition(";")[0].strip().lower()
        self._files.put(key, name=name, content_type=content_type, data=bytes(data))
        resp.status = HTTP_NO_CONTENT

    async def on_get(self, _: Request, resp: Response, key: str) -> None:
        """The file's bytes, with its name in Content-Disposition."""
        found = self._files.read(key)
        if found is None:
            raise HTTPNotFound
        _give(resp, *found, shown=False)


class FilePage:
    """`/files/{key}/{name}`: a file of an entry."""

    def __init__(self, files: Files) -> None:
        self._files = files

    async def on_get(self, _: Request, resp: Response, key: str, name: str) -> None:
        """The file; pictures are shown, all others are downloaded."""
        found = self._files.read(key)
        if found is None or found[0].name != name:
            raise HTTPNotFound
        _give(resp, *found, shown=found[0].is_picture)


def _give(resp: Response, file: StoredFile, data: bytes, *, shown: bool) -> None:
    resp.data = data
    resp.content_type = file.content_type
    resp.set_headers(PROTECTION)
    resp.set_header("Content-Disposition", disposition(file.name, shown=shown))
