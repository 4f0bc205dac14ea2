# SPDX-License-Identifier: Apache-2.0
"""End users, known by what the origin calls them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sealock_devkit.zendesk.store.database import Database, Unknown


@dataclass(frozen=True, slots=True)
class User:
    """An end user with an identity of type any_channel."""

    id: int
    integration_id: int
    account_id: int
    """The account that brought them first."""
    external_id: str
    name: str
    image_url: str
    locale: str
    fields: str
    """User fields, as JSON."""
    created_at: str
    deleted_at: str | None


class UserStore:
    """Users by number and by identity."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, **values: Any) -> User:
        """Remember a new user; values by column."""
        return self.get(self._database.insert("users", **values))

    def get(self, number: int) -> User:
        """The user of this number, deleted or not. Raises `Unknown`."""
        user = self._database.one(User, "SELECT * FROM users WHERE id = ?", number)
        if user is None:
            raise Unknown(f"there is no user {number}")
        return user

    def by_identity(self, scope: str, external_id: str) -> User | None:
        """The user that an author is."""
        sql = "SELECT * FROM users WHERE scope = ? AND external_id = ? AND deleted_at IS NULL"
        return self._database.one(User, sql, scope, external_id)

    def all(self) -> list[User]:
        """All users that are not deleted."""
        return self._database.all(User, "SELECT * FROM users WHERE deleted_at IS NULL ORDER BY id")

    def update(self, number: int, **values: Any) -> None:
        """Change columns."""
        self._database.update("users", number, **values)
