# SPDX-License-Identifier: Apache-2.0
"""Reads a transcript into a new database. The file may come from anybody: nothing in it is believed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sealock_devkit.zendesk.judge.http import NotJson, strict_json
from sealock_devkit.zendesk.settings import BadSetting, Settings
from sealock_devkit.zendesk.store import Database
from sealock_devkit.zendesk.transcripts.checks import instant, number, text
from sealock_devkit.zendesk.transcripts.shape import (
    FORMAT,
    MAX_BYTES,
    MAX_LINE_BYTES,
    MAX_ROWS,
    PARTS,
    TABLES,
    VERSION,
    Table,
    Unfit,
    too_large,
)

NAME_CHARACTERS = 100
BY_NAME = {table.name: table for table in TABLES}
NO_TRANSCRIPT = "This is no transcript of a local Zendesk."
CONTRADICTS = "This transcript contradicts itself: two rows have one number, or one names another that is not in it."
CUT = "This transcript is cut: its end is missing. Have it sent again, or download it again."


@dataclass(frozen=True, slots=True)
class About:
    """What a transcript's first and last lines say of it."""

    of: str
    """`integration`, `account` or `ticket`; empty for all that happened."""
    number: int
    """Which one; 0 for all."""
    has_words: bool
    """Whether it has what people wrote."""
    subdomain: str
    written_at: str
    left_out: int = 0
    """How many calls it has not, the oldest, as there was no room for them."""

    @property
    def extent(self) -> str:
        """What it is of, in words."""
        return f"{PARTS[self.of]} {self.number}" if self.of else "all that happened"


def read_transcript(content: bytes, folder: Path) -> About:
    """
    Make a database in an empty folder from a transcript. May run in any thread.

    Raises `Unfit` for what is too large, cut, of another version, or not as a transcript is; the database is then
    of no use.
    """
    if len(content) > MAX_BYTES:
        raise Unfit(too_large())
    lines = _lines(content)
    about = _beginning(next(lines, (0, b""))[1])
    database = Database(folder)
    try:
        with database.transaction():
            return _fill(database, lines, about)
    except sqlite3.IntegrityError:
        raise Unfit(CONTRADICTS) from None
    except sqlite3.Error:
        raise Unfit("This transcript cannot be read into a database.") from None
    finally:
        database.close()


def _lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines with their numbers; none is copied before its length is known."""
    start, count = 0, 0
    while start < len(content):
        end = content.find(b"\n", start)
        end = len(content) if end < 0 else end
        count += 1
        if end - start > MAX_LINE_BYTES or count > MAX_ROWS:
            raise Unfit(f"This is no transcript: line {count} is too long, or there are too many.")
        yield count, content[start:end]
        start = end + 1


def _beginning(line: bytes) -> About:
    try:
        said: Any = strict_json(line)
    except NotJson:
        raise Unfit(NO_TRANSCRIPT) from None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise Unfit(NO_TRANSCRIPT)
    version = said.get("version")
    if version != VERSION or type(version) is not int:
        which = "a newer" if type(version) is int and version > VERSION else "another"
        raise Unfit(f"This transcript was written by {which} version of the local Zendesk: open it with that one.")
    of: Any = said.get("of")
    words: Any = said.get("words")
    subdomain: Any = said.get("subdomain")
    written_at: Any = said.get("written_at")
    known = isinstance(of, dict) and of.get("kind") in ("", *PARTS) and number(of.get("number"))
    if not (known and isinstance(words, bool) and text(subdomain) and instant(written_at)):
        raise Unfit("The first line of this transcript does not say what it is of.")
    return About(of["kind"], of["number"], words, subdomain[:NAME_CHARACTERS], written_at)


class _Names:
    """Which integrations and accounts there are, for rows that name them without the database's minding it."""

    def __init__(self) -> None:
        self._known: dict[str, set[int]] = {"integration_id": set(), "account_id": set()}

    def learn(self, table: str, row: Mapping[str, Any]) -> None:
        if table in ("integrations", "accounts"):
            self._known[f"{table[:-1]}_id"].add(row["id"])

    def are_known(self, row: Mapping[str, Any]) -> bool:
        return all(row.get(name) is None or row[name] in known for name, known in self._known.items())


def _fill(database: Database, lines: Iterator[tuple[int, bytes]], about: About) -> About:
    counts, names = dict.fromkeys(BY_NAME, 0), _Names()
    for place, line in lines:
        name, row = _row(place, line)
        if name == "end":
            return _ended(lines, about, row, counts)
        table = BY_NAME[name]
        wrong = _wrong(table, row) or ("" if names.are_known(row) else "account_id")
        if wrong:
            raise Unfit(f"Line {place} of this transcript is not as it should be: {name}, {wrong}.")
        names.learn(name, row)
        database.insert(name, **row, **_filled_in(name, row))
        counts[name] += 1
    raise Unfit(CUT)


def _row(place: int, line: bytes) -> tuple[str, dict[str, Any]]:
    try:
        said = strict_json(line)
    except NotJson:
        raise Unfit(f"This transcript is cut or damaged: line {place} is not JSON.") from None
    if isinstance(said, dict) and len(said) == 1:
        [(name, row)] = said.items()
        if isinstance(row, dict) and (name in BY_NAME or name == "end"):
            return name, row
    raise Unfit(f"Line {place} of this transcript is not as it should be.")


def _wrong(table: Table, row: Mapping[str, Any]) -> str:
    """The column that is not as it should be; empty when all are."""
    if set(row) != set(table.columns):
        return "its columns"
    if table.name == "settings":
        return "" if _is_setting(row) else "value"
    return next((name for name, check in table.columns.items() if not check(row[name])), "")


def _is_setting(row: Mapping[str, Any]) -> bool:
    try:
        Settings().changed({row["name"]: strict_json(row["value"].encode())})
    except (BadSetting, NotJson, AttributeError, TypeError):
        return False
    return True


def _filled_in(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """What a transcript does not have and a table needs."""
    if name == "apps":
        return {"logo": b""}
    return {"token": str(row["id"]), "storage_key": str(row["id"])} if name == "files" else {}


def _ended(
    lines: Iterator[tuple[int, bytes]], about: About, said: Mapping[str, Any], counts: Mapping[str, int]
) -> About:
    left_out: Any = said.get("left_out")
    if {**counts, "left_out": left_out} != said or not number(left_out):
        raise Unfit("This transcript is damaged: it has not the rows that its end tells of.")
    if next(lines, None) is not None:
        raise Unfit("This transcript goes on after its end.")
    return replace(about, left_out=left_out)
