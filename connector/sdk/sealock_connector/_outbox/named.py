# SPDX-License-Identifier: Apache-2.0
"""Which outbox a name stands for: `memory`, `sqlite:PATH`, `valkey://HOST` or `valkeys://HOST`."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from sealock_connector._outbox.memory import MemoryOutbox
from sealock_connector._outbox.sqlite import SqliteOutbox
from sealock_connector._outbox.store import OutboxStore, OutboxUnavailable

MEMORY = "memory"
_SQLITE = "sqlite:"
_VALKEY = ("valkey://", "valkeys://")
_SHAPE = "is not valkey[s]://[USER@]HOST[:PORT][/DATABASE]"


def problem_of(name: str) -> str | None:
    """What is wrong with a name; None for one that `outbox_of` takes. Never repeats it: it may hold a password."""
    if name == MEMORY or (name.startswith(_SQLITE) and name != _SQLITE):
        return None
    if not name.startswith(_VALKEY):
        return "is neither memory nor sqlite:PATH nor valkey[s]://HOST"
    try:
        url = urlsplit(name)
        port = url.port
    except ValueError:
        return _SHAPE
    if url.password is not None:
        return "has a password in it: everybody sees it there; it belongs into --store-password-file"
    database = url.path.strip("/")
    if not url.hostname or port == 0 or url.query or url.fragment or not (database.isdecimal() or not database):
        return _SHAPE
    return None


def is_encrypted(name: str) -> bool:
    """Whether nothing of the outbox goes over a network in plaintext."""
    return not name.startswith(_VALKEY[0])


def outbox_of(name: str, *, password_file: Path | None = None, ca_file: Path | None = None) -> OutboxStore:
    """The outbox of a name without a problem. Raises `OutboxUnavailable` where Valkey's client is not installed."""
    if name.startswith(_SQLITE):
        return SqliteOutbox(Path(name.removeprefix(_SQLITE)))
    if not name.startswith(_VALKEY):
        return MemoryOutbox()
    try:
        from sealock_connector._outbox.valkey import ValkeyOutbox  # noqa: PLC0415
    except ImportError:
        raise OutboxUnavailable("an outbox in Valkey is wanted: install sealock-connector[valkey]") from None
    return ValkeyOutbox(name, password_file=password_file, ca_file=ca_file)
