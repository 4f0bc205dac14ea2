# SPDX-License-Identifier: Apache-2.0
"""How long a call may take. Deadlines are budgets: a slice of each is kept for answering."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import grpc.aio

DEFAULT_SECONDS = 60.0
"""The budget of a call whose caller set no deadline."""
WORTH_STARTING_SECONDS = 0.1
"""With less than this left a call can only fail, so it is refused at once."""


def budget(context: grpc.aio.ServicerContext[object, object]) -> float:
    """The seconds that the call may still take."""
    left: float | None = context.time_remaining()
    return DEFAULT_SECONDS if left is None else min(left, 24 * 3600.0)


@dataclass(frozen=True, slots=True)
class Deadline:
    """An instant of the event loop's clock by which the answer has to be on its way."""

    at: float

    @classmethod
    def within(cls, seconds: float, *, margin: float) -> Deadline:
        """The deadline of a call that has `seconds` left: `margin` earlier, or a tenth if that is less."""
        return cls(asyncio.get_running_loop().time() + seconds - min(margin, seconds / 10))

    @property
    def left(self) -> float:
        """The seconds until then; negative afterwards."""
        return self.at - asyncio.get_running_loop().time()
