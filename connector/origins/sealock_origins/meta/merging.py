# SPDX-License-Identifier: Apache-2.0
"""Several lists gone through together, by time."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sealock_connector import Cursor, ExternalResource

AT_ONCE = 4
"""So many lists are begun at a time."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A post or comment in the order of the pull: by time, what is answered before the answer."""

    at: datetime
    depth: int
    id: str


Told = tuple[Entry, ExternalResource | None]
"""An entry, and what it becomes; None for what the Page wrote itself."""


Step = tuple[ExternalResource | None, Cursor]
"""What an entry becomes, and how far the pull is with it."""


class Stream:
    """A sequence of entries, read as far as needed."""

    def __init__(self, entries: AsyncGenerator[Told]) -> None:
        self._entries = entries

    async def next(self) -> Told | None:
        """The next entry; None at the end."""
        return await anext(self._entries, None)

    async def close(self) -> None:
        """End what is being read."""
        await self._entries.aclose()


async def news(streams: Sequence[Stream], cursor: Cursor) -> AsyncGenerator[Step]:
    """
    What of the streams' entries the cursor has not seen, in order, and the cursor after each.

    The cursor has a start. The streams are closed at the end, however it comes.
    """
    since = cursor.since
    assert since is not None
    try:
        async for entry, resource in merged(streams):
            if entry.at >= since and (entry.at, entry.id) not in cursor:
                cursor = cursor.seen(entry.at, entry.id)
                yield resource, cursor
    finally:
        for stream in streams:
            await stream.close()


async def merged(streams: Sequence[Stream]) -> AsyncIterator[Told]:
    """The entries of all streams in order; a few streams are begun at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def first(stream: Stream) -> Told | None:
        async with gate:
            return await stream.next()

    begun = await _all([first(stream) for stream in streams])
    ordered = [(head[0], number, head[1]) for number, head in enumerate(begun) if head]
    heapq.heapify(ordered)
    while ordered:
        entry, number, resource = heapq.heappop(ordered)
        yield entry, resource
        following = await streams[number].next()
        if following:
            heapq.heappush(ordered, (following[0], number, following[1]))


async def _all(calls: Sequence[Coroutine[Any, Any, _T]]) -> list[_T]:
    """The results of all calls. The first failure ends the others, and is raised as it is."""
    tasks = [asyncio.ensure_future(call) for call in calls]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
