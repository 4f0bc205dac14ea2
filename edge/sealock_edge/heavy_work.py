# SPDX-License-Identifier: Apache-2.0
"""Work that takes longer than a call should keep others waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

Made = TypeVar("Made")


class HeavyWork:
    """
    Does it in a thread beside the event loop, one piece at a time.

    The interpreter lets one thread run at a time, and hands over every few milliseconds: each further thread would make
    the loop wait that much longer for its turn.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore()

    async def do(self, work: Callable[[], Made]) -> Made:
        """What the work makes; raises what it raises. It must not touch what the loop changes meanwhile."""
        async with self._turn:
            return await asyncio.to_thread(work)
