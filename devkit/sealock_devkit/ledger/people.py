# SPDX-License-Identifier: Apache-2.0
"""Who is at work during a ledger: people who write, agents who answer, administrators who sign in again."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping

import httpx2

from sealock_devkit.ledger.logbook import Logbook
from sealock_devkit.stack.zendesk_client import ZendeskClient, ZendeskRefused

WRITE_EVERY = 0.15
REPLY_EVERY = 0.6
EDIT_EVERY = 9.0
TRIES = 10


class People:
    """They do what a seed says, until they are told to stop."""

    def __init__(self, logbook: Logbook, zendesk: ZendeskClient, accounts: Mapping[str, int], seed: int) -> None:
        """`accounts` are the numbers of accounts in Zendesk, by place."""
        self._logbook = logbook
        self._zendesk = zendesk
        self._accounts = accounts
        self._random = random.Random(seed)  # noqa: S311 - a play, which a seed repeats
        self._answers: set[asyncio.Task[None]] = set()
        self.counted: Counter[str] = Counter()
        self.replies: list[str] = []
        """The texts of all replies."""

    async def work(self) -> None:
        """Write, answer and sign in until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._write())
            group.create_task(self._answer())
            group.create_task(self._edit())

    async def settle(self) -> None:
        """Wait for the replies under way: each is delivered or failed in the end."""
        while self._answers:
            await asyncio.wait(self._answers)

    async def sign_in(self, place: str) -> bool:
        """An administrator signs in at the place anew. Whether that was possible."""
        try:
            answers = [{"place": place, "refresh": self._logbook.sign_in(place)}]
            await self._zendesk.edit_account(self._accounts[place], answers)
        except (ZendeskRefused, httpx2.HTTPError):
            self.counted["sign-ins that failed"] += 1
            return False
        self.counted["sign-ins"] += 1
        return True

    async def sign_in_at_last(self, place: str) -> None:
        """Signs in once everything is well, which may take some tries."""
        for _ in range(TRIES):
            if await self.sign_in(place):
                return
            await asyncio.sleep(1)

    async def _write(self) -> None:
        places = list(self._accounts)
        while True:
            await asyncio.sleep(self._random.expovariate(1 / WRITE_EVERY))
            place, number = self._random.choice(places), len(self._logbook.entries) + 1
            threads = [each.thread for each in self._logbook.entries if each.place == place and each.listed]
            kind = self._random.random()
            if kind < 0.15:
                self._logbook.write(place, f"entry {number}, which no list shows", listed=False)
            elif kind < 0.6 or not threads:
                self._logbook.write(place, f"entry {number}")
            else:
                self._logbook.write(place, f"entry {number}", thread=self._random.choice(threads[-20:]))

    async def _answer(self) -> None:
        while True:
            await asyncio.sleep(self._random.expovariate(1 / REPLY_EVERY))
            tickets = await self._zendesk.tickets(self._random.choice(list(self._accounts.values())))
            if not tickets:
                continue
            text = f"reply {len(self.replies) + 1}"
            self.replies.append(text)
            task = asyncio.create_task(self._reply(self._random.choice(tickets[-20:]), text))
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)

    async def _reply(self, ticket: int, text: str) -> None:
        reply = await self._zendesk.reply(ticket, text)
        self.counted[f"replies {reply['status']}"] += 1

    async def _edit(self) -> None:
        while True:
            await asyncio.sleep(self._random.expovariate(1 / EDIT_EVERY))
            await self.sign_in(self._random.choice(list(self._accounts)))
