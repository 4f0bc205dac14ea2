# SPDX-License-Identifier: Apache-2.0
"""Work that takes longer than a call should keep others waiting."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Final, TypeVar

Made = TypeVar("Made")

SWITCH_SECONDS: Final = 0.0005
"""
How long a thread with heavy work keeps the interpreter while the loop waits for it, which it does after each system
call. With Python's own five milliseconds, taking sixteen connections took a tenth of a second beside such a thread.
"""


def let_the_loop_go_first() -> None:
    """For the whole process: whatever heavy work is under way, the loop has its turn within half a millisecond."""
    sys.setswitchinterval(SWITCH_SECONDS)


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
