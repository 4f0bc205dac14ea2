# SPDX-License-Identifier: Apache-2.0
"""A guestbook on loopback inside the test's own process, with its entries, faults and clock at hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sealock_devkit.emulators.guestbook.app import guestbook_server
from sealock_devkit.emulators.guestbook.entries import Entries, Entry
from sealock_devkit.emulators.guestbook.faults import Faults

TOKEN = "the-owners-token"
NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@dataclass
class StoppedClock:
    """A clock that goes on only when it is told to."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class GuestbookSite:
    url: str
    entries: Entries
    faults: Faults
    clock: StoppedClock = field(default_factory=StoppedClock)

    def sign(self, text: str, *, author: str = "Anna", answer_to: int | None = None) -> Entry:
        return self.entries.add(author=author, author_id=f"visitor-{author.lower()}", text=text, parent=answer_to)

    def owners(self) -> list[Entry]:
        return [entry for entry in self.entries.since(NOON - timedelta(days=1), after=0, limit=9_999) if entry.by_owner]


@asynccontextmanager
async def running_guestbook(title: str = "Seaside guestbook") -> AsyncIterator[GuestbookSite]:
    clock, faults = StoppedClock(), Faults()
    with Entries(":memory:", clock=clock) as entries:
        server = guestbook_server(entries, faults, host="127.0.0.1", port=0, token=TOKEN, title=title, switches=True)
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
            assert not serving.done(), "the guestbook did not start"
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        try:
            yield GuestbookSite(f"http://{host}:{port}", entries, faults, clock)
        finally:
            server.stop()
            await serving
