# SPDX-License-Identifier: Apache-2.0
"""Which rows of a journal are wanted, and which part of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sealock_devkit.zendesk.store.database import Database

Record = TypeVar("Record")


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
