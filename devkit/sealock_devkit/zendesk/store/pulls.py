# SPDX-License-Identifier: Apache-2.0
"""How pulls went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sealock_devkit.zendesk.store.database import Database


@dataclass(frozen=True, slots=True)
class PullRecord:
    """One pull."""

    id: int
    account_id: int
    request_id: str
    started_at: str
    status: int | None
    """The HTTP status; `None` when no answer came."""
    received: int
    """How many resources were accepted."""
    duplicates: int
    """How many came that were known already."""
    milliseconds: float
    problem: str


class PullStore:
    """Pulls by account."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, keep: int, **values: Any) -> None:
        """Remember a pull, values by column, and forget those beyond the newest `keep`."""
        number = self._database.insert("pulls", **values)
        self._database.run("DELETE FROM pulls WHERE id <= ?", number - keep)

    def of_account(self, account_id: int, limit: int) -> list[PullRecord]:
        """An account's last pulls, the newest first."""
        sql = "SELECT * FROM pulls WHERE account_id = ? ORDER BY id DESC LIMIT ?"
        return self._database.all(PullRecord, sql, account_id, limit)
