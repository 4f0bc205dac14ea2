# SPDX-License-Identifier: Apache-2.0
"""The journal of HTTP calls. Secrets are dots before they get here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sealock_devkit.zendesk.store.database import Database


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call, of the service or by it."""

    id: int
    kind: str
    """
    Calls of the service: `manifest`, `admin_ui`, `pull`, `channelback`, `event_callback`, `file`,
    `clickthrough` or `healthcheck`. Calls that it made: `push`, `validate_token`, `report_error` or `attachment`.
    """
    integration_id: int | None
    account_id: int | None
    request_id: str
    method: str
    url: str
    """Without the values of its query."""
    sent: str
    """The form's or body's fields as a JSON array of pairs, secrets as dots; for events their kinds."""
    status: int | None
    answer: str
    """The beginning of a JSON answer, secrets as dots; for other answers their type and size."""
    problem: str
    fault: str
    """The fault that was switched on for it."""
    milliseconds: float
    started_at: str


class CallStore:
    """Calls by number."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, keep: int, **values: Any) -> int:
        """Remember a call and forget those beyond the newest `keep`; its number."""
        number = self._database.insert("calls", **values)
        self._database.run("DELETE FROM calls WHERE id <= ?", number - keep)
        return number

    def all(self, *, kind: str | None = None, account_id: int | None = None, limit: int = 100) -> list[CallRecord]:
        """The newest calls, in order."""
        sql = """SELECT * FROM calls WHERE kind = COALESCE(?, kind)
                 AND (? IS NULL OR account_id = ?) ORDER BY id DESC LIMIT ?"""
        return self._database.all(CallRecord, sql, kind, account_id, account_id, limit)[::-1]
