# SPDX-License-Identifier: Apache-2.0
"""What happens by itself: accounts are pulled, manifests read again, and services asked for their health."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from functools import partial

from sealock_devkit.zendesk.context import A_DAY, Context
from sealock_devkit.zendesk.engine.puller import NotPullable, Puller
from sealock_devkit.zendesk.engine.service_calls import Call, CallFailed, ServiceCalls
from sealock_devkit.zendesk.judge import Finding, Findings, check_status
from sealock_devkit.zendesk.store import Account, Integration


class Health:
    """Calls healthcheck_url, when somebody asks or by itself. What it found is forgotten when the process ends."""

    def __init__(self, context: Context, calls: ServiceCalls) -> None:
        self._context = context
        self._calls = calls
        self._ill: set[int] = set()

    async def check(self, integration: Integration) -> tuple[int | None, str]:
        """The status, if an answer came, and a problem in words, if there is one."""
        url = integration.manifest.urls.get("healthcheck_url")
        if url is None:
            return None, "the manifest has no healthcheck_url"
        seconds = self._context.settings.page_timeout_seconds
        call = Call("healthcheck", url, "GET", timeout=seconds, integration_id=integration.id)
        try:
            answer = await self._calls.send(call)
        except CallFailed as failure:
            self._record(integration, failure.findings, failure.call_id)
            return self._found(integration, None, failure.problem)
        findings = Findings()
        if answer.status != 200:
            check_status(answer.status, "HTTP 200", findings)
        self._record(integration, findings, answer.call_id)
        return self._found(integration, answer.status, "" if answer.status == 200 else f"HTTP {answer.status}")

    def _record(self, integration: Integration, findings: Iterable[Finding], call_id: int) -> None:
        self._context.record("healthcheck", findings, integration_id=integration.id, call_id=call_id)

    def _found(self, integration: Integration, status: int | None, problem: str) -> tuple[int | None, str]:
        was_ill = integration.id in self._ill
        (self._ill.add if problem else self._ill.discard)(integration.id)
        if problem and not was_ill:
            self._context.console.warn(f"health check of {integration.manifest.name}: {problem}")
        self._context.changes.announce()
        return status, problem

    def keeps_from_pulling(self, integration_id: int) -> bool:
        """Whether accounts wait because the last check failed."""
        return self._context.settings.failed_healthcheck == "pulls wait" and integration_id in self._ill

    async def run(self) -> None:
        """Check as often as the settings say, until cancelled."""
        while True:
            seconds = self._context.settings.healthcheck_interval_seconds
            changed = await self._context.changes.wait_until(partial(self._is_not, seconds), seconds or A_DAY)
            if not changed and seconds:
                for integration in self._context.store.integrations.all():
                    await self.check(integration)

    def _is_not(self, seconds: float) -> bool:
        return self._context.settings.healthcheck_interval_seconds != seconds


MOST_AT_ONCE = 4
"""How many pulls of one account are in flight, where they overlap."""
MOST_DOUBLED = 5


class Schedule:
    """One task for each account that is pulled by itself."""

    def __init__(
        self, context: Context, puller: Puller, health: Health, reread_manifests: Callable[[], Awaitable[None]]
    ) -> None:
        self._context = context
        self._puller = puller
        self._health = health
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
        ill = self._health.keeps_from_pulling(account.integration_id)
        return account.active and not account.paused and account.deleted_at is None and "pull_url" in urls and not ill

    def _missing(self) -> list[int]:
        accounts = [account.id for account in self._context.store.accounts.all() if self._wanted(account)]
        return [number for number in accounts if number not in self._tasks or self._tasks[number].done()]

    def _is_missing_one(self) -> bool:
        return bool(self._missing())

    def _start_missing(self) -> None:
        for number in self._missing():
            self._tasks[number] = asyncio.create_task(self._keep_pulling(number))

    def _interval(self, account: Account) -> float:
        settings, own = self._context.settings, account.interval_seconds
        doubled = 2 ** min(account.failures, MOST_DOUBLED) if settings.pull_slows_down else 1
        return (settings.pull_interval_seconds if own is None else own) * doubled

    async def _keep_pulling(self, number: int) -> None:
        store, clock = self._context.store, asyncio.get_running_loop().time

        def unwanted() -> bool:
            return not self._wanted(store.accounts.get(number))

        in_flight: set[asyncio.Task[None]] = set()
        try:
            while not unwanted():
                self._pulled[number] = started = clock()
                in_flight.add(asyncio.create_task(self._pull(number)))
                most = MOST_AT_ONCE if self._context.settings.pulls_overlap else 1
                while len(in_flight) >= most:
                    done, in_flight = await asyncio.wait(in_flight, return_when=asyncio.FIRST_COMPLETED)
                    for task in done:
                        task.result()
                await self._pause(started, lambda: self._interval(store.accounts.get(number)), unwanted)
        finally:
            for task in in_flight:
                task.cancel()
            await asyncio.gather(*in_flight, return_exceptions=True)

    async def _pull(self, number: int) -> None:
        with contextlib.suppress(NotPullable):
            await self._puller.pull(number)

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
