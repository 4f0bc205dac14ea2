# SPDX-License-Identifier: Apache-2.0
"""A steady load of pulls and replies on edges, by a caller that goes where it is welcome, as a load balancer does."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import httpx2

from sealock_devkit.stack.programs import Edge
from sealock_devkit.stack.stack import Stack


class Load:
    """
    Pulls one account again and again, several at once.

    Before each call it asks the edges' readiness, as an ingress does, and calls one that is ready.
    """

    def __init__(self, stack: Stack, metadata: str, state: str) -> None:
        self.answers: Counter[str] = Counter()
        self.metadata = metadata
        self.state = state
        self._stack = stack
        self._turn = itertools.count()
        self._ready = set(range(len(stack.edges)))

    @property
    def failures(self) -> dict[str, int]:
        """Everything but 200."""
        return {what: count for what, count in self.answers.items() if what != "200"}

    @asynccontextmanager
    async def running(self, at_once: int = 6) -> AsyncGenerator[Load]:
        """Load until the block ends."""
        async with self._client() as http:
            tasks = [asyncio.create_task(self._pull_on(http)) for _ in range(at_once)]
            watch = asyncio.create_task(self._watch())
            try:
                yield self
            finally:
                for task in (*tasks, watch):
                    task.cancel()
                await asyncio.gather(*tasks, watch, return_exceptions=True)

    async def answered(self, more: int) -> None:
        """Wait until so many more calls were answered."""
        goal = self.answers.total() + more
        async with asyncio.timeout(60):
            while self.answers.total() < goal:  # noqa: ASYNC110 - what is waited for happens in other processes
                await asyncio.sleep(0.02)

    async def pull_once(self) -> str:
        """One pull at the first edge."""
        async with self._client() as http:
            return await self.pull(http, self._stack.edge)

    def _client(self) -> httpx2.AsyncClient:
        verify = self._stack.trust.context() if self._stack.trust else True
        return httpx2.AsyncClient(verify=verify, trust_env=False, timeout=30)

    async def pull(self, http: httpx2.AsyncClient, edge: Edge) -> str:
        """One pull; its status, or the name of what went wrong."""
        url = f"{edge.url}/{self._stack.origin.name}/pull"
        try:
            answer = await http.post(url, data={"metadata": self.metadata, "state": self.state})
        except httpx2.HTTPError as error:
            return type(error).__name__
        return str(answer.status_code)

    async def _pull_on(self, http: httpx2.AsyncClient) -> None:
        while True:
            ready = sorted(self._ready)
            edge = self._stack.edges[ready[next(self._turn) % len(ready)]]
            self.answers[await self.pull(http, edge)] += 1
            await asyncio.sleep(0.005)

    async def _watch(self) -> None:
        async with httpx2.AsyncClient(trust_env=False, timeout=2) as http:
            while True:
                for number, edge in enumerate(self._stack.edges):
                    ready = False
                    with suppress(httpx2.HTTPError):
                        ready = (await http.get(f"{edge.internal_url}/readyz")).status_code == 200
                    (self._ready.add if ready else self._ready.discard)(number)
                await asyncio.sleep(0.05)


async def load_on(stack: Stack, account: int) -> Load:
    """A load of the account's pulls, with what Zendesk keeps for it now."""
    kept = await stack.zendesk.account(account)
    return Load(stack, kept["metadata"], kept["state"])
