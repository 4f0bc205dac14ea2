# SPDX-License-Identifier: Apache-2.0
"""Rate limits: who called how often, what the headers say about it, and who has to wait."""

from __future__ import annotations

import json
import math
from collections import deque
from dataclasses import dataclass, field

from sealock_devkit.emulators.meta.clock import HOUR, MINUTE
from sealock_devkit.emulators.meta.errors import refused
from sealock_devkit.emulators.meta.world import World

LONGEST_WAIT_MINUTES = 60
REFUSALS = {"pages": "pages_limit", "messenger": "messenger_limit", "instagram": "instagram_limit"}
"""What a Page's or account's own budget is refused with, by the use case that the headers name."""
PACE_SECONDS = 10


@dataclass(slots=True)
class Budget:
    """The calls of one caller within a window."""

    seconds: float
    calls: deque[float] = field(default_factory=deque)
    blocked_until: float = 0

    def count(self, now: float, weight: int = 1) -> None:
        """Count a call."""
        self.calls.extend([now] * weight)

    def used(self, now: float) -> int:
        """How many calls are in the window."""
        while self.calls and self.calls[0] <= now - self.seconds:
            self.calls.popleft()
        return len(self.calls)


class Usage:
    """All budgets. Kept in memory only."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._budgets: dict[tuple[str, str], Budget] = {}

    def spend_app(self, refusal: str, weight: int) -> None:
        """Count a call with an app or user token; `refusal` names the error once the budget is used up."""
        self._spend(("app", ""), self._world.settings.app_calls_per_hour, HOUR, refusal, weight)

    def spend(self, use_case: str, owner_id: str, weight: int) -> None:
        """Count a call with a Page's or account's token."""
        seconds = self._world.settings.counted_hours * HOUR
        self._spend((use_case, owner_id), self._limit(use_case), seconds, REFUSALS[use_case], weight)

    def pace(self, what: str, owner_id: str, limit: float, seconds: float) -> None:
        """Count a call that has a limit of its own, such as conversations: error 613 above it. 0: no limit."""
        if not limit:
            return
        budget = self._budgets.setdefault((what, owner_id), Budget(seconds))
        now = self._world.now()
        if budget.used(now) >= limit:
            raise refused("custom_limit")
        budget.count(now)

    def headers(self, use_case: str, owner_id: str, business_id: str) -> dict[str, str]:
        """The headers that tell a caller how much is used, in percent."""
        told = {"X-App-Usage": json.dumps(self._percentages(("app", ""), self._world.settings.app_calls_per_hour))}
        if owner_id:
            key = (use_case, owner_id)
            entry = {
                "type": use_case,
                **self._percentages(key, self._limit(use_case)),
                "estimated_time_to_regain_access": self._minutes_to_wait(key),
            }
            told["X-Business-Use-Case-Usage"] = json.dumps({business_id: [entry]})
        return told

    def _limit(self, use_case: str) -> int:
        settings = self._world.settings
        return {
            "pages": settings.page_calls_per_day,
            "messenger": settings.messenger_calls_per_day,
            "instagram": settings.instagram_calls_per_day,
        }[use_case]

    def _spend(self, key: tuple[str, str], limit: int, seconds: float, refusal: str, weight: int) -> None:
        budget, now = self._budgets.setdefault(key, Budget(seconds)), self._world.now()
        if now < budget.blocked_until:
            longest = now + LONGEST_WAIT_MINUTES * MINUTE
            budget.blocked_until = max(budget.blocked_until, min(longest, budget.blocked_until + MINUTE))
            raise refused(refusal)
        if budget.blocked_until:
            budget.calls.clear()
            budget.blocked_until = 0
        if budget.used(now) + weight > limit:
            budget.blocked_until = now + self._world.settings.throttled_minutes * MINUTE
            raise refused(refusal)
        budget.count(now, weight)

    def _percentages(self, key: tuple[str, str], limit: int) -> dict[str, int]:
        budget, now = self._budgets.get(key), self._world.now()
        used = budget.used(now) if budget else 0
        percent = min(100, 100 * used // max(1, limit))
        if budget and now < budget.blocked_until:
            percent = 100
        return {"call_count": percent, "total_cputime": percent // 4, "total_time": percent // 4}

    def _minutes_to_wait(self, key: tuple[str, str]) -> int:
        budget, now = self._budgets.get(key), self._world.now()
        return math.ceil((budget.blocked_until - now) / MINUTE) if budget and now < budget.blocked_until else 0
