# SPDX-License-Identifier: Apache-2.0
"""Accounts, and how their pulls went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sealock_devkit.zendesk.store.database import Database, Unknown


@dataclass(frozen=True, slots=True)
class Account:
    """An account that an administrator added."""

    id: int
    integration_id: int
    name: str
    metadata: str = field(repr=False)
    """As the service gave it; a secret."""
    state: str = field(repr=False)
    instance_push_id: str
    access_token: str = field(repr=False)
    active: bool
    paused: bool
    """Pulled only when asked to."""
    needs_update: bool
    """The service asked for the administrator."""
    interval_seconds: float | None
    """Its own pull interval; `None` for the setting's."""
    edits: int
    """How often an administrator saved it again."""
    pulls: int
    """How many pulls have ended, well or not."""
    failures: int
    """How many of the last pulls failed in a row."""
    refusals: int
    """How many of the last pulls were answered 401 in a row."""
    last_pull_at: str | None
    last_problem: str
    created_at: str
    deleted_at: str | None
    failing_since: str | None
    """When the first of those failed; `None` if the last one did not."""
    update_reason: str = ""
    """Why it needs an update, in the service's words; empty if it does not, or gave none."""
    update_since: str | None = None
    """When it was asked for first."""
    token_given_at: str = ""
    """When the access token was given to the admin UI; empty: with the account."""


class AccountStore:
    """Accounts by number."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, **values: Any) -> Account:
        """Remember a new account; values by column."""
        return self.get(self._database.insert("accounts", **values))

    def get(self, number: int) -> Account:
        """The account of this number, deleted or not. Raises `Unknown`."""
        account = self._database.one(Account, "SELECT * FROM accounts WHERE id = ?", number)
        if account is None:
            raise Unknown(f"there is no account {number}")
        return account

    def all(self, integration_id: int | None = None) -> list[Account]:
        """The accounts that are not deleted: all, or those of one integration."""
        sql = """SELECT * FROM accounts WHERE deleted_at IS NULL
                 AND integration_id = COALESCE(?, integration_id) ORDER BY id"""
        return self._database.all(Account, sql, integration_id)

    def names(self) -> dict[int, str]:
        """The names of all accounts that ever were, by number."""
        return {row["id"]: row["name"] for row in self._database.rows("SELECT id, name FROM accounts ORDER BY id")}

    def update(self, number: int, **values: Any) -> Account:
        """Change columns; the account as it is then."""
        self._database.update("accounts", number, **values)
        return self.get(number)

    def ask_for_update(self, number: int, now: str, reason: str) -> Account:
        """The account needs its administrator: since the first time, and for the last reason that was given."""
        sql = """UPDATE accounts SET needs_update = 1, update_since = COALESCE(update_since, ?),
                 update_reason = CASE WHEN ? != '' THEN ? ELSE update_reason END WHERE id = ?"""
        self._database.run(sql, now, reason, reason, number)
        return self.get(number)

    def pull_ended(self, number: int, now: str, problem: str, *, refused: bool) -> Account:
        """Count a pull, and the failures and refusals in a row."""
        sql = """UPDATE accounts SET pulls = pulls + 1, failures = CASE WHEN ? THEN failures + 1 ELSE 0 END,
                 refusals = CASE WHEN ? THEN refusals + 1 ELSE 0 END, last_problem = ?, last_pull_at = ?,
                 failing_since = CASE WHEN ? THEN COALESCE(failing_since, ?) END WHERE id = ?"""
        self._database.run(sql, bool(problem), refused, problem, now, bool(problem), now, number)
        return self.get(number)


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
    call_id: int | None = None
    """Its call; `None` for pulls of earlier versions."""
    asks_update: bool = False
    """Whether it asked for the administrator."""
    reason: str = ""
    """Why, in the service's words."""


class PullStore:
    """Pulls by account."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, keep: int, **values: Any) -> None:
        """Remember a pull, values by column, and forget those beyond the newest `keep`."""
        number = self._database.insert("pulls", **values)
        self._database.run("DELETE FROM pulls WHERE id <= ?", number - keep)

    def arrivals(self, request_ids: Sequence[str]) -> dict[str, float]:
        """For each pull or push that brought comments, how many seconds old its newest one was when it came."""
        marks = ", ".join("?" * len(request_ids))
        sql = f"""SELECT request_id, MIN((julianday(added_at) - julianday(created_at)) * 86400) AS seconds
                  FROM resources JOIN comments ON comments.id = comment_id
                  WHERE request_id IN ({marks}) AND user_id IS NOT NULL GROUP BY request_id"""  # noqa: S608 - no values
        return {row["request_id"]: max(0.0, row["seconds"]) for row in self._database.rows(sql, *request_ids)}

    def of_account(self, account_id: int, limit: int) -> list[PullRecord]:
        """An account's last pulls, the newest first."""
        sql = "SELECT * FROM pulls WHERE account_id = ? ORDER BY id DESC LIMIT ?"
        return self._database.all(PullRecord, sql, account_id, limit)
