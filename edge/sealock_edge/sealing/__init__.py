# SPDX-License-Identifier: Apache-2.0
"""Sealing: how the edge knows that what comes back to it is its own. See `sealer`, `keyring`, `accounts`."""

from sealock_edge.sealing.accounts import Accounts, OpenAccount, OpenState
from sealock_edge.sealing.envelope import MAX_PLAINTEXT, MAX_SEALED_CHARS
from sealock_edge.sealing.errors import KeyRingError, TooLarge, Unsealable
from sealock_edge.sealing.file_links import FileLinks
from sealock_edge.sealing.key_file import Key
from sealock_edge.sealing.keyring import KeyRing
from sealock_edge.sealing.sealer import Opened, Purpose, Sealer

__all__ = [
    "MAX_PLAINTEXT",
    "MAX_SEALED_CHARS",
    "Accounts",
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
