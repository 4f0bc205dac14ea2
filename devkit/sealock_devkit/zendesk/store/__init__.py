# SPDX-License-Identifier: Apache-2.0
"""What the local Zendesk remembers."""

from __future__ import annotations

from sealock_devkit.zendesk.store.accounts import Account, AccountStore
from sealock_devkit.zendesk.store.apps import AppStore, InstalledApp
from sealock_devkit.zendesk.store.calls import CallFilter, CallRecord, CallStore
from sealock_devkit.zendesk.store.database import Database, StoreUnusable, Unknown
from sealock_devkit.zendesk.store.events import EventFilter, EventRecord, EventStore
from sealock_devkit.zendesk.store.files import File, FileStore
from sealock_devkit.zendesk.store.integrations import Integration, IntegrationStore
from sealock_devkit.zendesk.store.pulls import PullRecord, PullStore
from sealock_devkit.zendesk.store.replies import Attempt, Reply, ReplyStore
from sealock_devkit.zendesk.store.resources import Arrival, ResourceRecord, ResourceStore
from sealock_devkit.zendesk.store.selection import Part
from sealock_devkit.zendesk.store.settings import SettingStore
from sealock_devkit.zendesk.store.tickets import Comment, Ticket, TicketStore
from sealock_devkit.zendesk.store.users import User, UserStore
from sealock_devkit.zendesk.store.violations import BrokenRule, Violation, ViolationFilter, ViolationStore


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
