# SPDX-License-Identifier: Apache-2.0
"""What could not be read when its turn came: remembered, so that a pull goes on, and asked for again later."""

from __future__ import annotations

from typing import NamedTuple

EVERY_PULL = 10
"""So many times it is asked for again in the next pull, and after that at longer and longer intervals."""
LONGEST_MINUTES = 24 * 60
PASSING_MINUTES = 16
"""The longest interval where Meta only failed: that is over at any time."""
_MOST_TRIES = 255


class Unread(NamedTuple):
    """Something that could not be read. Instants are seconds since 1970."""

    at: int
    """A conversation's last change, or how far a post was read."""
    asked: int = 0
    """When it was asked for last."""
    tries: int = 0

    def is_due(self, now: int) -> bool:
        """Whether it is asked for again."""
        minutes = 2 ** min(self.tries - EVERY_PULL, 20) if self.tries > EVERY_PULL else 0
        return now - self.asked >= 60 * min(minutes, LONGEST_MINUTES) or now < self.asked

    def again(self, at: int, now: int, *, passing: bool) -> Unread:
        """The same after one more attempt; `passing`: Meta only failed."""
        longest = EVERY_PULL + PASSING_MINUTES.bit_length() - 1 if passing else _MOST_TRIES
        return Unread(at, now, max(1, min(self.tries + 1, longest)))
