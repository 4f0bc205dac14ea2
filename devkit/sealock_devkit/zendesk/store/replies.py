# SPDX-License-Identifier: Apache-2.0
"""Agents' replies on their way to the origin."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from sealock_devkit.zendesk.store.database import Database, Unknown


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of the service for a reply."""

    at: str
    status: int | None
    """The HTTP status; `None` when no answer came."""
    outcome: str
    """In words: `delivered`, `HTTP 503`, `timeout`, ..."""
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Reply:
    """A channelback: what is sent, and how far it got."""

    id: int
    account_id: int
    ticket_id: int
    comment_id: int
    request_unique_identifier: str
    """The same in every repetition."""
    parent_id: str | None
    thread_id: str | None
    recipient_id: str | None
    status: str
    """`waiting`, `delivered` or `failed`."""
    attempts: str
    """A JSON array of attempts."""
    external_id: str
    """The service's id of the posted reply."""
    problem: str
    """What the agent reads when it failed."""
    created_at: str
    finished_at: str | None

    @property
    def tries(self) -> list[Attempt]:
        """The attempts so far."""
        return [Attempt(**attempt) for attempt in json.loads(self.attempts)]


class ReplyStore:
    """Replies by number and by comment."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, **values: Any) -> Reply:
        """Remember a new reply; values by column."""
        return self.get(self._database.insert("replies", **values))

    def get(self, number: int) -> Reply:
        """The reply of this number. Raises `Unknown`."""
        reply = self._database.one(Reply, "SELECT * FROM replies WHERE id = ?", number)
        if reply is None:
            raise Unknown(f"there is no reply {number}")
        return reply

    def by_comment(self, comment_id: int) -> Reply | None:
        """The reply that a comment is sent as."""
        return self._database.one(Reply, "SELECT * FROM replies WHERE comment_id = ?", comment_id)

    def by_external_id(self, account_id: int, external_id: str) -> Reply | None:
        """The newest reply of an account that the service gave this id."""
        sql = "SELECT * FROM replies WHERE account_id = ? AND external_id = ? ORDER BY id DESC LIMIT 1"
        return self._database.one(Reply, sql, account_id, external_id)

    def all(self, status: str | None = None) -> list[Reply]:
        """All replies, the oldest first."""
        return self._database.all(Reply, "SELECT * FROM replies WHERE status = COALESCE(?, status) ORDER BY id", status)

    def add_attempt(self, reply: Reply, attempt: Attempt) -> Reply:
        """Remember a call."""
        attempts = json.dumps([*(asdict(each) for each in reply.tries), asdict(attempt)])
        self._database.update("replies", reply.id, attempts=attempts)
        return self.get(reply.id)

    def finish(self, number: int, **values: Any) -> Reply:
        """Remember how it ended."""
        self._database.update("replies", number, **values)
        return self.get(number)

    def count(self, status: str) -> int:
        """How many are `waiting`, `delivered` or `failed`."""
        return self._database.number("SELECT COUNT(*) FROM replies WHERE status = ?", status)
