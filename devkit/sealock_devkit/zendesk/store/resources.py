# SPDX-License-Identifier: Apache-2.0
"""Which external resources were imported, and those that were accepted and are not converted yet."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sealock_devkit.zendesk.store.database import Database


@dataclass(frozen=True, slots=True)
class ResourceRecord:
    """An external id that was seen."""

    scope: str
    external_id: str
    request_id: str
    """The request that brought it first."""
    ticket_id: int | None
    """`None` until it is converted."""
    comment_id: int | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """An accepted resource that waits for conversion."""

    id: int
    account_id: int
    request_id: str
    resource: str
    """As it came, as JSON. Empty for the mark at the end of a pull that holds only the new state."""
    state_after: str | None


class ResourceStore:
    """External ids, and the queue before conversion."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, scope: str, external_id: str) -> ResourceRecord | None:
        """What is known about an external id."""
        sql = "SELECT * FROM resources WHERE scope = ? AND external_id = ?"
        return self._database.one(ResourceRecord, sql, scope, external_id)

    def claim(self, scope: str, external_id: str, request_id: str) -> bool:
        """Remember an external id; false when it was known already."""
        sql = "INSERT OR IGNORE INTO resources (scope, external_id, request_id) VALUES (?, ?, ?)"
        return self._database.run(sql, scope, external_id, request_id) == 1

    def link_comment(self, scope: str, external_id: str, ticket_id: int, comment_id: int) -> None:
        """Say which comment a claimed external id became."""
        sql = "UPDATE resources SET ticket_id = ?, comment_id = ? WHERE scope = ? AND external_id = ?"
        self._database.run(sql, ticket_id, comment_id, scope, external_id)

    def forget(self, scope: str, external_id: str) -> None:
        """Let an external id arrive again, as it became nothing."""
        self._database.run("DELETE FROM resources WHERE scope = ? AND external_id = ?", scope, external_id)

    def of_ticket(self, ticket_id: int) -> list[ResourceRecord]:
        """A ticket's resources by end users, in the order of their comments."""
        sql = """SELECT resources.* FROM resources JOIN comments ON comments.id = comment_id
                 WHERE resources.ticket_id = ? AND user_id IS NOT NULL ORDER BY comment_id"""
        return self._database.all(ResourceRecord, sql, ticket_id)

    def ways(self, ticket_id: int) -> dict[int, str]:
        """How each comment of a ticket that came from the origin came, by its number: `pull` or `push`."""
        sql = """SELECT comment_id, kind FROM resources JOIN calls ON calls.request_id = resources.request_id
                 WHERE resources.ticket_id = ? AND comment_id IS NOT NULL AND kind IN ('pull', 'push')"""
        return {row["comment_id"]: row["kind"] for row in self._database.rows(sql, ticket_id)}

    def newest(self, external_id: str) -> ResourceRecord | None:
        """The newest comment that an external id became, whoever brought it; `None` while it became none."""
        sql = """SELECT * FROM resources WHERE external_id = ? AND comment_id IS NOT NULL
                 ORDER BY comment_id DESC LIMIT 1"""
        return self._database.one(ResourceRecord, sql, external_id)

    def queue(self, account_id: int, request_id: str, resource: dict[str, Any]) -> None:
        """Put an accepted resource at the end of the queue."""
        body = json.dumps(resource, ensure_ascii=False)
        self._database.insert("arrivals", account_id=account_id, request_id=request_id, resource=body)

    def queue_state(self, account_id: int, request_id: str, state: str) -> None:
        """Put a state behind the resources that it belongs to."""
        values = {"account_id": account_id, "request_id": request_id, "resource": "", "state_after": state}
        self._database.insert("arrivals", **values)

    def waiting(self, limit: int) -> list[Arrival]:
        """The queue's head."""
        return self._database.all(Arrival, "SELECT * FROM arrivals ORDER BY id LIMIT ?", limit)

    def done(self, arrival_id: int) -> None:
        """Take an arrival out of the queue."""
        self._database.run("DELETE FROM arrivals WHERE id = ?", arrival_id)

    def waiting_count(self) -> int:
        """The queue's length."""
        return self._database.number("SELECT COUNT(*) FROM arrivals")
