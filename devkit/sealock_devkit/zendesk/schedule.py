# SPDX-License-Identifier: Apache-2.0
"""When accounts are pulled, and manifests read again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from sealock_devkit.zendesk.context import Context
from sealock_devkit.zendesk.puller import NotPullable, Puller
from sealock_devkit.zendesk.store import Account


class Schedule:
    """One task for each account that is pulled by itself."""

    def __init__(self, context: Context, puller: Puller, reread_manifests: Callable[[], Awaitable[None]]) -> None:
        self._context = context
        self._puller = puller
        self._reread_manifests = reread_manifests
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._pulled: dict[int, float] = {}
        self._reread = 0.0

    async def run(self) -> None:
        """Keep the schedule until cancelled."""
        rereading = asyncio.create_task(self._keep_rereading())
        try:
            while True:
                self._start_missing()
                await self._context.changes.wait_until(self._is_missing_one, 60)
        finally:
            tasks = [rereading, *self._tasks.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def seconds_to_pull(self, account: Account) -> float | None:
        """How long it is until an account is pulled by itself, 0 when that is due; `None` when it is not pulled."""
        if not self._wanted(account) or account.id not in self._pulled:
            return None
        return max(0.0, self._pulled[account.id] + self._interval(account) - asyncio.get_running_loop().time())

    def seconds_to_reading(self) -> float:
        """How long it is until all manifests are read again."""
        return max(0.0, self._reread + self._reading_period() - asyncio.get_running_loop().time())

    def _wanted(self, account: Account) -> bool:
        urls = self._context.store.integrations.get(account.integration_id).manifest.urls
        return account.active and not account.paused and account.deleted_at is None and "pull_url" in urls

    def _missing(self) -> list[int]:
        accounts = [account.id for account in self._context.store.accounts.all() if self._wanted(account)]
        return [number for number in accounts if number not in self._tasks or self._tasks[number].done()]

    def _is_missing_one(self) -> bool:
        return bool(self._missing())

    def _start_missing(self) -> None:
        for number in self._missing():
            self._tasks[number] = asyncio.create_task(self._keep_pulling(number))

    def _interval(self, account: Account) -> float:
        own = account.interval_seconds
        return self._context.settings.pull_interval_seconds if own is None else own

    async def _keep_pulling(self, number: int) -> None:
        store, clock = self._context.store, asyncio.get_running_loop().time

        def unwanted() -> bool:
            return not self._wanted(store.accounts.get(number))

        while not unwanted():
            self._pulled[number] = started = clock()
            try:
                await self._puller.pull(number)
            except NotPullable:
                return
            await self._pause(started, lambda: self._interval(store.accounts.get(number)), unwanted)

    async def _keep_rereading(self) -> None:
        while True:
            self._reread = started = asyncio.get_running_loop().time()
            await self._pause(started, self._reading_period, lambda: False)
            await self._reread_manifests()

    def _reading_period(self) -> float:
        return max(self._context.settings.manifest_poll_seconds, 1)

    async def _pause(self, started: float, period: Callable[[], float], ended: Callable[[], bool]) -> None:
        """Until the period since `started` is over, however long it is made meanwhile, or until `ended`."""
        clock = asyncio.get_running_loop().time
        while not ended() and (left := started + period() - clock()) > 0:
            await self._context.changes.wait_until(_differs(period, ended), left)


def _differs(period: Callable[[], float], ended: Callable[[], bool]) -> Callable[[], bool]:
    known = period()
    return lambda: ended() or period() != known
