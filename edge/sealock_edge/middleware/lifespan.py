# SPDX-License-Identifier: Apache-2.0
"""What opens when a worker starts and closes when it ends: connectors' channels, and the watch over the key ring."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from sealock_edge.connectors import Connector

KEY_RING_SECONDS = 10.0
"""How often the directory of keys is read again."""


class Lifespan:
    """
    Runs inside the worker's event loop, after any fork: gRPC channels must not cross one.

    Connectors that are down do not keep the edge from starting.
    """

    def __init__(self, connectors: Iterable[Connector], watch_keys: Callable[[], None]) -> None:
        """`watch_keys` reads the key ring again and notes its metrics; it must not raise."""
        self._connectors = tuple(connectors)
        self._watch_keys = watch_keys
        self._watching: asyncio.Task[None] | None = None

    async def process_startup(self, _scope: dict[str, Any], _event: dict[str, Any]) -> None:
        """Called by the server before the first request."""
        for connector in self._connectors:
            await connector.open()
        self._watching = asyncio.create_task(_every(KEY_RING_SECONDS, self._watch_keys))

    async def process_shutdown(self, _scope: dict[str, Any], _event: dict[str, Any]) -> None:
        """Called by the server after the last answer."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        self._watch_keys()
        await _all(connector.close() for connector in self._connectors)


async def _every(seconds: float, do: Callable[[], None]) -> None:
    while True:
        do()
        await asyncio.sleep(seconds)


async def _all(closing: Iterable[Awaitable[None]]) -> None:
    await asyncio.gather(*closing)
