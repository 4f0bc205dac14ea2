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
        while self._wanted(store.accounts.get(number)):
            started = clock()
            try:
                await self._puller.pull(number)
            except NotPullable:
                return
            await self._pause(number, started)

    async def _pause(self, number: int, started: float) -> None:
        """Until the account is due again, however the interval changes meanwhile, or is not wanted any more."""
        store, clock = self._context.store, asyncio.get_running_loop().time

        def over() -> bool:
            account = store.accounts.get(number)
            return not self._wanted(account) or clock() - started >= self._interval(account)

        while not over():
            left = self._interval(store.accounts.get(number)) - (clock() - started)
            await self._context.changes.wait_until(over, max(left, 0.01))

    async def _keep_rereading(self) -> None:
        clock = asyncio.get_running_loop().time
        started = clock()

        def left() -> float:
            return self._context.settings.manifest_poll_seconds - (clock() - started)

        while True:
            while left() > 0:
                await self._context.changes.wait_until(lambda: left() <= 0, left())
            await self._reread_manifests()
            started = clock()
