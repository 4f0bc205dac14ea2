# SPDX-License-Identifier: Apache-2.0
"""Hints in a SQLite file: those of accounts, and those of origin accounts that nobody watches. All in transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

from sealock_edge.store.names import digest
from sealock_edge.store.store import HINT_SECONDS, MOST_HINTS, MOST_OFFERED, MOST_UNWATCHED, Hint

_UNWATCHED: Final = "unwatched:"
"""Before an origin account's name in the column `waits_for`, where else an account's is."""


def told(database: sqlite3.Connection, waits_for: str, hints: Sequence[Hint], now: float) -> int:
    """A webhook told these. How many older ones went for them."""
    database.execute("DELETE FROM hints WHERE waits_for = ? AND until <= ?", (waits_for, now))
    (last,) = database.execute("SELECT MAX(number) FROM hints WHERE waits_for = ?", (waits_for,)).fetchone()
    database.executemany(
        "INSERT INTO hints (waits_for, id, number, sealed, until) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (waits_for, id) DO UPDATE SET sealed = excluded.sealed, until = excluded.until, read_for = ''"
        " WHERE sealed <> excluded.sealed",
        [
            (waits_for, hint.id, number, hint.sealed, now + HINT_SECONDS)
            for number, hint in enumerate(hints, (last or 0) + 1)
        ],
    )
    return database.execute(
        "DELETE FROM hints WHERE waits_for = ?1 AND number <= (SELECT number FROM hints WHERE waits_for = ?1"
        " ORDER BY number DESC LIMIT 1 OFFSET ?2)",
        (waits_for, MOST_HINTS),
    ).rowcount


def told_unwatched(database: sqlite3.Connection, watched: str, hints: Sequence[Hint], now: float) -> int:
    """The same of an origin account that nobody watches."""
    database.execute(
        "INSERT INTO unwatched VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET told_at = excluded.told_at",
        (watched, now),
    )
    (names,) = database.execute("SELECT COUNT(*) FROM unwatched").fetchone()
    if names > MOST_UNWATCHED:
        oldest = "SELECT name FROM unwatched WHERE name <> ? ORDER BY told_at LIMIT ?"
        _unwatched_gone(database, database.execute(oldest, (watched, names - MOST_UNWATCHED)).fetchall())
    return told(database, _UNWATCHED + watched, hints, now)


def adopted(database: sqlite3.Connection, account: str, watched: str, now: float) -> int:
    """The account watches from now on: it gets what was told while nobody did. How many of its own went for them."""
    if not watched:
        return 0
    waiting = database.execute(
        "SELECT id, sealed FROM hints WHERE waits_for = ? AND until > ? ORDER BY number", (_UNWATCHED + watched, now)
    ).fetchall()
    return told(database, account, [Hint(*each) for each in waiting], now) if waiting else 0


def offered(database: sqlite3.Connection, account: str, now: float) -> tuple[Hint, ...]:
    """At most `MOST_OFFERED`; where more wait, those after the last one that was given, and round again."""
    waiting = "SELECT number, id, sealed FROM hints WHERE waits_for = ? AND until > ? ORDER BY number LIMIT ?"
    hints = database.execute(waiting, (account, now, MOST_OFFERED + 1)).fetchall()
    if len(hints) > MOST_OFFERED:
        hints = database.execute(
            "SELECT number, id, sealed FROM hints WHERE waits_for = ?1 AND until > ?2 ORDER BY"
            " number <= (SELECT given FROM accounts WHERE name = ?1), number LIMIT ?3",
            (account, now, MOST_OFFERED),
        ).fetchall()
        database.execute("UPDATE accounts SET given = ? WHERE name = ?", (hints[-1][0], account))
    return tuple(Hint(each, sealed) for _, each, sealed in hints)


def read_for(database: sqlite3.Connection, account: str, read: Iterable[Hint], state: str) -> None:
    """They go when Zendesk has this state."""
    database.executemany(
        "UPDATE hints SET read_for = ? WHERE waits_for = ? AND id = ? AND sealed = ?",
        [(digest(state), account, *hint) for hint in read],
    )


def arrived(database: sqlite3.Connection, account: str, state: str) -> None:
    """Zendesk has this state."""
    database.execute("DELETE FROM hints WHERE waits_for = ? AND read_for = ?", (account, digest(state)))


def gone(database: sqlite3.Connection, account: str, read: Iterable[Hint]) -> None:
    """Nobody needs them any more."""
    database.executemany(
        "DELETE FROM hints WHERE waits_for = ? AND id = ? AND sealed = ?", [(account, *hint) for hint in read]
    )


def forgotten(database: sqlite3.Connection, account: str) -> None:
    """The account is not known any more."""
    database.execute("DELETE FROM hints WHERE waits_for = ?", (account,))


def tidy(database: sqlite3.Connection, now: float) -> None:
    """Remove those whose time is over."""
    database.execute("DELETE FROM hints WHERE until <= ?", (now,))
    _unwatched_gone(
        database, database.execute("SELECT name FROM unwatched WHERE told_at <= ?", (now - HINT_SECONDS,)).fetchall()
    )


def _unwatched_gone(database: sqlite3.Connection, names: Sequence[tuple[str]]) -> None:
    for (name,) in names:
        database.execute("DELETE FROM unwatched WHERE name = ?", (name,))
        database.execute("DELETE FROM hints WHERE waits_for = ?", (_UNWATCHED + name,))
