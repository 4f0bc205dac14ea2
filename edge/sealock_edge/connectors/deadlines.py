# SPDX-License-Identifier: Apache-2.0
"""Deadlines are budgets: each hop gets what is left, less what the hop before needs to answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sealock_edge.connectors.errors import OutOfTime

RETURN_TRIP = 0.05
"""Seconds that the edge keeps for its own answer after the connector's came."""

WORTH_STARTING = 0.25
"""Seconds below which a call could only fail; it is not made."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The edge's time for one request, counted from its arrival."""

    ends: float
    """When it is over, on the monotonic clock."""
    clock: Callable[[], float]
    """The monotonic clock, in seconds."""

    def for_call(self) -> float:
        """How many seconds a connector may take now. Raises `OutOfTime` if it is not worth starting."""
        left = self.ends - self.clock() - RETURN_TRIP
        if left < WORTH_STARTING:
            raise OutOfTime
        return left

    def allows_after(self, pause: float) -> bool:
        """Whether a call would still be worth starting after a pause of so many seconds."""
        return self.ends - self.clock() - pause >= RETURN_TRIP + WORTH_STARTING
