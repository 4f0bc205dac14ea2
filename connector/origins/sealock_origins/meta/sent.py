# SPDX-License-Identifier: Apache-2.0
"""
What was sent from Zendesk: the last messages and comments of an account, by hashes of their ids.

A message that Meta tells of in a pull does not say which app sent it: what is not among these was written by somebody
in Meta's own inbox, and belongs on the ticket. And where a reply is looked for by its words, because an answer was
lost, none of these is it: they are earlier replies, which may have the same words.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable

MOST = 60
_BYTES = 6


def remembered(sent: str, ids: Iterable[str]) -> str:
    """What an account's `sent` becomes once these were sent too."""
    new = [_hash(message) for message in ids]
    hashes = [each for each in _split(sent) if each not in new] + new
    return base64.b64encode(b"".join(hashes[-MOST:])).decode()


def was_sent(sent: str, item: str) -> bool:
    """Whether an account's `sent` holds the message or comment."""
    return _hash(item) in _split(sent)


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
