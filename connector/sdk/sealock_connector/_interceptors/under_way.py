# SPDX-License-Identifier: Apache-2.0
"""How many calls are under way, so that a stopping server knows when it may go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sealock_connector._interceptors.around import Around, Call


class UnderWay(Around):
    """Counts calls of the contract; health checks, which may last for ever, do not count."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:  # noqa: ARG002
        """Count the call while it lasts."""
        self._count += 1
        self._none.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._none.set()

    async def ended(self) -> None:
        """Return once no call is under way."""
        await self._none.wait()
