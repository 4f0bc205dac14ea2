# SPDX-License-Identifier: Apache-2.0
"""Everything there is, in one SQLite file, and how it is found."""

from __future__ import annotations

import secrets
import sqlite3
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import orjson

from sealock_devkit.emulators.meta.records import (
    Account,
    AppSubscription,
    Code,
    Comment,
    Contact,
    Conversation,
    Delivery,
    Grant,
    InstagramAccount,
    Media,
    MediaComment,
    Message,
    OwnerSubscription,
    Page,
    Person,
    Post,
    StoredFile,
    Token,
)
from sealock_devkit.emulators.meta.settings import Clock, Faults, Settings

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


@dataclass(frozen=True, slots=True)
class AppKeys:
    """The app's ids and secrets. Instagram Login has a pair of its own."""

    app_id: str
    app_secret: str
    instagram_app_id: str
    instagram_app_secret: str

    def __repr__(self) -> str:
        return f"AppKeys(app_id={self.app_id!r})"


class Store:
    """The tables, the time, the app, the switches."""

    def __init__(self, file: Path | str, *, keys: AppKeys, clock: Clock, settings: Settings, faults: Faults) -> None:
        """Open the file, or `:memory:`. `base_url` is to be set once it is known where the emulator listens."""
        self.keys = keys
        self.clock = clock
        self.settings = settings
        self.faults = faults
        self.base_url = "http://127.0.0.1"
        self.changes = 0
        """Rises with everything that people could see on a page."""
        self.database = Database(file)
        table = self.database.table
        self.people = table("people", Person)
        self.pages = table("pages", Page)
        self.instagrams = table("instagrams", InstagramAccount)
        self.contacts = table("contacts", Contact)
        self.posts = table("posts", Post)
        self.comments = table("comments", Comment)
        self.media = table("media", Media)
        self.media_comments = table("media_comments", MediaComment)
        self.conversations = table("conversations", Conversation)
        self.messages = table("messages", Message)
        self.files = table("files", StoredFile)
        self.grants = table("grants", Grant)
        self.codes = table("codes", Code)
        self.tokens = table("tokens", Token)
        self.app_subscriptions = table("app_subscriptions", AppSubscription)
        self.owner_subscriptions = table("owner_subscriptions", OwnerSubscription)
        self.deliveries = table("deliveries", Delivery)

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    def now(self) -> float:
        """Unix seconds by the emulator's clock."""
        return self.clock.now()

    def changed(self) -> None:
        """Let open pages know that there is something new."""
        self.changes += 1

    def number(self, name: str, start: int) -> str:
        """The next id of a kind."""
        return str(self.database.count(name, start=start))

    def account(self, account_id: str) -> Account | None:
        """A Page or an Instagram account."""
        return self.pages.get(account_id) or self.instagrams.get(account_id)

    def accounts(self) -> list[Account]:
        """All Pages and Instagram accounts."""
        return [*self.pages, *self.instagrams]

    def contact(self, owner_id: str, person_id: str) -> Contact:
        """What a person is to a Page or Instagram account; made when they first meet."""
        key = f"{owner_id}:{person_id}"
        kind = "psid" if owner_id in self.pages else "igsid"
        start = 7_330_000_000_000_001 if kind == "psid" else 9_120_000_000_000_001
        found = self.contacts.get(key)
        return found or self.contacts.put(Contact(key, owner_id, person_id, self.number(kind, start)))

    def contact_by_scoped_id(self, scoped_id: str) -> Contact | None:
        """Whom a PSID or IGSID means."""
        return next((contact for contact in self.contacts if contact.scoped_id == scoped_id), None)

    def person_named(self, name: str) -> Person:
        """A person by name; a new one, if nobody is called so."""
        found = next((person for person in self.people if person.name == name), None)
        return found or self.add_person(name)

    def add_person(self, name: str, *, has_role: bool = False) -> Person:
        """Add a person, with a user name that nobody else has."""
        plain = "".join(each if each.isalnum() and each.isascii() else "." for each in name.lower()).strip(".")
        taken = {person.username for person in self.people} | {account.username for account in self.accounts()}
        username = plain or "somebody"
        while username in taken:
            username = f"{plain or 'somebody'}.{secrets.randbelow(10_000)}"
        number = self.number("person", 10_158_000_000_000_001)
        return self.people.put(Person(number, name, username, has_role=has_role))

    def keep_file(
        self, data: bytes, *, name: str, content_type: str, page_id: str = "", published: bool = True
    ) -> StoredFile:
        """Keep a file that somebody sent."""
        width, height = _picture_size(data)
        number = self.number("file", 122_100_000_000_001)
        self.database.keep(number, data)
        return self.files.put(
            StoredFile(number, name, content_type, len(data), width, height, published=published, page_id=page_id)
        )

    def permalink(self, host: str, path: str) -> str:
        """The address of a page for people: at `www.facebook.com` or `www.instagram.com`."""
        return f"{self.base_url}/{host}{path}"


def _picture_size(data: bytes) -> tuple[int, int]:
    """A PNG's or GIF's width and height; zeros for anything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    if data.startswith(b"GIF8") and len(data) >= 10:
        width, height = struct.unpack("<HH", data[6:10])
        return width, height
    return 0, 0
