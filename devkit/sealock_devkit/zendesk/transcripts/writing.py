# SPDX-License-Identifier: Apache-2.0
"""Writes a transcript: all that happened, or what concerns one channel, account or ticket."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

from sealock_devkit.zendesk.store import CallFilter, Database, Unknown
from sealock_devkit.zendesk.transcripts.masking import Row, scrubber, without_secrets, without_words
from sealock_devkit.zendesk.transcripts.shape import FORMAT, MAX_BYTES, PARTS, TABLES, VERSION, Table

CALLS_UNTIL = MAX_BYTES - 6 * 1024 * 1024
"""The oldest calls are left out of a transcript that would grow over this; what follows them needs the rest."""


class TooMuch(Exception):
    """It would be larger than what can be opened."""

    def __init__(self) -> None:
        most = MAX_BYTES // 1024 // 1024
        super().__init__(
            f"This would have more than {most} MB, and could not be opened again: take one account, or one ticket."
        )


@dataclass(frozen=True, slots=True)
class Extent:
    """What a transcript is of: `integration`, `account` or `ticket` with its number; with none, all that happened."""

    kind: str = ""
    number: int = 0

    @property
    def file_name(self) -> str:
        """What the file is called."""
        words = f"-{PARTS[self.kind]}-{self.number}" if self.kind else ""
        return f"transcript{words}.jsonl"

    @property
    def calls(self) -> CallFilter:
        """The calls that it has."""
        wanted: dict[str, Any] = {self.kind: self.number} if self.kind else {}
        return CallFilter(**wanted)


def write_transcript(
    database: Database, extent: Extent, out: IO[bytes], *, words: bool, subdomain: str, now: str
) -> dict[str, int]:
    """
    Write it as it is now, without secrets, and without what people wrote unless `words` is true.

    Returns how many rows of each kind it has, and how many calls had to be `left_out`. May run in any thread. Raises
    `Unknown`, `TooMuch`.
    """
    with database.snapshot() as connection:
        return _Writer(connection, extent, out, words=words).write({"subdomain": subdomain, "written_at": now})


OF_TICKETS = "ticket_id IN (SELECT id FROM these_tickets)"
BROUGHT = f"(SELECT request_id FROM resources WHERE {OF_TICKETS} AND request_id != '')"  # noqa: S608 - no values
OF_INTEGRATIONS = "integration_id IN (SELECT id FROM these_integrations)"
OF_ACCOUNTS = "account_id IN (SELECT id FROM these_accounts)"
OF_CALLS = "call_id IN (SELECT id FROM these_calls)"
PERSONS = f"""id IN (SELECT user_id FROM comments WHERE {OF_TICKETS}
  UNION SELECT requester_id FROM tickets WHERE id IN (SELECT id FROM these_tickets))"""  # noqa: S608
WHERE = {
    "settings": "TRUE",
    "integrations": "id IN (SELECT id FROM these_integrations)",
    "apps": OF_INTEGRATIONS,
    "accounts": "id IN (SELECT id FROM these_accounts)",
    "users": PERSONS,
    "tickets": "id IN (SELECT id FROM these_tickets)",
    "comments": OF_TICKETS,
    "files": f"comment_id IN (SELECT id FROM comments WHERE {OF_TICKETS})",  # noqa: S608
    "replies": OF_TICKETS,
    "resources": OF_TICKETS,
    "pulls": OF_ACCOUNTS,
    "events": OF_INTEGRATIONS,
    "violations": f"{OF_CALLS} OR {OF_INTEGRATIONS} OR integration_id IS NULL",
    "calls": "id IN (SELECT id FROM these_calls) ORDER BY id DESC",
    "deliveries": f"{OF_CALLS} AND event_id IN (SELECT id FROM these_events)",  # noqa: S608
}
"""Which rows of each table belong to it; of calls the newest come first."""
OF_ONE = {
    "account": {"events": OF_ACCOUNTS, "violations": f"{OF_CALLS} OR {OF_ACCOUNTS}"},
    "integration": {"violations": f"{OF_CALLS} OR {OF_INTEGRATIONS}"},
    "ticket": {
        "pulls": OF_CALLS,
        "events": f"json_extract(body, '$.data.request_id') IN {BROUGHT}",
        "violations": OF_CALLS,
    },
}
"""The same for a part of all, where it is another."""


CHOSEN = {
    "": {"integrations": "TRUE", "accounts": "TRUE", "tickets": "TRUE"},
    "integration": {"integrations": "id = ?", "accounts": "integration_id = ?", "tickets": "integration_id = ?"},
    "account": {
        "integrations": "id IN (SELECT integration_id FROM accounts WHERE id = ?)",
        "accounts": "id = ?",
        "tickets": "account_id = ?",
    },
    "ticket": {
        "integrations": "id IN (SELECT integration_id FROM tickets WHERE id = ?)",
        "accounts": "id IN (SELECT account_id FROM tickets WHERE id = ?)",
        "tickets": "id = ?",
    },
}
"""Whose rows these are."""


class _Writer:
    def __init__(self, connection: sqlite3.Connection, extent: Extent, out: IO[bytes], *, words: bool) -> None:
        self._connection = connection
        self._extent = extent
        self._out = out
        self._words = words
        self._size = 0
        self._where = {**WHERE, **OF_ONE.get(extent.kind, {})}
        self._choose()
        self._scrub = scrubber(self._secrets())
        self._named = {name: self._numbers(name) for name in ("integrations", "accounts", "tickets")}

    def write(self, about: Mapping[str, str]) -> dict[str, int]:
        of = {"kind": self._extent.kind, "number": self._extent.number}
        self._line({"format": FORMAT, "version": VERSION, "of": of, "words": self._words, **about}, MAX_BYTES)
        calls = len(self._numbers("calls"))
        counts = {table.name: self._table(table) for table in TABLES}
        counts["left_out"] = calls - counts["calls"]
        self._line({"end": counts}, 2 * MAX_BYTES)
        return counts

    def _choose(self) -> None:
        """Say in tables of this connection alone which integrations, accounts, tickets, calls and events it is of."""
        kind, number = self._extent.kind, self._extent.number
        for table, condition in CHOSEN[kind].items():
            self._keep(table, condition, *[number] * condition.count("?"))
        if kind and not self._numbers(f"{kind}s"):
            raise Unknown(f"there is no {kind} {number}")
        calls = self._extent.calls.conditions
        wanted = " AND ".join(f"({each.sql})" for each in calls) or "TRUE"
        self._keep("calls", wanted, *(value for each in calls for value in each.values))
        self._keep("events", self._where["events"])

    def _keep(self, table: str, condition: str, *values: Any) -> None:
        self._connection.execute(f"CREATE TEMP TABLE these_{table} (id INTEGER PRIMARY KEY)")
        self._connection.execute(f"INSERT INTO these_{table} SELECT id FROM {table} WHERE {condition}", values)  # noqa: S608

    def _numbers(self, table: str) -> set[int]:
        return {row["id"] for row in self._connection.execute(f"SELECT id FROM these_{table}")}  # noqa: S608

    def _secrets(self) -> list[str]:
        found = []
        for row in self._connection.execute("SELECT metadata, state, access_token, instance_push_id FROM accounts"):
            found += list(row)
        for row in self._connection.execute("SELECT token, storage_key FROM files"):
            found += list(row)
        return found

    def _table(self, table: Table) -> int:
        """Write its rows; how many there was room for. Raises `TooMuch` where all of them are needed."""
        columns, most = ", ".join(table.columns), CALLS_UNTIL if table.name == "calls" else MAX_BYTES
        sql = f"SELECT {columns} FROM {table.name} WHERE {self._where[table.name]}"  # noqa: S608 - no values in it
        count, full = 0, None
        for row in self._connection.execute(sql):
            if not self._line({table.name: self._clean(table, dict(row))}, most):
                full = dict(row).get("id", 0)
                break
            count += 1
        if full is not None and table.name != "calls":
            raise TooMuch
        if full is not None:
            self._connection.execute("DELETE FROM these_calls WHERE id <= ?", (full,))
        return count

    def _line(self, value: Mapping[str, Any], most: int) -> bool:
        line = self._scrub(json.dumps(value, ensure_ascii=False)).encode() + b"\n"
        if self._size + len(line) > most:
            return False
        self._out.write(line)
        self._size += len(line)
        return True

    def _clean(self, table: Table, row: Row) -> Row:
        """The row without what it must not tell, and without the numbers of rows that are not here."""
        clean = without_secrets(table.name, row)
        clean = clean if self._words else without_words(table.name, clean)
        for column, among in (
            ("integration_id", "integrations"),
            ("account_id", "accounts"),
            ("follow_up_of", "tickets"),
        ):
            if column in clean and clean[column] not in self._named[among]:
                optional = table.columns[column](None)
                clean[column] = None if optional else min(self._named[among])
        return clean
