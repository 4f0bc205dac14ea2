# SPDX-License-Identifier: Apache-2.0
"""
Which messages were sent from Zendesk.

A message that Meta tells of in a pull does not say which app sent it. So the account remembers the last ones by
hashes: what is not among them was written by somebody at Meta's own inbox, and belongs on the ticket.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable

MOST = 60
_BYTES = 6


def remembered(sent: str, messages: Iterable[str]) -> str:
    """What an account's `sent` becomes once these messages were sent too."""
    new = [_hash(message) for message in messages]
    hashes = [each for each in _split(sent) if each not in new] + new
    return base64.b64encode(b"".join(hashes[-MOST:])).decode()


def was_sent(sent: str, message: str) -> bool:
    """Whether an account's `sent` holds the message."""
    return _hash(message) in _split(sent)


def _split(sent: str) -> list[bytes]:
    try:
        data = base64.b64decode(sent, validate=True)
    except (binascii.Error, ValueError):
        return []
    if len(data) % _BYTES:
        return []
    return [data[start : start + _BYTES] for start in range(0, len(data), _BYTES)]


def _hash(message: str) -> bytes:
    return hashlib.blake2b(message.encode(), digest_size=_BYTES).digest()
