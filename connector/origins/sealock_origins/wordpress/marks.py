# SPDX-License-Identifier: Apache-2.0
"""
What a reply carries at WordPress, to be known again.

WordPress keeps the user agent of whoever wrote a comment and shows it to moderators only. A reply's names the
account and the reply by hashes: enough to tell our own replies in a pull, and to find one whose answer was lost.
"""

from __future__ import annotations

import hashlib

VERSION = "1"
USER_AGENT = f"Sealock/{VERSION} (WordPress connector)"


def account_mark(account_id: str) -> str:
    """What the user agents of all replies of an account begin with."""
    return f"Sealock/{VERSION} (reply {_hash(account_id, 12)}."


def reply_mark(account_id: str, key: str) -> str:
    """The user agent of one reply: the same each time it is tried."""
    return account_mark(account_id) + _hash(f"{account_id}\n{key}", 32) + ")"


def file_slug(account_id: str, key: str, number: int) -> str:
    """The slug of one file of a reply in the media library, likewise; `number` counts from 0."""
    reply = _hash(f"{account_id}\n{key}", 32)
    return f"sealock-{reply}-{number}"


def _hash(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]
