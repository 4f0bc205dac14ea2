# SPDX-License-Identifier: Apache-2.0
"""How often strangers may have a connector asked: by steps of set-up, and by webhooks."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Final

from sealock_edge.problems import TooManySteps, TooOften

MOST_KEPT: Final = 4096
"""How many addresses, or Zendesk accounts, are remembered; of more, the one that was seen longest ago is forgotten."""


class Pace:
    """
    So many a minute for each name: all at once after a quiet minute, then one each time that another is due.

    A name that is forgotten because there are too many others may begin anew.
    """

    def __init__(
        self,
        per_minute: int,
        clock: Callable[[], float],
        *,
        too_often: type[TooOften] = TooManySteps,
        most_kept: int = MOST_KEPT,
    ) -> None:
        """`clock` is monotonic, in seconds; `too_often` is raised of what is too much."""
        self._most = float(per_minute)
        self._per_second = per_minute / 60
        self._clock = clock
        self._too_often = too_often
        self._most_kept = most_kept
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, name: str) -> None:
        """Count one. Raises what is raised of too much, and counts none."""
        now = self._clock()
        left, at = self._left.pop(name, (self._most, now))
        left = min(self._most, left + (now - at) * self._per_second)
        taken = left >= 1
        self._left[name] = (left - 1 if taken else left), now
        if len(self._left) > self._most_kept:
            del self._left[next(iter(self._left))]
        if not taken:
            raise self._too_often(max(1, ceil((1 - left) / self._per_second)))


class Paces:
    """The pace of each client address, and of each one that the work is for; in this process."""

    def __init__(self, by_address: Pace, by_owner: Pace) -> None:
        self._by_address = by_address
        self._by_owner = by_owner

    def take(self, address: str, owner: str) -> None:
        """
        Count one. Raises what either raises of too much.

        The address comes first: what is refused for one leaves what the owner may have to others.
        """
        self._by_address.take(address)
        self._by_owner.take(owner)
