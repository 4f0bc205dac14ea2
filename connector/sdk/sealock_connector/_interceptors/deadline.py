# SPDX-License-Identifier: Apache-2.0
"""Every call has a deadline, and its answer is on its way before it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sealock_connector._deadlines import WORTH_STARTING_SECONDS, budget
from sealock_connector._interceptors.around import Around, Call
from sealock_connector.errors import OriginUnavailable

MARGIN_SECONDS = 0.1
"""What is kept of each deadline for the way back."""


class Deadlines(Around):
    """Refuses calls that cannot be answered in time, and ends those that were not."""

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        """Run the call within what is left of its deadline."""
        left = budget(call.context)
        if left < WORTH_STARTING_SECONDS:
            raise OriginUnavailable("the deadline leaves no time")
        try:
            async with asyncio.timeout(left - min(MARGIN_SECONDS, left / 20)) as timer:
                yield
        except TimeoutError:
            if timer.expired():
                raise OriginUnavailable("the deadline came first") from None
            raise
