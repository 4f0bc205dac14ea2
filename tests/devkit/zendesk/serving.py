# SPDX-License-Identifier: Apache-2.0
"""ASGI applications on free ports of this machine, the local Zendesk's whole site among them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import uvicorn
from uvicorn.server import ServerState

from sealock_devkit.zendesk import LocalZendesk
from sealock_devkit.zendesk.server import create_site

TURNS_TO_ACCEPT = 10


@asynccontextmanager
async def listening(app: Any, **options: Any) -> AsyncIterator[str]:
    """
    The address of an application until the block ends; `options` are uvicorn's. What is under way then is cut off.

    uvicorn's own loop looks a tenth of a second apart whether it should end, and waits another tenth: too long for a
    server that lives for one test.
    """
    # asyncio sends small answers at once only on sockets that say they are TCP: without it each takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none", **options)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup([listener])
    await server.on_tick(0)  # every answer has a Date
    try:
        yield f"{'https' if config.is_ssl else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        for each in server.servers:
            each.close()
        listener.close()
        await _cut_off(server.server_state)


async def _cut_off(state: ServerState) -> None:
    """End all connections; one that was accepted at the last moment comes up some turns of the loop later."""
    cancelled: set[asyncio.Task[None]] = set()
    turns = 0
    while state.connections or state.tasks or turns < TURNS_TO_ACCEPT:
        for task in state.tasks - cancelled:
            task.cancel()
            cancelled.add(task)
        for connection in list(state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)
        turns += 1


def client_of(url: str, **options: Any) -> httpx2.AsyncClient:
    """A client of a server on this machine: it needs no certificates, which take long to read."""
    return httpx2.AsyncClient(base_url=url, verify=False, trust_env=False, **{"timeout": 20, **options})


@asynccontextmanager
async def served(zendesk: LocalZendesk) -> AsyncIterator[str]:
    """The address of the local Zendesk's site. When the block ends, pages that are open no longer hear of changes."""
    stopping = asyncio.Event()
    async with listening(create_site(zendesk, stopping.is_set)) as url:
        yield url
        stopping.set()
        zendesk.context.changes.announce()
