# SPDX-License-Identifier: Apache-2.0
"""Waiting for a record that another process changes: it is looked at, often at first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

_SOON, _AT_LAST = 0.02, 0.5


async def while_held(held: Callable[[], Awaitable[bool]], longest: timedelta) -> None:
    """Return when `held` says no, at the latest after `longest`."""
    loop = asyncio.get_running_loop()
    until = loop.time() + longest.total_seconds()
    pause = _SOON
    while loop.time() < until and await held():
        await asyncio.sleep(min(pause, max(until - loop.time(), 0)))
        pause = min(pause * 2, _AT_LAST)
