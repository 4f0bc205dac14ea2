# SPDX-License-Identifier: Apache-2.0
"""Counts calls by the minute, as Zendesk does for a whole account (protocol: rate limits)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one call is told about the limit."""

    most: int
    """Calls in a minute; 0: any number."""
    left: int
    retry_after: int | None = None
    """Seconds until the next minute begins, when nothing was left for this call."""

    @property
    def headers(self) -> dict[str, str]:
        """As HTTP headers; none when there is no limit."""
        if not self.most:
            return {}
        headers = {"x-rate-limit": str(self.most), "x-rate-limit-remaining": str(self.left)}
        return headers if self.retry_after is None else {**headers, "retry-after": str(self.retry_after)}


class RateLimit:
    """A minute begins with its first call."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._began: datetime | None = None
        self._taken = 0

    def take(self, most: int) -> Allowance:
        """Count a call; at most `most` of them in a minute."""
        now = self._clock()
        if self._began is None or not timedelta(0) <= now - self._began < MINUTE:
            self._began, self._taken = now, 0
        if most and self._taken >= most:
            seconds = (self._began + MINUTE - now).total_seconds()
            return Allowance(most, 0, max(1, math.ceil(seconds)))
        self._taken += 1
        return Allowance(most, max(0, most - self._taken))
