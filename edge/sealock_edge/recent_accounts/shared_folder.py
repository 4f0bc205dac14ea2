# SPDX-License-Identifier: Apache-2.0
"""The folder that the processes of one edge share: made before they are forked, gone after the last one."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - the folder that is made there is this user's alone
PREFIX: Final = "sealock-edge-accounts-"
ABANDONED_SECONDS: Final = 60.0
"""A younger folder may belong to an edge that is about to lock it."""


@contextmanager
def shared_folder(place: Path | None = None) -> Iterator[Path]:
    """
    A folder for this user alone, in memory where there is such a place.

    It is gone in the end, with all that is in it, but not when a process that was forked meanwhile ends. What an edge
    that was killed left behind is removed by the next one.
    """
    if place is None:
        place = IN_MEMORY if os.access(IN_MEMORY, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())
    _remove_abandoned(place)
    owner = os.getpid()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    # Forked processes hold the lock with this one.
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(lock)
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(place: Path) -> None:
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError):
            about = folder.lstat()
            if about.st_uid == os.getuid() and time.time() - about.st_mtime > ABANDONED_SECONDS:
                _remove_unless_locked(folder)


def _remove_unless_locked(folder: Path) -> None:
    """Raises `OSError` if an edge has it, or if it is no folder."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
    finally:
        os.close(lock)
