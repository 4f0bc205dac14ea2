# SPDX-License-Identifier: Apache-2.0
"""
One key in one file: `<id>.key`, a small JSON object.

```json
{"version": 1, "id": "1f2e3d4c", "created": "2026-01-02T03:04:05Z", "seals_from": "2026-01-02T03:06:05Z",
 "secret": "<base64 of 32 bytes>"}
```
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NoReturn

from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from sealock_edge.sealing.envelope import KEY_ID_BYTES
from sealock_edge.sealing.errors import KeyRingError

ENDING: Final = ".key"
_FILE_VERSION: Final = 1
_SECRET_BYTES: Final = 32
_MAX_FILE_BYTES: Final = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """
    A key that seals and opens. Its secret can be used, but not read, printed, copied or pickled.

    `id` is eight lower-case hexadecimal digits; the key seals from `seals_from` on and opens from the start.
    """

    id: str
    created: datetime
    seals_from: datetime
    cipher: AESGCMSIV = field(repr=False)

    @property
    def id_bytes(self) -> bytes:
        """The id as envelopes carry it."""
        return bytes.fromhex(self.id)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key cannot be pickled or copied")


def read_key(path: Path) -> Key:
    """
    The key in this file.

    Raises `KeyRingError`: the file cannot be read, is not a key file, or can be written by others than its owner.
    """
    try:
        if path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise KeyRingError(f"{path.name} can be written by its group or by everybody; allow only its owner")
        with path.open("rb") as file:
            content = file.read(_MAX_FILE_BYTES)
    except OSError as error:
        raise KeyRingError(f"{path.name} cannot be read: {error.strerror}") from None
    try:
        return _parsed(json.loads(content), path.name.removesuffix(ENDING))
    except (ValueError, TypeError, KeyError):
        raise KeyRingError(f"{path.name} is not a key file") from None


def write_key(directory: Path, *, created: datetime, seals_from: datetime, taken: Callable[[str], bool]) -> str:
    """
    Makes a new key and writes it into the directory at once and for its owner only; returns its id.

    `taken` says whether an id is in use already. Raises OSError if the file cannot be written.
    """
    key_id = secrets.token_hex(KEY_ID_BYTES)
    while taken(key_id):
        key_id = secrets.token_hex(KEY_ID_BYTES)
    content = {
        "version": _FILE_VERSION,
        "id": key_id,
        "created": _stamp(created),
        "seals_from": _stamp(seals_from),
        "secret": b64encode(secrets.token_bytes(_SECRET_BYTES)).decode("ascii"),
    }
    unfinished = directory / f".{key_id}.unfinished"
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        json.dump(content, file, indent=1)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(directory / f"{key_id}{ENDING}")
    return key_id


def _parsed(content: dict[str, Any], name: str) -> Key:
    key_id = content["id"]
    secret = b64decode(content["secret"], validate=True)
    if content["version"] != _FILE_VERSION or key_id != name or len(secret) != _SECRET_BYTES:
        raise ValueError
    if len(bytes.fromhex(key_id)) != KEY_ID_BYTES or key_id != key_id.lower():
        raise ValueError
    return Key(key_id, _instant(content["created"]), _instant(content["seals_from"]), AESGCMSIV(secret))


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError
    return instant


def _stamp(instant: datetime) -> str:
    return instant.isoformat(timespec="microseconds").replace("+00:00", "Z")
