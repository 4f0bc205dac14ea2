# SPDX-License-Identifier: Apache-2.0
"""Applications of this process at addresses that a browser can open."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

import uvicorn


@asynccontextmanager
async def serving(
    make: Callable[[str], Any], *, lifespan: Literal["on", "off"] = "off", before_stop: Callable[[], None] | None = None
) -> AsyncIterator[str]:
    """
    Serve the application that `make` gives for its address; the address.

    `before_stop` ends what would otherwise never end.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(make(url), log_level="error", lifespan=lifespan, timeout_graceful_shutdown=3)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server._serve([listener]))
        while not server.started:
            await asyncio.sleep(0.01)
            assert not task.done(), "the application did not start"
        try:
            yield url
        finally:
            if before_stop:
                before_stop()
            server.should_exit = True
            await task
