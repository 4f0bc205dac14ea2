# SPDX-License-Identifier: Apache-2.0
"""
How far an account has come: the state of its pulls.

Comments are followed by id, not by date. WordPress compares dates in the site's local time: what is written in the
repeated hour of autumn, or after the owner changed the time zone, would sort before what is known already and be
lost. Ids only grow, and equal seconds do not matter.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from sealock_connector import InvalidRequest, read_json

WINDOW = 60
"""So many of the newest comments are looked at again in each pull: one of them may have come out of the spam folder,
or been stored a moment later than one with a higher id."""
MOST_WAITING = 200
"""So many comments that wait for moderation are remembered; of more, the oldest are given up."""
MAX_BYTES = 3_700


@dataclass(frozen=True, slots=True)
class Position:
    """Which comments are done with."""

    settled: int = 0
    """All up to this id."""
    rank: int = 0
    """How many approved or waiting comments there were up to it: where the list of comments has to be read from."""
    seen: tuple[int, ...] = ()
    """Those above it, ascending."""
    waiting: tuple[int, ...] = ()
    """Those of all these that were waiting for moderation when they were seen, ascending."""

    @classmethod
    def load(cls, state: bytes) -> Position:
        """Read a state; an empty one is the beginning. Raises `InvalidRequest`."""
        if not state:
            return cls()
        try:
            settled, rank, seen, waiting = read_json(state)
            return cls(_whole(settled), _whole(rank), _summed(seen, _whole(settled)), _summed(waiting, 0))
        except (ValueError, TypeError):
            raise InvalidRequest("the state is not this connector's") from None

    def dump(self) -> bytes:
        """The state's bytes. Should they be too many, the oldest waiting comments are given up."""
        waiting = self.waiting
        while True:
            parts = [self.settled, self.rank, _differences(self.seen, self.settled), _differences(waiting, 0)]
            state = json.dumps(parts, separators=(",", ":")).encode()
            if len(state) <= MAX_BYTES or not waiting:
                return state
            waiting = waiting[1:]

    def knows(self, id: int) -> bool:  # noqa: A002
        """Whether the comment is done with, or waiting."""
        return id <= self.settled or id in self.seen

    def with_rank(self, rank: int) -> Position:
        """The same, after the list was read anew."""
        return replace(self, rank=rank)

    def with_seen(self, id: int) -> Position:  # noqa: A002
        """The same, with one more comment done."""
        seen = tuple(sorted({*self.seen, id}))
        surplus = len(seen) - WINDOW
        if surplus <= 0:
            return replace(self, seen=seen)
        return replace(self, settled=seen[surplus - 1], rank=self.rank + surplus, seen=seen[surplus:])

    def with_waiting(self, id: int) -> Position:  # noqa: A002
        """The same, with one more comment seen that waits."""
        waiting = tuple(sorted({*self.waiting, id}))[-MOST_WAITING:]
        return replace(self.with_seen(id), waiting=waiting)

    def without_waiting(self, *ids: int) -> Position:
        """The same, with comments that wait no longer."""
        return replace(self, waiting=tuple(each for each in self.waiting if each not in ids))


def _differences(ids: tuple[int, ...], start: int) -> list[int]:
    return [each - before for before, each in pairwise((start, *ids))]


def _summed(differences: Iterable[Any], start: int) -> tuple[int, ...]:
    ids = []
    for difference in differences:
        start += _whole(difference)
        ids.append(start)
    return tuple(ids)


def _whole(raw: Any) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool) or not 0 <= raw < 2**64:
        raise ValueError("not the number of a comment")
    return raw
