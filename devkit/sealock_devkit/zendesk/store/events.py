# SPDX-License-Identifier: Apache-2.0
"""The outbox of event callbacks, and which call delivered what."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sealock_devkit.zendesk.store.database import Condition, Database, Journal, Part, is_value
from sealock_devkit.zendesk.store.journal import CallRecord

SELECT = """SELECT events.*, (SELECT MAX(call_id) FROM deliveries WHERE event_id = events.id) AS call_id FROM events"""
STATUSES = ("waiting", "delivered", "failed", "unwanted")


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One event."""

    id: int
    integration_id: int
    account_id: int | None
    """`None` for what happens to a whole integration."""
    type_id: str
    body: str
    """The event as it is sent, as JSON. It may hold metadata."""
    status: str
    """`waiting`, `delivered`, `failed`, or `unwanted` when the manifest has no event_callback_url."""
    created_at: str
    call_id: int | None
    """The last call that brought it, or tried to."""


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are wanted; `None` for any."""

    account: int | None = None
    integration: int | None = None
    kind: str | None = None
    status: str | None = None

    @property
    def conditions(self) -> list[Condition]:
        """What the wanted events meet, as SQL."""
        return [
            *is_value("events.account_id", self.account),
            *is_value("events.integration_id", self.integration),
            *is_value("type_id", self.kind),
            *is_value("events.status", self.status),
        ]


class EventStore:
    """Events by number, in order."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._journal = Journal(database, EventRecord, SELECT, "events.id")
        self._batches = Journal(database, CallRecord, "SELECT * FROM calls", "id")

    def add(
        self, integration_id: int, account_id: int | None, body: dict[str, Any], *, status: str, now: str, keep: int
    ) -> None:
        """Put an event at the end, and forget settled ones beyond the newest `keep`."""
        number = self._database.insert(
            "events",
            integration_id=integration_id,
            account_id=account_id,
            type_id=body["type_id"],
            body=json.dumps(body, ensure_ascii=False),
            status=status,
            created_at=now,
        )
        self._database.run("DELETE FROM events WHERE id <= ? AND status != 'waiting'", number - keep)

    def waiting(self, integration_id: int, limit: int) -> list[EventRecord]:
        """The events to send next."""
        sql = f"{SELECT} WHERE integration_id = ? AND status = 'waiting' ORDER BY id LIMIT ?"
        return self._database.all(EventRecord, sql, integration_id, limit)

    def waiting_integrations(self) -> list[int]:
        """The integrations that have events to get."""
        rows = self._database.rows("SELECT DISTINCT integration_id FROM events WHERE status = 'waiting'")
        return [row["integration_id"] for row in rows]

    def settle(self, events: Sequence[EventRecord], status: str) -> None:
        """Say what became of events."""
        with self._database.transaction():
            for event in events:
                self._database.update("events", event.id, status=status)

    def delivered_by(self, call_id: int, events: Sequence[EventRecord]) -> None:
        """Say which call carried events, and in which order, whether it arrived or not."""
        with self._database.transaction():
            for position, event in enumerate(events, 1):
                self._database.insert("deliveries", call_id=call_id, position=position, event_id=event.id)

    def of_call(self, call_id: int) -> list[EventRecord]:
        """The events that a call carried, in its order."""
        sql = f"{SELECT} JOIN deliveries ON event_id = events.id WHERE deliveries.call_id = ? ORDER BY position"
        return self._database.all(EventRecord, sql, call_id)

    def find(self, wanted: EventFilter, part: Part) -> list[EventRecord]:
        """A part of the wanted events, the oldest first."""
        return self._journal.find(wanted.conditions, part)

    def count(self, wanted: EventFilter, part: Part = Part()) -> int:  # noqa: B008 - it is frozen
        """How many events are wanted, before or after the part's number."""
        return self._journal.count(wanted.conditions, part)

    def batches(self, wanted: EventFilter, part: Part) -> list[CallRecord]:
        """The calls that carried at least one of the wanted events, the oldest first."""
        return self._batches.find([_carries(wanted)], part)

    def batch_count(self, wanted: EventFilter, part: Part = Part()) -> int:  # noqa: B008 - it is frozen
        """How many calls carried wanted events, before or after the part's number."""
        return self._batches.count([_carries(wanted)], part)

    def kinds(self) -> list[str]:
        """The kinds of events that there are."""
        return [row["type_id"] for row in self._database.rows("SELECT DISTINCT type_id FROM events ORDER BY type_id")]

    def all(self, limit: int) -> list[EventRecord]:
        """The newest events, in order."""
        return self.find(EventFilter(), Part(limit))

    def waiting_count(self) -> int:
        """How many are to be sent."""
        return self._database.number("SELECT COUNT(*) FROM events WHERE status = 'waiting'")


def _carries(wanted: EventFilter) -> Condition:
    conditions = wanted.conditions
    where = " AND ".join(each.sql for each in conditions) or "TRUE"
    carried = f"SELECT deliveries.call_id FROM deliveries JOIN events ON events.id = event_id WHERE {where}"  # noqa: S608
    return Condition(f"id IN ({carried})", [value for each in conditions for value in each.values])
