# SPDX-License-Identifier: Apache-2.0
"""What the service did against the protocol."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sealock_devkit.zendesk.store.database import Database
from sealock_devkit.zendesk.store.selection import Condition, Journal, Part, is_value

SOURCES = ("schema", "protocol", "documented", "advice")
INDEX = re.compile(r"\[\d+\]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Violation:
    """One break of one rule. It never holds the value that broke it."""

    id: int
    integration_id: int | None
    account_id: int | None
    call_id: int | None
    endpoint: str
    path: str
    """Where in the answer: `external_resources[3].author.name`."""
    rule: str
    source: str
    """Who says so: `schema`, `documented`, `protocol` or `advice`."""
    detail: str
    found_at: str


@dataclass(frozen=True, slots=True)
class ViolationFilter:
    """Which violations are wanted; `None` for any."""

    account: int | None = None
    integration: int | None = None
    endpoint: str | None = None
    source: str | None = None
    call: int | None = None

    @property
    def conditions(self) -> list[Condition]:
        """For the database."""
        return [
            *is_value("account_id", self.account),
            *is_value("integration_id", self.integration),
            *is_value("endpoint", self.endpoint),
            *is_value("source", self.source),
            *is_value("call_id", self.call),
        ]


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """All violations of one rule at one place, whichever item of a list it was."""

    endpoint: str
    path: str
    """Without numbers: `external_resources[].author.name`."""
    rule: str
    source: str
    count: int
    first_at: str
    last: Violation


class ViolationStore:
    """Violations, the oldest first."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._journal = Journal(database, Violation, "SELECT * FROM violations", "id")

    def add(self, keep: int, **values: Any) -> None:
        """Remember a violation, values by column, and forget those beyond the newest `keep`."""
        number = self._database.insert("violations", **values)
        self._database.run("DELETE FROM violations WHERE id <= ?", number - keep)

    def all(self) -> list[Violation]:
        """All of them."""
        return self._database.all(Violation, "SELECT * FROM violations ORDER BY id")

    def find(self, wanted: ViolationFilter, part: Part) -> list[Violation]:
        """A part of the wanted violations, the oldest first."""
        return self._journal.find(wanted.conditions, part)

    def by_rule(self, wanted: ViolationFilter) -> list[BrokenRule]:
        """The wanted violations by what they break, the most frequent first."""
        return by_rule(self.find(wanted, Part()))

    def endpoints(self) -> list[str]:
        """Where there are violations."""
        rows = self._database.rows("SELECT DISTINCT endpoint FROM violations ORDER BY endpoint")
        return [row["endpoint"] for row in rows]

    def clear(self) -> None:
        """Forget them."""
        self._database.run("DELETE FROM violations")

    def count(self, wanted: ViolationFilter = ViolationFilter(), part: Part = Part()) -> int:  # noqa: B008
        """How many are wanted, before or after the part's number."""
        return self._journal.count(wanted.conditions, part)


def by_rule(violations: Iterable[Violation]) -> list[BrokenRule]:
    """Violations by what they break, the most frequent first."""
    groups: dict[tuple[str, str, str, str], list[Violation]] = {}
    for each in violations:
        key = (each.endpoint, INDEX.sub("[]", each.path), each.rule, each.source)
        groups.setdefault(key, []).append(each)
    rules = [BrokenRule(*key, len(found), found[0].found_at, found[-1]) for key, found in groups.items()]
    return sorted(rules, key=lambda rule: (-rule.count, -rule.last.id))
