# SPDX-License-Identifier: Apache-2.0
"""
Pulls of the edge's own accord: what a webhook told of is pulled and pushed at once, for accounts that can push.

What cannot be pushed loses nothing: no state that Zendesk has covers it, and its hints wait for the next pull that
Zendesk makes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from sealock_edge.calls import Integration
from sealock_edge.pulls.pushed_page import Nudged, Page, PushedPages
from sealock_edge.store import Claim, Store, StoreAway
from sealock_edge.telemetry import Journal

AT_ONCE: Final = 16
"""So many accounts of an integration are pulled at once by one process; others wait their turn."""
MOST: Final = 4096
"""So many accounts wait, or are pulled, at most; those beyond are left to Zendesk's own pulls."""
PAGES: Final = 25
"""So many pages of one account are pushed in a row before others have their turn."""
CLAIM_SECONDS: Final = 120.0
"""So long an account belongs to the process that pulls it: longer than a pull and a push take. What a killed one had
claimed is left to Zendesk's own pulls until then."""
ENDING_SECONDS: Final = 5.0
"""How long those under way may still take when the edge stops."""


class Nudges:
    """
    Pulls and pushes accounts that webhooks told of: one pull of an account at a time, by whichever process.

    What comes while one is under way is one more pull after it.
    """

    def __init__(
        self,
        store: Store,
        pages: PushedPages,
        journal: Journal,
        new_id: Callable[[], str],
        *,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """An account is pulled at most once in `seconds`. `clock` is monotonic, in seconds."""
        self._store = store
        self._pages = pages
        self._journal = journal
        self._new_id = new_id
        self._seconds = seconds
        self._clock = clock
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._stopping = asyncio.Event()

    def begin(self, integration: Integration, accounts: Iterable[str]) -> None:
        """
        Pull these accounts soon, by their names in the store; this does not wait for it.

        An integration without a push client has none that can push, so nothing is done.
        """
        if not integration.config.push_client_id:
            return
        for account in accounts:
            if account in self._under_way:
                self._again.add(account)
            elif len(self._under_way) >= MOST:
                integration.metrics.nudged(Nudged.TOO_MANY)
            else:
                self._start(account, integration)

    async def close(self) -> None:
        """Begin none any more, and let those under way end; what is not done by then Zendesk's own pulls bring."""
        self._stopping.set()
        tasks = list(self._under_way.values())
        if tasks:
            await asyncio.wait(tasks, timeout=ENDING_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, account: str, integration: Integration) -> None:
        if self._stopping.is_set():
            return
        task = asyncio.create_task(self._run(account, integration))
        self._under_way[account] = task
        task.add_done_callback(lambda _: self._ended(account, integration))

    def _ended(self, account: str, integration: Integration) -> None:
        del self._under_way[account]
        if account in self._again:
            self._again.discard(account)
            self._start(account, integration)

    async def _run(self, account: str, integration: Integration) -> None:
        owner = self._new_id()
        try:
            await self._pull_while_told(account, integration, owner)
        except StoreAway:
            integration.metrics.nudged(Nudged.STORE_AWAY)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the next pull of Zendesk's brings it
            integration.metrics.nudged(Nudged.FAILED)
            self._journal.fault(request_id=owner, endpoint="nudge", integration=integration.config.path, error=error)

    async def _pull_while_told(self, account: str, integration: Integration, owner: str) -> None:
        """One pull, and another one while webhooks told of the account during the last."""
        claim = await self._store.claim(account, owner, CLAIM_SECONDS)
        if claim is None:
            # Whoever has it goes on with what came; an account that nobody knows has no pull to go on from.
            integration.metrics.nudged(Nudged.ELSEWHERE)
            return
        turn = self._turns.setdefault(integration.id, asyncio.Semaphore(AT_ONCE))
        while claim is not None:
            began = self._clock()
            async with turn:
                tells = await self._push_all(account, integration, owner, claim)
            await self._until_due(began)
            self._again.discard(account)
            if await self._store.release(account, owner, tells):
                return
            claim = await self._store.claim(account, owner, CLAIM_SECONDS)
            if claim is not None and self._stopping.is_set():
                await self._store.release(account, owner, claim.tells)
                return

    async def _push_all(self, account: str, integration: Integration, owner: str, claim: Claim) -> int:
        """Push page after page while there is more. How often webhooks had told of the account before the last."""
        for _ in range(PAGES):
            page = Page(account, owner, claim, self._pages.new_call(integration))
            began = self._clock()
            ended, more = await self._pages.push(page, integration)
            integration.metrics.nudged(ended)
            self._journal.nudge(
                request_id=page.call.request_id,
                integration=integration.config.path,
                account_id=page.call.account_id,
                outcome=ended,
                resources=page.call.resources or 0,
                seconds=self._clock() - began,
            )
            again = await self._store.claim(account, owner, CLAIM_SECONDS) if more else None
            if again is None or self._stopping.is_set():
                break
            claim = again
        return claim.tells

    async def _until_due(self, began: float) -> None:
        """Wait until the account may be pulled again; not when the edge stops."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, began + self._seconds - self._clock())):
                await self._stopping.wait()
