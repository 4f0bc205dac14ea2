# SPDX-License-Identifier: Apache-2.0
"""
The keys that seal and open: read from a directory, read again while running, never printed.

Each is a file `<id>.key`, a small JSON object:

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
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple, NoReturn, Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

ENDING: Final = ".key"
KEY_ID_BYTES: Final = 4
_FILE_VERSION: Final = 1
_SECRET_BYTES: Final = 32
_MAX_FILE_BYTES: Final = 4096
_MAX_NAME_CHARS: Final = 64
_MAX_KEYS: Final = 64
"""More than a ring has: each is rotated in by hand, and retired."""
_BETWEEN_LOOKS: Final = timedelta(seconds=1)
_EVER: Final = datetime.min.replace(tzinfo=UTC)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class KeyRingError(Exception):
    """The directory of keys cannot be used. The message names the file, never what is in it."""


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
    The key in this file. Never waits, whatever the file is.

    Raises `KeyRingError`: the file cannot be read, is no key file, or can be changed by others than its owner or root.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        try:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                raise KeyRingError(f"{_shown(path)} is not a file")
            _check_owner_and_mode(found, _shown(path))
            content = os.read(handle, _MAX_FILE_BYTES)
        finally:
            os.close(handle)
    except OSError as error:
        raise KeyRingError(f"{_shown(path)} cannot be read: {error.strerror}") from None
    try:
        return _parsed(json.loads(content), path.name.removesuffix(ENDING))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        raise KeyRingError(f"{_shown(path)} is not a key file") from None


def _check_owner_and_mode(found: os.stat_result, name: str) -> None:
    """Whoever can change a key can open and forge everything that is sealed from then on."""
    if found.st_uid not in (0, os.geteuid()):
        raise KeyRingError(f"{name} belongs to another user; only its reader or root may own it")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not _only_adds_own(found):
        raise KeyRingError(f"{name} can be written by its group or by everybody; allow only its owner")


def _only_adds_own(found: os.stat_result) -> bool:
    """
    Whether this is a folder in which everybody may only add and remove files of his own, as Kubernetes makes the
    folder of a mounted Secret.
    """
    return stat.S_ISDIR(found.st_mode) and bool(found.st_mode & stat.S_ISVTX)


def _shown(path: Path) -> str:
    """The file's name on one line, and not more of it than a line takes."""
    return ascii(path.name[:_MAX_NAME_CHARS])[1:-1]


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


class KeyRing:
    """
    The keys of a directory, one of which seals at a time.

    The primary is the key whose `seals_from` came last. A new key's lies some minutes ahead, so that every
    edge can open what it seals before any edge seals with it. All keys open.
    """

    def __init__(self, directory: Path, clock: Callable[[], datetime], keys: Mapping[bytes, Key]) -> None:
        self._directory = directory
        self._clock = clock
        self._keys = keys
        self._looked = clock()
        self._last_opened: dict[str, datetime] = {}
        self._problem: str | None = None
        self._term: _Term | None = None

    @classmethod
    def load(cls, directory: Path, clock: Callable[[], datetime]) -> Self:
        """
        The ring of this directory, such as a mounted Secret. `clock` tells the time with its zone.

        Raises `KeyRingError`: the directory is missing, has no key, or has one that cannot be used.
        """
        return cls(directory, clock, _read(directory))

    @property
    def primary(self) -> Key:
        """The key that seals now."""
        return self._primary_at(self._clock())

    def _primary_at(self, now: datetime) -> Key:
        term = self._term
        if term is None or term.keys is not self._keys or not term.begins <= now < term.ends:
            term = self._term = _Term.at(now, self._keys)
        return term.primary

    @property
    def keys(self) -> tuple[Key, ...]:
        """All keys, the one that seals last first."""
        return tuple(sorted(self._keys.values(), key=_age, reverse=True))

    @property
    def last_opened(self) -> Mapping[str, datetime]:
        """By key id: when it last opened something in this process. A key that never did is not in it."""
        return MappingProxyType(dict(self._last_opened))

    @property
    def problem(self) -> str | None:
        """Why the directory could not be read the last time; the last good keys are in use. None: all is well."""
        return self._problem

    @property
    def readable_by_all(self) -> tuple[str, ...]:
        """The names of key files that everybody on this machine can read: not refused, but worth a warning."""
        return tuple(_shown(path) for path in _files(self._directory) if path.stat().st_mode & stat.S_IROTH)

    def find(self, key_id: bytes) -> Key | None:
        """The key of this id; for an unknown one the directory is read again first, at most once a second."""
        key = self._keys.get(key_id)
        if key is None and not timedelta() <= self._clock() - self._looked < _BETWEEN_LOOKS:
            self.refresh()
            key = self._keys.get(key_id)
        return key

    def opened(self, key: Key) -> bool:
        """Notes that this key has just opened something. Whether it is the one that seals now."""
        self._last_opened[key.id] = now = self._clock()
        return key is self._primary_at(now)

    def reload(self) -> None:
        """
        Reads the directory again. Either all of the new keys are taken or, on an error, none.

        Raises `KeyRingError`: the directory cannot be used; the keys stay as they were.
        """
        self._looked = self._clock()
        try:
            self._keys = _read_twice(self._directory)
        except KeyRingError as error:
            self._problem = str(error)
            raise
        self._problem = None

    def refresh(self) -> bool:
        """Reads the directory again as `reload` does, but leaves an error in `problem`; True if it went well."""
        try:
            self.reload()
        except KeyRingError:
            return False
        return True


class _Term(NamedTuple):
    """For how long which key of a ring is the one that seals."""

    keys: Mapping[bytes, Key]
    primary: Key
    begins: datetime
    ends: datetime

    @classmethod
    def at(cls, now: datetime, keys: Mapping[bytes, Key]) -> _Term:
        sealing = [key for key in keys.values() if key.seals_from <= now]
        coming = [key.seals_from for key in keys.values() if key.seals_from > now]
        # A ring whose keys all lie ahead (a clock that is off) still has to seal with something.
        primary = max(sealing, key=_age) if sealing else min(keys.values(), key=_age)
        begins = max((key.seals_from for key in sealing), default=_EVER)
        return cls(keys, primary, begins, min(coming, default=_NEVER))


def _read(directory: Path) -> Mapping[bytes, Key]:
    keys = [read_key(path) for path in _files(directory)]
    if not keys:
        raise KeyRingError(f"{_shown(directory)} has no key in it")
    return {key.id_bytes: key for key in keys}


def _read_twice(directory: Path) -> Mapping[bytes, Key]:
    """A mounted Secret takes away a file that was listed just before."""
    try:
        return _read(directory)
    except KeyRingError:
        return _read(directory)


def _files(directory: Path) -> list[Path]:
    """The directory's key files; raises `KeyRingError` for one that others can put keys into, or that has too many."""
    try:
        _check_owner_and_mode(directory.stat(), _shown(directory))
        with os.scandir(directory) as entries:
            # A mounted Secret has dot directories behind its links.
            names = islice((e.name for e in entries if e.name.endswith(ENDING) and e.name[0] != "."), _MAX_KEYS + 1)
            found = sorted(directory / name for name in names)
    except OSError as error:
        raise KeyRingError(f"{_shown(directory)} cannot be read: {error.strerror}") from None
    if len(found) > _MAX_KEYS:
        raise KeyRingError(f"{_shown(directory)} has more than {_MAX_KEYS} key files")
    return found


def _age(key: Key) -> tuple[datetime, str]:
    return key.seals_from, key.id
