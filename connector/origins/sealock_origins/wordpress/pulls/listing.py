# SPDX-License-Identifier: Apache-2.0
"""Reading the list of comments in parts that the site can give, so that none is left out and none stops the rest."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sealock_connector import Cause, Miss, OriginUnavailable, count_miss
from sealock_connector.egress import TooMuchAsked
from sealock_connector.lists import Lists
from sealock_origins.wordpress.api import PAGE, Api, Listed
from sealock_origins.wordpress.comments import BARE_FIELDS, LISTED_FIELDS
from sealock_origins.wordpress.position import Position
from sealock_origins.wordpress.refusals import Refused

_FIELDS = (LISTED_FIELDS, BARE_FIELDS)
_MOST_BROKEN = 5
"""So many comments in a row that break the site's answer are passed over."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the list of comments."""

    listed: Listed
    offset: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class _Piece:
    """What the site gave of the list at once."""

    listed: Listed
    places: int
    """How many places of the list that is, with those whose comments cannot be had."""
    asked: int
    """How many were asked for."""

    @property
    def ids(self) -> Sequence[int]:
        return self.listed.ids

    @property
    def is_full(self) -> bool:
        return len(self.ids) >= self.asked

    def is_last(self, offset: int) -> bool:
        """
        Whether nothing comes after it.

        A plug-in may give fewer than asked for, or a cache another number than there are: the last piece is one that
        has not been filled, and reaches to where the list ends by the site's own words, if it has any.
        """
        return not self.is_full and (not self.listed.counted or offset + self.places >= self.listed.total)

    def followed_by(self, further: _Piece) -> _Piece:
        """It, and the piece that comes after it."""
        both = self.listed.followed_by(further.listed)
        return _Piece(both, places=self.places + further.places, asked=len(self.ids) + further.asked)


class CommentList:
    """
    One site's comments of a type (`all` for every one), read by one pull. Raises what `Api` raises.

    A part that is too much for the site, or for us, is asked for smaller, down to one comment. One that alone is too
    much is asked for with fewer fields, and passed over if that does not help either.
    """

    def __init__(self, api: Api, lists: Lists, type: str) -> None:  # noqa: A002
        self._api = api
        self._lists = lists
        self._type = type
        self._looked_back_from = -1

    async def after(self, position: Position) -> AsyncGenerator[Part]:
        """
        The list from the position on, in parts.

        Each begins with a comment that the one before has, too: if it does not, comments were deleted in between,
        the rest moved up, and the part is looked for further down.
        """
        last, offset, old = position.settled, max(0, position.rank - 1), position
        before = (-1, 0)
        while True:
            piece, offset = await self._from(last, offset, old)
            beyond = piece.ids[-1] if piece.ids else 0
            goes_on = beyond > before[1] or offset <= before[0]
            if not goes_on and piece.is_full:
                raise OriginUnavailable("the site's list of comments does not go on", cause=Cause.UNREADABLE)
            last = max(last, beyond)
            # Where nothing is new, the site hides comments from this user.
            following = offset + (piece.places - 1 if goes_on and piece.places > 1 else max(1, piece.asked - 1))
            is_last = piece.is_last(offset) or (not goes_on and await self._ends(last, following, piece))
            yield Part(piece.listed, offset, is_last)
            if is_last:
                return
            before, offset, old = (offset, beyond), following, Position()

    async def _ends(self, last: int, following: int, piece: _Piece) -> bool:
        """Whether nothing comes after the comment `last`, though the site says that there is more."""
        if piece.listed.counted and following >= piece.listed.total:
            return True
        # Comments may be hidden from this user, or a cache may say how many there were.
        end = (await self._one(offset=max(0, piece.listed.total - 1))).ids or (await self._one(newest_first=True)).ids
        return bool(end) and end[0] <= last

    async def _from(self, last: int, offset: int, old: Position) -> tuple[_Piece, int]:
        """The piece at the offset, or at the next smaller one that leaves out nothing above the id `last`."""
        piece = await self._at(offset)
        if _continues(piece.listed, last, offset, old) or last == self._looked_back_from:
            # Looked for in vain before: the site hides a comment from this user.
            return piece, offset
        self._looked_back_from = last
        step_back = PAGE
        while not _continues(piece.listed, last, offset, old):
            offset = max(0, offset - step_back)
            step_back *= 2
            piece = await self._at(offset)
        return piece, offset

    async def _at(self, offset: int) -> _Piece:
        """The piece at the offset, with at least two comments if there are as many: the second is what is new."""
        piece = await self._asked_for(offset)
        if len(piece.ids) != 1 or piece.is_last(offset):
            return piece
        return piece.followed_by(await self._asked_for(offset + piece.places))

    async def _asked_for(self, offset: int) -> _Piece:
        for broken in range(_MOST_BROKEN):
            try:
                got = await self._lists.ask(self._asking(offset + broken), steps=len(_FIELDS) - 1)
            except TooMuchAsked:
                if not await self.is_readable():
                    raise
                continue
            if broken:
                count_miss(Miss.PASSED_OVER)
                _log.warning("%d comments passed over: the site cannot list them", broken)
            if got.step:
                count_miss(Miss.FIELDS)
            return _Piece(got.answer, places=broken + len(got.answer.ids), asked=got.size)
        raise OriginUnavailable("the site cannot list its comments", cause=Cause.ORIGIN_FAILED)

    def _asking(self, offset: int) -> Callable[[int, int], Awaitable[Listed]]:
        return lambda size, step: self._api.listed(offset=offset, count=size, fields=_FIELDS[step], type=self._type)

    async def is_readable(self, _but: int = 0) -> bool:
        """Whether the site gives any comment at all: then it is one comment that it cannot give, not all of them."""
        for offset in range(2):
            with suppress(OriginUnavailable, Refused):
                if (await self._one(offset=offset)).ids:
                    return True
        return False

    async def _one(self, *, offset: int = 0, newest_first: bool = False) -> Listed:
        return await self._api.listed(
            offset=offset, newest_first=newest_first, count=1, fields=BARE_FIELDS, type=self._type
        )


def _continues(listed: Listed, last: int, offset: int, old: Position) -> bool:
    """Whether the part begins with a comment that was there before, or with the first of all."""
    if not offset or not listed.ids:
        return not offset or offset < listed.total
    again = {comment.id for comment in listed.comments if old.is_another(comment)}
    return listed.ids[0] <= last and listed.ids[0] not in again
