# SPDX-License-Identifier: Apache-2.0
"""A steady, gentle load of pulls through the way in, as Zendesk's pulls would be."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2

from tests.cluster.installed import ORIGIN, Installed

AT_ONCE = 6
PAUSE_SECONDS = 0.25


class Load:
    """Pulls one account again and again."""

    def __init__(self, url: str, metadata: str, state: str) -> None:
        self.answers: Counter[str] = Counter()
        self.metadata, self.state = metadata, state
        self._url = url

    @property
    def failures(self) -> dict[str, int]:
        """Everything but 200."""
        return {what: count for what, count in self.answers.items() if what != "200"}

    async def answered(self, more: int, seconds: float = 120) -> None:
        """Wait until so many more calls were answered."""
        goal = self.answers.total() + more
        async with asyncio.timeout(seconds):
            while self.answers.total() < goal:  # noqa: ASYNC110 - what is waited for happens in the cluster
                await asyncio.sleep(0.1)

    async def go_on(self) -> None:
        """Pull until cancelled; every second call on a connection of its own."""
        async with _client() as kept:
            while True:
                self.answers[await self._pull(kept)] += 1
                async with _client() as fresh:
                    self.answers[await self._pull(fresh)] += 1
                await asyncio.sleep(PAUSE_SECONDS)

    async def _pull(self, http: httpx2.AsyncClient) -> str:
        try:
            answer = await http.post(self._url, data={"metadata": self.metadata, "state": self.state})
        except httpx2.HTTPError as error:
            return type(error).__name__
        if answer.status_code == 200:
            self.metadata = answer.json().get("metadata") or self.metadata
        return str(answer.status_code)


@asynccontextmanager
async def load_on(installed: Installed) -> AsyncGenerator[Load]:
    """The load, until the block ends; what was under way is waited for."""
    kept = await installed.zendesk.account(installed.account)
    load = Load(f"{installed.way_in.url}/{ORIGIN}/pull", kept["metadata"], kept["state"])
    tasks = [asyncio.create_task(load.go_on()) for _ in range(AT_ONCE)]
    try:
        await load.answered(20)
        yield load
        await load.answered(40)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _client() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(trust_env=False, timeout=60)
