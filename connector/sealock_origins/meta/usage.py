# SPDX-License-Identifier: Apache-2.0
"""How much of Meta's budget is used: slower from 80 %, no calls at 100 %, because calls then prolong the pause."""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sealock_connector import OriginThrottled
from sealock_connector.egress import quota_used

SLOW, FULL = 80.0, 100.0
APP_USAGE, ACCOUNT_USAGE = "x-app-usage", "x-business-use-case-usage"
BELIEVED_SECONDS = 120.0
"""A percentage is of the past hour and falls: an older one says nothing."""
UNKNOWN_PAUSE_SECONDS = 300.0
"""How long to wait where the budget is used up and Meta does not say for how long."""
SLOWEST_SECONDS = 2.0
_MOST_ACCOUNTS = 10_000
_PERCENTAGES = ("call_count", "total_cputime", "total_time")


@dataclass(slots=True)
class _Budget:
    used: float = 0.0
    told_at: float = 0.0
    closed_until: float = 0.0
    next_paced: float = 0.0
    gate: asyncio.Lock = field(default_factory=asyncio.Lock)


class Budgets:
    """
    What is known about the budgets of accounts, in memory: after a restart the next answer tells again.

    `clock` gives seconds that only grow, `sleep` waits for some.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._budgets: OrderedDict[str, _Budget] = OrderedDict()

    @asynccontextmanager
    async def call(self, account: str) -> AsyncIterator[None]:
        """
        Around a call and what is learnt of its answer, as `admit`. From 80 % on calls go one at a time: none is under
        way when the answer to another says that the budget is used up.
        """
        budget = self._of(account)
        if budget.used < SLOW:
            await self.admit(account)
            yield
            return
        async with budget.gate:
            await self.admit(account)
            yield

    async def admit(self, account: str) -> None:
        """Wait as long as the account's budget asks for. Raises `OriginThrottled` while it is used up."""
        budget = self._budgets.get(account)
        if budget is None:
            return
        now = self._clock()
        if now < budget.closed_until:
            raise OriginThrottled(
                "the budget of calls is used up", retry_after=timedelta(seconds=budget.closed_until - now)
            )
        if budget.used >= SLOW and now - budget.told_at < BELIEVED_SECONDS:
            await self._sleep(min(SLOWEST_SECONDS, (budget.used - SLOW + 1) / (FULL - SLOW) * SLOWEST_SECONDS))

    async def pace(self, account: str, *, per_second: float) -> None:
        """Wait for the account's turn, where Meta allows so many calls a second."""
        budget, now = self._of(account), self._clock()
        turn = max(now, budget.next_paced)
        budget.next_paced = turn + 1 / per_second
        if turn > now:
            await self._sleep(turn - now)

    def learn(self, account: str, headers: Mapping[str, str]) -> None:
        """Take note of what an answer's headers say of its account's budget."""
        told = [*_app_usage(headers.get(APP_USAGE, "")), *_account_usage(headers.get(ACCOUNT_USAGE, ""))]
        if not told:
            return
        budget, now = self._of(account), self._clock()
        budget.used, budget.told_at = max(used for used, _ in told), now
        quota_used(budget.used / FULL)
        minutes = max(minutes for _, minutes in told)
        if minutes > 0:
            budget.closed_until = now + minutes * 60
        elif budget.used >= FULL:
            budget.closed_until = now + UNKNOWN_PAUSE_SECONDS

    def pause(self, account: str) -> timedelta | None:
        """How long the account has to wait; None if nobody said."""
        budget = self._budgets.get(account)
        left = budget.closed_until - self._clock() if budget else 0.0
        return timedelta(seconds=left) if left > 0 else None

    def _of(self, account: str) -> _Budget:
        budget = self._budgets.setdefault(account, _Budget())
        self._budgets.move_to_end(account)
        if len(self._budgets) > _MOST_ACCOUNTS:
            self._budgets.popitem(last=False)
        return budget


def _app_usage(header: str) -> Iterator[tuple[float, float]]:
    told = _json(header)
    if isinstance(told, dict):
        yield _used(told), 0.0


def _account_usage(header: str) -> Iterator[tuple[float, float]]:
    """How much is used, and for how many minutes there are no calls, for each kind of call."""
    told = _json(header)
    for kinds in told.values() if isinstance(told, dict) else ():
        for kind in kinds if isinstance(kinds, list) else ():
            if isinstance(kind, dict):
                yield _used(kind), _number(kind.get("estimated_time_to_regain_access"))


def _used(told: Mapping[str, Any]) -> float:
    return max(_number(told.get(name)) for name in _PERCENTAGES)


def _number(told: Any) -> float:
    return float(told) if isinstance(told, int | float) and not isinstance(told, bool) else 0.0


def _json(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None
