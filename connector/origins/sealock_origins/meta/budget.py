# SPDX-License-Identifier: Apache-2.0
"""
How much of Meta's budget is used: slower from 80 %, no pulls from 95 %, no calls at 100 %.

Of how long a time a percentage is, Meta's documentation says in two ways: of the past hour where it explains the
headers, of 24 hours where it grants the calls. So nothing is expected to come back at a certain rate: pulls ask again
after longer and longer pauses, as few times as either reading allows.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sealock_connector import NotJson, OriginThrottled, read_json
from sealock_connector.egress import quota_used

SLOW, FULL = 80.0, 100.0
PULLS_END = 95.0
"""Pulls go no further: the rest is for agents' replies, and for asking whether there is more again."""
APP_USAGE, ACCOUNT_USAGE = "x-app-usage", "x-business-use-case-usage"
SLOW_SECONDS = 120.0
"""So long calls are slower: the percentage falls meanwhile."""
HOUR_SECONDS = 3_600.0
"""A percentage is of the past hour: nothing that it counted is in an older one's any more."""
PULLS_PAUSE_SECONDS = 300.0
"""The first pause of pulls. Each further one is twice as long, up to an hour, until Meta says less than 95 %."""
SLOWEST_SECONDS = 2.0
FRESH_SECONDS = 10.0
"""So long after an answer calls may run side by side. Later another app may have used up the budget meanwhile."""
_MOST_ACCOUNTS = 10_000
_TOGETHER_SECONDS = 2.0
"""Refusals of what one pull asks for come so close to each other."""
_MOST_REFUSED = 10
_DAY_MINUTES = 24 * 60.0
_PERCENTAGES = ("call_count", "total_cputime", "total_time")


@dataclass(slots=True)
class _Budget:
    used: float = 0.0
    reported_at: float = 0.0
    answered_at: float = float("-inf")
    """When the last answer came, whatever it said of the budget."""
    closed_until: float = 0.0
    refused_at: float = float("-inf")
    next_paced: float = 0.0
    pulls_from: float = 0.0
    """When the next pull may ask; 0 while pulls have enough."""
    pulls_pause: float = PULLS_PAUSE_SECONDS
    refused: int = 0
    """How often in a row a call was refused as one too many, without a word on how long that lasts."""
    gate: asyncio.Lock = field(default_factory=asyncio.Lock)

    def report(self, used: float, now: float) -> None:
        """Take note of a percentage."""
        self.used, self.reported_at = used, now
        if used < PULLS_END:
            self.pulls_from, self.pulls_pause = 0.0, PULLS_PAUSE_SECONDS
        elif not self.pulls_from:
            self.pause_pulls(now)

    def pause_pulls(self, now: float) -> None:
        """No pull asks for a while, and after the next one that does for twice as long."""
        self.pulls_from = now + self.pulls_pause
        self.pulls_pause = min(2 * self.pulls_pause, HOUR_SECONDS)

    def close(self, until: float) -> None:
        """No calls until then, or until later if that was known."""
        self.closed_until = max(self.closed_until, until)


class Budgets:
    """
    What is known about the budgets of accounts, in memory: after a restart the next answer says it again.

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
    async def call(self, account: str, *, pulling: bool = False) -> AsyncIterator[None]:
        """
        Around a call and what is learnt of its answer, as `admit`. None is under way when the answer to another says
        that the budget is used up: calls go one at a time from 80 % on, and where no answer came for ten seconds.
        """
        budget = self._of(account)
        if not self._has_room(budget):
            async with budget.gate:
                if not self._has_room(budget):
                    await self.admit(account, pulling=pulling)
                    yield
                    return
        await self.admit(account, pulling=pulling)
        yield

    async def admit(self, account: str, *, pulling: bool = False) -> None:
        """
        Wait as long as the account's budget asks for. Raises `OriginThrottled` while it is used up; for a pull, also
        while the rest is kept for replies.
        """
        budget = self._budgets.get(account)
        if budget is None:
            return
        now = self._clock()
        if now < budget.closed_until:
            raise OriginThrottled(
                "the budget of calls is used up", retry_after=timedelta(seconds=budget.closed_until - now)
            )
        if pulling and budget.pulls_from:
            if now < budget.pulls_from:
                raise OriginThrottled(
                    "the rest of the budget of calls is kept for replies",
                    retry_after=timedelta(seconds=budget.pulls_from - now),
                )
            budget.pause_pulls(now)
        if budget.used >= SLOW and now - budget.reported_at < SLOW_SECONDS:
            await self._sleep(min(SLOWEST_SECONDS, (budget.used - SLOW + 1) / (FULL - SLOW) * SLOWEST_SECONDS))

    async def pace(self, account: str, *, per_second: float) -> None:
        """Wait for the account's turn, where Meta allows so many calls a second."""
        budget, now = self._of(account), self._clock()
        turn = max(now, budget.next_paced)
        budget.next_paced = turn + 1 / per_second
        if turn > now:
            await self._sleep(turn - now)

    def learn(self, account: str, headers: Mapping[str, str]) -> None:
        """Take note of an answer, and of what its headers say of its account's budget."""
        readings = [*_app_usage(headers.get(APP_USAGE, "")), *_account_usage(headers.get(ACCOUNT_USAGE, ""))]
        budget, now = self._of(account), self._clock()
        budget.answered_at = now
        if not readings:
            return
        budget.report(max(used for used, _ in readings), now)
        quota_used(budget.used / FULL)
        minutes = max(minutes for _, minutes in readings)
        if minutes > 0:
            budget.close(now + minutes * 60)
        elif budget.used >= FULL:
            budget.close(now + HOUR_SECONDS)

    def refuse(self, account: str) -> None:
        """
        A call was refused as one too many, and nothing says for how long.

        The next is tried when its caller likes; if that is refused as well, there are none for a minute, then for two,
        and so on up to an hour: Meta's bans last as long, and each call may prolong them. What one pull asks for is
        refused together, and counts once.
        """
        budget, now = self._of(account), self._clock()
        if now - budget.refused_at < _TOGETHER_SECONDS:
            return
        budget.refused_at = now
        budget.refused = min(budget.refused + 1, _MOST_REFUSED)
        if budget.refused > 1:
            budget.close(now + min(60.0 * 2 ** (budget.refused - 2), HOUR_SECONDS))

    def take(self, account: str) -> None:
        """A call was taken: what was refused before is over."""
        if (budget := self._budgets.get(account)) is not None:
            budget.refused = 0

    def pause(self, account: str) -> timedelta | None:
        """How long the account has to wait; None if nobody said."""
        budget = self._budgets.get(account)
        left = budget.closed_until - self._clock() if budget else 0.0
        return timedelta(seconds=left) if left > 0 else None

    def _has_room(self, budget: _Budget) -> bool:
        """Whether calls may run side by side."""
        return budget.used < SLOW and self._clock() - budget.answered_at < FRESH_SECONDS

    def _of(self, account: str) -> _Budget:
        budget = self._budgets.setdefault(account, _Budget())
        self._budgets.move_to_end(account)
        if len(self._budgets) > _MOST_ACCOUNTS:
            self._budgets.popitem(last=False)
        return budget


def _app_usage(header: str) -> Iterator[tuple[float, float]]:
    raw = _json(header)
    if isinstance(raw, dict):
        yield _used(raw), 0.0


def _account_usage(header: str) -> Iterator[tuple[float, float]]:
    """How much is used, and for how many minutes there are no calls, for each kind of call."""
    raw = _json(header)
    for kinds in raw.values() if isinstance(raw, dict) else ():
        for kind in kinds if isinstance(kinds, list) else ():
            if isinstance(kind, dict):
                yield _used(kind), _number(kind.get("estimated_time_to_regain_access"))


def _used(raw: Mapping[str, Any]) -> float:
    return max(_number(raw.get(name)) for name in _PERCENTAGES)


def _number(raw: Any) -> float:
    """A percentage, or a number of minutes; none is believed beyond what those of a day are."""
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return 0.0
    return min(max(float(raw), 0.0), _DAY_MINUTES)


def _json(text: str) -> Any:
    try:
        return read_json(text) if text else None
    except NotJson:
        return None
