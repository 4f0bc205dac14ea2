# SPDX-License-Identifier: Apache-2.0
"""What the processes of all edges know together."""

from sealock_edge.store.memory import MemoryStore
from sealock_edge.store.names import account_name, digest, hint_id, watched_name
from sealock_edge.store.sqlite import SqliteStore
from sealock_edge.store.store import Claim, Hint, Store, StoreAway, Told

__all__ = [
    "Claim",
    "Hint",
    "MemoryStore",
    "SqliteStore",
    "Store",
    "StoreAway",
    "Told",
    "account_name",
    "digest",
    "hint_id",
    "watched_name",
]
