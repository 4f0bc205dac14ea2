# SPDX-License-Identifier: Apache-2.0
"""What stores are called in settings: `memory`, `sqlite:PATH`, and `valkey[s]://[USER@]HOST[:PORT][/DATABASE]`."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

MEMORY: Final = "memory"
SQLITE: Final = "sqlite:"
VALKEY: Final = ("valkey://", "valkeys://")
"""In plaintext, and in TLS."""

_SHAPE: Final = "is not valkey[s]://[USER@]HOST[:PORT][/DATABASE]"


def problem_of(name: str, password_file: str) -> str | None:
    """
    What is wrong with a name; None for one that a store can have. Never repeats it: it may hold a password.

    `password_file` is the setting in which the password's file belongs.
    """
    if name == MEMORY or (name.startswith(SQLITE) and name != SQLITE):
        return None
    if not name.startswith(VALKEY):
        return "is neither memory nor sqlite:PATH nor valkey[s]://HOST"
    try:
        url = urlsplit(name)
        port = url.port
    except ValueError:
        return _SHAPE
    if url.password is not None:
        return f"has a password in it: everybody sees it there; it belongs into {password_file}"
    database = url.path.strip("/")
    if not url.hostname or port == 0 or url.query or url.fragment or not (database.isdecimal() or not database):
        return _SHAPE
    return None


def is_encrypted(name: str) -> bool:
    """Whether nothing of the store goes over a network in plaintext."""
    return not name.startswith(VALKEY[0])
