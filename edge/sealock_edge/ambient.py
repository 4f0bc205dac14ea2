# SPDX-License-Identifier: Apache-2.0
"""What comes from outside the program: the time, chance, the log's end, and the wish that it stop."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO


@dataclass(slots=True)
class Draining:
    """Whether the edge is about to stop: set once, by the server."""

    begun: bool = False

    def __call__(self) -> bool:
        """Whether it has begun."""
        return self.begun


def utc_now() -> datetime:
    """The time, with its zone."""
    return datetime.now(UTC)


def random_id() -> str:
    """32 hexadecimal digits that nobody can guess."""
    return secrets.token_hex(16)


def unbuffered_stderr() -> BinaryIO:
    """Stderr without a buffer: a line is out before the process can be killed."""
    return open(2, "wb", buffering=0, closefd=False)


@dataclass(frozen=True, slots=True)
class Ambient:
    """Everything of it that the edge uses, so that tests can bring their own."""

    now: Callable[[], datetime] = utc_now
    monotonic: Callable[[], float] = time.monotonic
    """In seconds."""
    new_id: Callable[[], str] = random_id
    log: BinaryIO = field(default_factory=unbuffered_stderr)
