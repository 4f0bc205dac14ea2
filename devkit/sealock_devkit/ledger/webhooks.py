# SPDX-License-Identifier: Apache-2.0
"""The logbooks' webhooks: signed, repeated until they are taken, and by chance twice, late, or in another order."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter

import httpx2

from sealock_devkit.ledger.connector import SIGNATURE
from sealock_devkit.ledger.logbook import Entry

TRIES = 12
SECONDS = 10.0


class WebhookSender:
    """Tells an edge of entries; `counted` says what became of that."""

    def __init__(self, url: str, secret: str, seed: int) -> None:
        self._url = url
        self._secret = secret
        self._random = random.Random(seed)  # noqa: S311 - a play, which a seed repeats
        self._http = httpx2.AsyncClient(trust_env=False, timeout=SECONDS)
        self._under_way: set[asyncio.Task[None]] = set()
        self.counted: Counter[str] = Counter()
        self.calm = False
        """Whether each is sent once and at once from now on."""
        self.taken: dict[int, float] = {}
        """When the webhook of an entry was first taken, on the loop's clock."""

    def tell(self, entry: Entry) -> None:
        """Send it, in a task of its own."""
        times = 1 if self.calm else self._random.choice((1, 1, 1, 2, 3))
        for _ in range(times):
            late = 0.0 if self.calm else self._random.choice((0.0, 0.0, 0.0, self._random.random() * 3))
            task = asyncio.create_task(self._send(entry, late))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def settle(self) -> None:
        """Wait for those under way."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def close(self) -> None:
        """Give up those under way."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._http.aclose()

    async def _send(self, entry: Entry, late: float) -> None:
        await asyncio.sleep(late)
        body = json.dumps({"places": {entry.place: [] if entry.listed else [entry.id]}}).encode()
        headers = {SIGNATURE.header: SIGNATURE.sign(self._secret, body), "Content-Type": "application/json"}
        for number in range(TRIES):
            try:
                answer = await self._http.post(self._url, content=body, headers=headers)
            except httpx2.HTTPError:
                self.counted["not answered"] += 1
            else:
                self.counted[str(answer.status_code)] += 1
                if answer.is_success:
                    self.taken.setdefault(entry.id, asyncio.get_running_loop().time())
                    return
            await asyncio.sleep(min(0.2 * 2**number, 5.0))
        self.counted["given up"] += 1
