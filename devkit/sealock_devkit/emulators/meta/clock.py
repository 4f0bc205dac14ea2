# SPDX-License-Identifier: Apache-2.0
"""The emulator's time, which tests move."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

MINUTE, HOUR, DAY = 60, 3_600, 86_400


class Clock:
    """Time that runs with the machine's, is moved by hand, or stands still."""

    def __init__(self, real: Callable[[], float] = time.time) -> None:
        """`real` gives unix seconds."""
        self._real = real
        self._offset = 0.0
        self._frozen_at: float | None = None

    def now(self) -> float:
        """Unix seconds."""
        return self._frozen_at if self._frozen_at is not None else self._real() + self._offset

    def advance(self, seconds: float) -> None:
        """Move the time forward, or back."""
        self.set(self.now() + seconds)

    def set(self, instant: float) -> None:
        """Make it that time now."""
        if self._frozen_at is not None:
            self._frozen_at = instant
        self._offset = instant - self._real()

    @property
    def frozen(self) -> bool:
        """Whether time stands still."""
        return self._frozen_at is not None

    def freeze(self) -> None:
        """Let time stand still."""
        self._frozen_at = self.now()

    def thaw(self) -> None:
        """Let time go on from where it stands."""
        if self._frozen_at is not None:
            instant, self._frozen_at = self._frozen_at, None
            self.set(instant)


def graph_time(instant: float) -> str:
    """An instant as the Graph API writes it: `2026-11-22T06:44:35+0000`."""
    return datetime.fromtimestamp(int(instant), tz=UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def read_time(text: str) -> float:
    """An instant as the Graph API takes it: unix seconds or ISO 8601. Raises `ValueError`."""
    text = text.strip()
    if text.removeprefix("-").isdecimal():
        return float(text)
    instant = datetime.fromisoformat(text)
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp()
