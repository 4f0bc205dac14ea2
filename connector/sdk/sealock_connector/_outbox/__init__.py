# SPDX-License-Identifier: Apache-2.0
"""The outbox: each reply is posted once, whatever is repeated, lost or killed on the way."""

from sealock_connector._outbox.delivery import DeliveryTimes, ReplyDelivery
from sealock_connector._outbox.memory import MemoryOutbox
from sealock_connector._outbox.sqlite import SqliteOutbox
from sealock_connector._outbox.store import Claimed, Finished, InFlight, OutboxStore, OutboxUnavailable

__all__ = [
    "Claimed",
    "DeliveryTimes",
    "Finished",
    "InFlight",
    "MemoryOutbox",
    "OutboxStore",
    "OutboxUnavailable",
    "ReplyDelivery",
    "SqliteOutbox",
]
