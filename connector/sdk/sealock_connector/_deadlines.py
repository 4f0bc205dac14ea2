# SPDX-License-Identifier: Apache-2.0
"""How long a call may take. Deadlines are budgets: a slice of each is kept for answering."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Self

import grpc.aio

LONGEST_SECONDS: Final[Mapping[str, float]] = MappingProxyType(
    {
        "Describe": 10.0,
        "Setup": 60.0,
        "Pull": 60.0,
        "Channelback": 60.0,
        "ResolveClickthrough": 60.0,
        "ReceiveWebhook": 60.0,
        "OpenFile": 600.0,
        "HandleEvent": 60.0,
    }
)
"""The longest that a call of each kind may take, and what it gets without a deadline. Zendesk waits for a minute."""
WORTH_STARTING_SECONDS = 0.1
"""With less than this left a call can only fail, so it is refused at once."""


def budget(context: grpc.aio.ServicerContext[object, object], method: str) -> float:
    """The seconds that the call, of the RPC of this short name, may still take."""
    left: float | None = context.time_remaining()
    longest = LONGEST_SECONDS[method]
    return longest if left is None else min(left, longest)


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


class TimeLimit:
    """
    A block of a task that is cancelled at an instant of the event loop's clock, and raises `TimeoutError` then.

    It is `asyncio.timeout_at` for a third of its price, as there are three of them around each pull: nothing is awaited
    to begin and to end it, and the instant does not change.
    """

    __slots__ = ("_at", "_before", "_task", "_timer", "expired")

    def __init__(self, at: float) -> None:
        self._at = at
        self.expired = False
        """Whether the instant came in the block."""

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("time is limited in a task")
        self._task = task
        self._before = task.cancelling()
        self._timer = asyncio.get_running_loop().call_at(self._at, self._expire)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        self._timer.cancel()
        # Where somebody else cancelled the task as well, it stays cancelled.
        if self.expired and self._task.uncancel() <= self._before and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _expire(self) -> None:
        self.expired = True
        self._task.cancel()
