# SPDX-License-Identifier: Apache-2.0
"""What the service did against the protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sealock_devkit.zendesk.store.database import Database


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


class ViolationStore:
    """Violations, the oldest first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, keep: int, **values: Any) -> None:
        """Remember a violation, values by column, and forget those beyond the newest `keep`."""
        number = self._database.insert("violations", **values)
        self._database.run("DELETE FROM violations WHERE id <= ?", number - keep)

    def all(self) -> list[Violation]:
        """All of them."""
        return self._database.all(Violation, "SELECT * FROM violations ORDER BY id")

    def clear(self) -> None:
        """Forget them."""
        self._database.run("DELETE FROM violations")

    def count(self) -> int:
        """How many there are."""
        return self._database.number("SELECT COUNT(*) FROM violations")
