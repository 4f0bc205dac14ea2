# SPDX-License-Identifier: Apache-2.0
"""Tells open pages that something changed; they then fetch themselves again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial

from falcon.asgi import Request, Response, SSEvent

from sealock_devkit.zendesk.changes import Changes

CALM_SECONDS = 0.1
"""Changes within so short a time are told once."""
PING_SECONDS = 15.0


class Stream:
    """`/stream`: server-sent events, one for each change, until the page is left or this server ends."""

    def __init__(self, changes: Changes, ends: Callable[[], bool]) -> None:
        self._changes = changes
        self._ends = ends

    async def on_get(self, _request: Request, response: Response) -> None:
        """The count of changes so far, now and after each change."""
        response.sse = self._events()

    async def _events(self) -> AsyncIterator[SSEvent | None]:
        told = -1
        while not self._ends():
            if self._changes.count != told:
                told = self._changes.count
                yield SSEvent(event="change", text=str(told))
                await asyncio.sleep(CALM_SECONDS)
            happened = await self._changes.wait_until(partial(self._has_news, told), PING_SECONDS)
            if not happened:
                yield None  # a ping, which finds out that a page was left

    def _has_news(self, told: int) -> bool:
        return self._changes.count != told or self._ends()
