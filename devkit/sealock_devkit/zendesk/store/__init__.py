# SPDX-License-Identifier: Apache-2.0
"""What the local Zendesk remembers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sealock_devkit.zendesk.store.accounts import Account, AccountStore, PullRecord, PullStore
from sealock_devkit.zendesk.store.database import Database, Part, StoreUnusable, Unknown
from sealock_devkit.zendesk.store.events import EventFilter, EventRecord, EventStore
from sealock_devkit.zendesk.store.files import File, FileStore
from sealock_devkit.zendesk.store.integrations import AppStore, InstalledApp, Integration, IntegrationStore
from sealock_devkit.zendesk.store.journal import (
    BrokenRule,
    CallFilter,
    CallRecord,
    CallStore,
    Violation,
    ViolationFilter,
    ViolationStore,
)
from sealock_devkit.zendesk.store.resources import Arrival, ResourceRecord, ResourceStore
from sealock_devkit.zendesk.store.tickets import (
    Attempt,
    Comment,
    Reply,
    ReplyStore,
    Ticket,
    TicketStore,
    User,
    UserStore,
)

__all__ = [
    "Account",
    "Arrival",
    "Attempt",
    "BrokenRule",
    "CallFilter",
    "CallRecord",
    "Comment",
    "Database",
    "EventFilter",
    "EventRecord",
    "File",
    "InstalledApp",
    "Integration",
    "Part",
    "PullRecord",
    "Reply",
    "ResourceRecord",
    "Store",
    "StoreUnusable",
    "Ticket",
    "Unknown",
    "User",
    "Violation",
    "ViolationFilter",
]


class SettingStore:
    """Changed settings by name; those that were never changed are not here."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def changed(self) -> dict[str, Any]:
        """All changed settings."""
        return {row["name"]: json.loads(row["value"]) for row in self._database.rows("SELECT * FROM settings")}

    def forget(self, names: Iterable[str]) -> None:
        """Let settings be as if they had never been changed."""
        with self._database.transaction():
            for name in names:
                self._database.run("DELETE FROM settings WHERE name = ?", name)

    def save(self, changes: Mapping[str, Any]) -> None:
        """Remember changed settings."""
        with self._database.transaction():
            for name, value in changes.items():
                self._database.run("INSERT OR REPLACE INTO settings VALUES (?, ?)", name, json.dumps(value))


class Store:
    """All repositories over one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.settings = SettingStore(database)
        self.integrations = IntegrationStore(database)
        self.apps = AppStore(database)
        self.accounts = AccountStore(database)
        self.pulls = PullStore(database)
        self.users = UserStore(database)
        self.tickets = TicketStore(database)
        self.resources = ResourceStore(database)
        self.replies = ReplyStore(database)
        self.files = FileStore(database)
        self.events = EventStore(database)
        self.calls = CallStore(database)
        self.violations = ViolationStore(database)
