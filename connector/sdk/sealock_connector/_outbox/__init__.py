# SPDX-License-Identifier: Apache-2.0
"""The outbox: each reply is posted once, whatever is repeated, lost or killed on the way."""

from sealock_connector._outbox.delivery import ReplyDelivery
from sealock_connector._outbox.memory import MemoryOutbox
from sealock_connector._outbox.once import Attempt, DeliveryTimes, Once
from sealock_connector._outbox.sqlite import SqliteOutbox
from sealock_connector._outbox.store import Claimed, Finished, InFlight, OutboxStore, OutboxUnavailable

__all__ = [
    "Attempt",
    "Claimed",
    "DeliveryTimes",
    "Finished",
    "InFlight",
    "MemoryOutbox",
    "Once",
    "OutboxStore",
    "OutboxUnavailable",
    "ReplyDelivery",
    "SqliteOutbox",
]
