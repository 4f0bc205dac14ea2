# SPDX-License-Identifier: Apache-2.0
"""Applications over real HTTP on this machine, served as their programs serve them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn


def listening(host: str = "127.0.0.1") -> tuple[socket.socket, str]:
    """A socket that listens, and its address as browsers write it."""
    # asyncio sends small answers at once only on sockets that say they are TCP: without it each takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind((host, 0))
    listener.listen()
    return listener, f"http://{host}:{listener.getsockname()[1]}"


@asynccontextmanager
async def served(app: Any, listener: socket.socket, *, lifespan: Any = "off") -> AsyncIterator[None]:
    config = uvicorn.Config(
        app,
        http="httptools",
        log_level="critical",
        lifespan=lifespan,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve([listener]))
    while not server.started:
        await asyncio.sleep(0.01)
        assert not task.done()
    try:
        yield
    finally:
        server.should_exit = True
        await task
        listener.close()
