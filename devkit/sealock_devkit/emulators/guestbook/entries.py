# SPDX-License-Identifier: Apache-2.0
"""The guestbook's entries, in one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sealock_devkit.emulators.guestbook.files import BadEntry, Files, NewFile, StoredFile

MAX_AUTHOR_CHARS = 80
MAX_TEXT_CHARS = 5_000

SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  parent INTEGER REFERENCES entries (id),
  thread INTEGER,
  author TEXT NOT NULL,
  author_id TEXT NOT NULL,
  text TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  by_owner INTEGER NOT NULL,
  mark TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS entries_in_order ON entries (created_at, id);
CREATE INDEX IF NOT EXISTS entries_of_a_thread ON entries (thread, id);
CREATE INDEX IF NOT EXISTS entries_by_mark ON entries (mark) WHERE mark <> '';
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `thread` is the id of the entry that began its conversation, its own for that one."""

    id: int
    parent: int | None
    thread: int
    author: str
    author_id: str
    text: str
    created_at: datetime
    """Whole seconds, so that several entries share one instant."""
    by_owner: bool
    mark: str
    """Whatever the owner's program put there to find the entry again."""
    files: tuple[StoredFile, ...] = ()


class Entries:
    """
    The entries of one guestbook. Ids and instants rise together, even when the clock goes back.

    Calls are short and block; use one object in one thread.
    """

    def __init__(self, file: Path | str, *, clock: Callable[[], datetime]) -> None:
        """Open the file, or `:memory:`; `clock` gives the present time, aware."""
        self._clock = clock
        self._rows = sqlite3.connect(file, isolation_level=None)
        self._rows.execute("PRAGMA journal_mode = WAL")
        self._rows.execute("PRAGMA synchronous = NORMAL")
        self._rows.executescript(SCHEMA)
        self.files = Files(self._rows)
        self.on_change: Callable[[int, str], None] | None = None
        """Called with an entry's id and `signed` or `deleted`, but not for the owner's own entries."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._rows.close()

    def now(self) -> datetime:
        """The instant that an entry written now would have."""
        (newest,) = self._rows.execute("SELECT coalesce(max(created_at), 0) FROM entries").fetchone()
        return datetime.fromtimestamp(max(newest, int(self._clock().timestamp())), tz=UTC)

    def add(
        self,
        *,
        author: str,
        author_id: str,
        text: str,
        parent: int | None = None,
        by_owner: bool = False,
        mark: str = "",
        files: Sequence[str] = (),
        brought: Sequence[NewFile] = (),
    ) -> Entry:
        """
        Write an entry, with the waiting files of these keys, or those that were brought; with files it needs no text.

        Raises `BadEntry` for a bad name, text or file, or a parent or file that does not exist.
        """
        author = _text("author", author, MAX_AUTHOR_CHARS)
        text = _text("text", text, MAX_TEXT_CHARS, may_be_empty=bool(files or brought))
        self.files.check(files)
        self.files.check_visitors(brought)
        thread = None if parent is None else self._thread_of(parent)
        values = (parent, thread, author, author_id, text, int(self.now().timestamp()), by_owner, mark)
        (number,) = self._rows.execute(
            "INSERT INTO entries (parent, thread, author, author_id, text, created_at, by_owner, mark) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            values,
        ).fetchone()
        if thread is None:
            self._rows.execute("UPDATE entries SET thread = id WHERE id = ?", (number,))
        self.files.attach(files, number)
        self.files.keep(brought, number)
        entry = self.get(number)
        assert entry is not None
        self._changed(entry, "signed")
        return entry

    def delete(self, number: int) -> bool:
        """Take an entry away with its files, and its whole conversation if it began one. False if there is none."""
        entry = self.get(number)
        if entry is None:
            return False
        gone = self.thread(number) if entry.thread == number else [entry]
        for each in gone:
            self.files.delete_of(each.id)
            self._rows.execute("DELETE FROM entries WHERE id = ?", (each.id,))
        self._changed(entry, "deleted")
        return True

    def get(self, number: int) -> Entry | None:
        """The entry of that id, if there is one."""
        return next(iter(self._select("WHERE id = ?", number)), None)

    def since(self, instant: datetime, *, after: int, limit: int) -> list[Entry]:
        """The entries at or after an instant, oldest first; those at that very instant only from the id `after` on."""
        seconds = instant.timestamp()
        return self._select(
            "WHERE created_at > ? OR (created_at = ? AND id > ?) ORDER BY created_at, id LIMIT ?",
            seconds,
            seconds,
            after,
            limit,
        )

    def marked(self, mark: str) -> list[Entry]:
        """The entries that carry the mark, oldest first."""
        return self._select("WHERE mark = ? AND mark <> '' ORDER BY id", mark)

    def threads(self, *, before: int, limit: int) -> list[list[Entry]]:
        """Conversations whose first entry has an id below `before`, newest first, each with its replies in order."""
        roots = self._select("WHERE thread = id AND id < ? ORDER BY id DESC LIMIT ?", before, limit)
        return [self.thread(root.id) for root in roots]

    def thread(self, number: int) -> list[Entry]:
        """A conversation in order, by the id of its first entry; empty if there is none."""
        return self._select("WHERE thread = ? ORDER BY id", number)

    def _changed(self, entry: Entry, change: str) -> None:
        if self.on_change is not None and not entry.by_owner:
            self.on_change(entry.id, change)

    def _thread_of(self, parent: int) -> int:
        answered = self.get(parent)
        if answered is None:
            raise BadEntry("parent", "The entry to answer does not exist.")
        return answered.thread

    def _select(self, condition: str, *values: object) -> list[Entry]:
        columns = "id, parent, thread, author, author_id, text, created_at, by_owner, mark"
        rows = self._rows.execute(f"SELECT {columns} FROM entries {condition}", values)  # noqa: S608
        found = [_entry(*row) for row in rows]
        return [replace(entry, files=self.files.of(entry.id)) for entry in found]


def _entry(  # noqa: PLR0917
    number: int,
    parent: int | None,
    thread: int,
    author: str,
    author_id: str,
    text: str,
    seconds: int,
    by_owner: int,
    mark: str,
) -> Entry:
    created_at = datetime.fromtimestamp(seconds, tz=UTC)
    return Entry(number, parent, thread, author, author_id, text, created_at, bool(by_owner), mark)


def _text(field: str, value: str, limit: int, *, may_be_empty: bool = False) -> str:
    """A field's text with plain line ends and nothing around it."""
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text and not may_be_empty:
        raise BadEntry(field, "This cannot be empty.")
    if len(text) > limit:
        raise BadEntry(field, f"This is too long: at most {limit:,} characters.")
    if any(ord(character) < 32 and character not in "\n\t" for character in text):
        raise BadEntry(field, "This holds characters that are not text.")
    return text
