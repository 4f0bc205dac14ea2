# SPDX-License-Identifier: Apache-2.0
"""
How far an account has come: the state of its pulls.

Comments are followed by id, not by date. WordPress compares dates in the site's local time: what is written in the
repeated hour of autumn, or after the owner changed the time zone, would sort before what is known already and be
lost. Ids only grow, and equal seconds do not matter.

Unless the site was restored from a backup, or an old MySQL restarted after the newest comments were deleted: then ids
are given out again. So the newest comments are known by their marks too, and a known id with another comment's mark,
or one that was written after all that were known, is a new comment.
"""

from __future__ import annotations

import json
import logging
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from sealock_connector import InvalidRequest, Miss, count_miss, read_json
from sealock_origins.wordpress.comments import Comment, Mark
from sealock_origins.wordpress.ids import GivenAgain

WINDOW = 60
"""So many of the newest comments are looked at again in each pull: one of them may have come out of the spam folder,
or been stored a moment later than one with a higher id."""
MOST_WAITING = 20_000
"""So many comments that wait for moderation are remembered, if the state has room for them."""
MAX_BYTES = 3_700
_MOST_UNPACKED = 1_000_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Between which comments some that waited for moderation were given up, as there was no room for them."""

    first: int = 0
    last: int = 0
    """Their ids; 0 if none was given up."""
    waiting: int = -1
    """How many comments waited at the site when these were looked for last; -1 if that is not known."""
    offset: int = -1
    """While they are looked for: the place in the list to read on from. Else -1."""

    @property
    def being_read(self) -> bool:
        """Whether they are being looked for."""
        return self.offset >= 0

    def with_more(self, ids: Sequence[int]) -> GivenUp:
        """The same, after these were given up."""
        if not ids:
            return self
        return replace(self, first=min(self.first or ids[0], ids[0]), last=max(self.last, ids[-1]))

    def read(self) -> GivenUp:
        """The same, after all of them were looked for."""
        return GivenUp(waiting=self.waiting)

    @classmethod
    def load(cls, values: Any) -> GivenUp:
        """Read what a state has. Raises `ValueError` and `TypeError`."""
        first, last, waiting, offset = values
        return cls(_whole(first), _whole(last), _whole(waiting) - 1, _whole(offset) - 1)

    def dump(self) -> list[int]:
        """What a state has."""
        return [self.first, self.last, self.waiting + 1, self.offset + 1]


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
    marks: tuple[Mark, ...] = ()
    """What those in `seen` are known by; of some that were seen long ago it may be missing."""
    latest: int = 0
    """When the newest of all these was written, in seconds since 1970; 0 if that is not known."""
    again: int = 0
    """While the list is read anew because ids were given out again: what was written up to then is done with."""
    turn: int = 0
    """The waiting comment that was looked at last; which are looked at in each pull goes by turns."""
    given_again: str = ""
    """Which ids were given out again, as an account has it."""
    given_up: GivenUp = GivenUp()
    """Which waiting comments are not known any more."""

    @classmethod
    def load(cls, state: bytes) -> Position:
        """Read a state; an empty one is the beginning. Raises `InvalidRequest`."""
        if not state:
            return cls()
        try:
            settled, rank, seen, waiting, *further = read_json(_unpacked(state))
            position = cls(_whole(settled), _whole(rank), _summed(seen, _whole(settled)), _summed(waiting, 0))
            if not further:
                return position
            marks, latest, again, turn, given_again, *given_up = further
            known = tuple(Mark(_whole(latest - earlier), _whole(name), _whole(mail)) for earlier, name, mail in marks)
            position = replace(position, marks=known, latest=_whole(latest), again=_whole(again), turn=_whole(turn))
            position = replace(position, given_again=GivenAgain.read(given_again).as_text())
            return replace(position, given_up=GivenUp.load(given_up[0])) if given_up else position
        except (ValueError, TypeError, zlib.error):
            raise InvalidRequest("the state is not this connector's") from None

    def dump(self) -> bytes:
        """
        The state's bytes.

        Should they be too many, the oldest waiting comments are given up, and looked for again later: there is room for
        about 2,000 that lie far apart, 8,000 that are every second comment, and 20,000 in a row.
        """
        kept, state = self, _packed(self)
        while len(state) > MAX_BYTES and kept.waiting:
            kept = kept.without_oldest(len(kept.waiting) // 16 + 1)
            state = _packed(kept)
        if given_up := len(self.waiting) - len(kept.waiting):
            count_miss(Miss.PASSED_OVER)
            _log.error("%d comments wait for moderation, the oldest %d are given up", len(self.waiting), given_up)
        return state

    def without_oldest(self, number: int) -> Position:
        """The same without so many of the waiting comments, which are looked for again later."""
        given_up = self.given_up.with_more(self.waiting[:number])
        return replace(self, waiting=self.waiting[number:], given_up=given_up)

    @property
    def highest(self) -> int:
        """The highest id that is known."""
        return max(self.settled, self.seen[-1] if self.seen else 0)

    def knows(self, id: int) -> bool:  # noqa: A002
        """Whether the comment is done with, or waiting."""
        return id <= self.settled or _place(self.seen, id) is not None

    def waits(self, id: int) -> bool:  # noqa: A002
        """Whether the comment was waiting when it was seen."""
        return _place(self.waiting, id) is not None

    def is_another(self, comment: Comment) -> bool:
        """Whether the id is known as that of another comment."""
        place = _place(self.seen, comment.id)
        if place is not None and place < len(self.marks):
            return self.marks[place].is_another(comment.mark, latest=self.latest)
        return comment.id <= self.settled and 0 < self.latest < comment.mark.at

    def was_before(self, comment: Comment) -> bool:
        """Whether the comment is one of those that are listed anew because ids were given out again."""
        return 0 < comment.mark.at <= self.again

    def with_rank(self, rank: int) -> Position:
        """The same, after the list was read anew."""
        return replace(self, rank=rank)

    def with_latest(self, comments: Iterable[Comment]) -> Position:
        """The same, if it was not known when the newest comment was written."""
        if self.latest:
            return self
        dates = [comment.mark.at for comment in comments if comment.id <= self.settled]
        return replace(self, latest=max(dates, default=0))

    def with_seen(self, id: int, mark: Mark = Mark()) -> Position:  # noqa: A002, B008
        """The same, with one more comment done."""
        ids, marks = list(self.seen), [*self.marks, *[Mark()] * (len(self.seen) - len(self.marks))]
        place = bisect_left(ids, id)
        if place < len(ids) and ids[place] == id:
            marks[place] = mark
        else:
            ids.insert(place, id)
            marks.insert(place, mark)
        latest, surplus = max(self.latest, mark.at), max(0, len(ids) - WINDOW)
        return replace(
            self,
            settled=ids[surplus - 1] if surplus else self.settled,
            rank=self.rank + surplus,
            seen=tuple(ids[surplus:]),
            marks=tuple(marks[surplus:]),
            latest=latest,
        )

    def with_waiting(self, id: int, mark: Mark = Mark()) -> Position:  # noqa: A002, B008
        """The same, with one more comment seen that waits."""
        return self.with_seen(id, mark).waiting_again(id)

    def waiting_again(self, id: int) -> Position:  # noqa: A002
        """The same, with one more comment that waits and was seen before."""
        place = bisect_left(self.waiting, id)
        if self.waits(id):
            return self
        position = replace(self, waiting=(*self.waiting[:place], id, *self.waiting[place:]))
        return position.without_oldest(len(position.waiting) - MOST_WAITING) if self._is_full else position

    @property
    def _is_full(self) -> bool:
        return len(self.waiting) >= MOST_WAITING

    def without_waiting(self, *ids: int) -> Position:
        """The same, with comments that wait no longer."""
        gone = set(ids)
        if not any(map(self.waits, gone)):
            return self
        return replace(self, waiting=tuple(each for each in self.waiting if each not in gone))

    def with_turn(self, turn: int) -> Position:
        """The same, after waiting comments up to this id were looked at."""
        return replace(self, turn=turn)

    def back_to(self, first: int, *, rank: int, before: int) -> Position:
        """
        The same, after it was noticed that ids from `first` on, the one of that rank, are given out again.

        What was written `before` or earlier, in seconds since 1970, is done with although it is listed anew.
        """
        back, kept = first <= self.settled, bisect_left(self.seen, first)
        times = self.given_again
        if before:
            times = GivenAgain.read(times).and_then(up_to=self.highest, after=before).as_text()
        return replace(
            self,
            settled=first - 1 if back else self.settled,
            rank=rank if back else self.rank,
            seen=() if back else self.seen[:kept],
            marks=() if back else self.marks[:kept],
            again=before,
            given_again=times,
        )

    def at_the_end(self, last: int, total: int) -> Position:
        """The same, after all of the list was read, whose highest id is `last`; it may be shorter than it was."""
        if last < self.settled:
            return self.back_to(last + 1, rank=total, before=self.latest)
        return replace(self, again=0) if self.again else self


def _packed(position: Position) -> bytes:
    marks = [[position.latest - mark.at, mark.name, mark.address] for mark in position.marks]
    parts = [
        position.settled,
        position.rank,
        _differences(position.seen, position.settled),
        _differences(position.waiting, 0),
    ]
    parts += [marks, position.latest, position.again, position.turn, position.given_again]
    if position.given_up != GivenUp():
        parts.append(position.given_up.dump())
    state = json.dumps(parts, separators=(",", ":")).encode()
    return state if len(state) <= MAX_BYTES else zlib.compress(state, 9)


def _unpacked(state: bytes) -> bytes:
    if state.startswith(b"["):
        return state
    unpacking = zlib.decompressobj()
    text = unpacking.decompress(state, _MOST_UNPACKED)
    if not unpacking.eof:
        raise ValueError("not whole")
    return text


def _place(ids: tuple[int, ...], id: int) -> int | None:  # noqa: A002
    """Where the id is."""
    place = bisect_left(ids, id)
    return place if place < len(ids) and ids[place] == id else None


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
