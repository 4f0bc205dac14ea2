# SPDX-License-Identifier: Apache-2.0
"""Sealing: how the edge knows that what comes back to it is its own. See `sealer`, `keyring`, `accounts`, `links`."""

from sealock_edge.sealing.accounts import Accounts, OpenAccount, OpenState
from sealock_edge.sealing.keyring import Key, KeyRing, KeyRingError
from sealock_edge.sealing.links import EventTokens, FileLinks
from sealock_edge.sealing.sealer import MAX_PLAINTEXT, MAX_SEALED_CHARS, Opened, Purpose, Sealer, TooLarge, Unsealable

__all__ = [
    "MAX_PLAINTEXT",
    "MAX_SEALED_CHARS",
    "Accounts",
    "EventTokens",
    "FileLinks",
    "Key",
    "KeyRing",
    "KeyRingError",
    "OpenAccount",
    "OpenState",
    "Opened",
    "Purpose",
    "Sealer",
    "TooLarge",
    "Unsealable",
]
