# SPDX-License-Identifier: Apache-2.0
"""An origin that counts what was posted, and loses answers."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

from sealock_connector import OriginUnavailable, Posted
from sealock_connector._outbox import DeliveryTimes, MemoryOutbox
from sealock_connector._serving.options import Options
from sealock_connector._serving.server import Server
from sealock_connector.testing import Client

QUICK = DeliveryTimes(lease=timedelta(seconds=0.6), settle=timedelta(seconds=0.1), record_again=timedelta(seconds=0.05))
ACCOUNT = {"token": "t"}


class Origin:
    """Counts what was posted, and loses answers."""

    def __init__(self, *, lose: int = 0, error: Exception | None = None) -> None:
        self.posts: list[str] = []
        self.lose = lose
        self.error = error or OriginUnavailable("the answer was lost")
        self.hold = asyncio.Event()
        self.hold.set()

    async def post(self, reply):
        self.posts.append(reply.message)
        external_id = f"post-{len(self.posts)}"
        await self.hold.wait()
        if self.lose:
            self.lose -= 1
            raise self.error
        return Posted(external_id)

    async def find(self, reply):
        if reply.message in self.posts:
            return Posted(f"post-{self.posts.index(reply.message) + 1}")
        return None


@asynccontextmanager
async def quick(connector, store=None, *, grace_seconds=2.0):
    """As `running`, with short leases."""
    options = Options("127.0.0.1:0", insecure=True, drain_seconds=0, grace_seconds=grace_seconds)
    server = Server(connector, options, store or MemoryOutbox(), times=QUICK)
    await server.start()
    async with Client(f"127.0.0.1:{server.port}") as client:
        yield client
    await server.stop()
