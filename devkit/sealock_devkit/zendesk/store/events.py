# SPDX-License-Identifier: Apache-2.0
"""The outbox of event callbacks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sealock_devkit.zendesk.store.database import Database


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One event."""

    id: int
    integration_id: int
    type_id: str
    body: str
    """The event as it is sent, as JSON. It may hold metadata."""
    status: str
    """`waiting`, `delivered`, `failed`, or `unwanted` when the manifest has no event_callback_url."""
    created_at: str


class EventStore:
    """Events by number, in order."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, integration_id: int, body: dict[str, Any], *, status: str, now: str, keep: int) -> None:
        """Put an event at the end, and forget settled ones beyond the newest `keep`."""
        number = self._database.insert(
            "events",
            integration_id=integration_id,
            type_id=body["type_id"],
            body=json.dumps(body, ensure_ascii=False),
            status=status,
            created_at=now,
        )
        self._database.run("DELETE FROM events WHERE id <= ? AND status != 'waiting'", number - keep)

    def waiting(self, integration_id: int, limit: int) -> list[EventRecord]:
        """The events to send next."""
        sql = "SELECT * FROM events WHERE integration_id = ? AND status = 'waiting' ORDER BY id LIMIT ?"
        return self._database.all(EventRecord, sql, integration_id, limit)

    def waiting_integrations(self) -> list[int]:
        """The integrations that have events to get."""
        rows = self._database.rows("SELECT DISTINCT integration_id FROM events WHERE status = 'waiting'")
        return [row["integration_id"] for row in rows]

    def settle(self, events: list[EventRecord], status: str) -> None:
        """Say what became of events."""
        with self._database.transaction():
            for event in events:
                self._database.update("events", event.id, status=status)

    def all(self, limit: int) -> list[EventRecord]:
        """The newest events, in order."""
        rows = self._database.all(EventRecord, "SELECT * FROM events ORDER BY id DESC LIMIT ?", limit)
        return rows[::-1]

    def waiting_count(self) -> int:
        """How many are to be sent."""
        return self._database.number("SELECT COUNT(*) FROM events WHERE status = 'waiting'")
