# SPDX-License-Identifier: Apache-2.0
"""Tells those who wait that something happened, so that nobody has to look again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Changes:
    """A counter of what happened, which can be waited for. One event loop only."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Event] = set()
        self.count = 0

    def announce(self) -> None:
        """Something that can be seen from outside is different now."""
        self.count += 1
        for waiter in self._waiters:
            waiter.set()

    async def wait_until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Wait until `holds` is true, looking after each change. False when the time is up first."""
        deadline = asyncio.get_running_loop().time() + seconds
        waiter = asyncio.Event()
        self._waiters.add(waiter)
        try:
            while not holds():
                waiter.clear()
                async with asyncio.timeout_at(deadline):
                    await waiter.wait()
        except TimeoutError:
            return holds()
        finally:
            self._waiters.discard(waiter)
        return True
