# SPDX-License-Identifier: Apache-2.0
"""The local Zendesk's whole site, pages and API, on a free port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from sealock_devkit.zendesk import LocalZendesk
from sealock_devkit.zendesk.server import create_site


@asynccontextmanager
async def served(zendesk: LocalZendesk) -> AsyncIterator[str]:
    """Its address, until the block ends. Pages that are open then no longer hear of changes."""
    listener = socket.create_server(("127.0.0.1", 0))
    stopping = asyncio.Event()
    server = uvicorn.Server(uvicorn.Config(create_site(zendesk, stopping.is_set), log_level="error", lifespan="off"))
    task = asyncio.create_task(server._serve([listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    stopping.set()
    zendesk.context.changes.announce()
    server.should_exit = True
    await task
    listener.close()
