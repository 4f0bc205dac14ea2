# SPDX-License-Identifier: Apache-2.0
"""Comments that waited for moderation, more than a state has room for: found again once some of them wait no longer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from sealock_origins.wordpress.api import PAGE, Api
from sealock_origins.wordpress.comments import LISTED_FIELDS, WAITING, Comment
from sealock_origins.wordpress.position import Position

MOST_PARTS = 3
"""So many parts of the list are read in each pull."""


class GivenUpComments:
    """
    The comments among which some were given up.

    When the site has another number of waiting comments than before, all of them are read once more, a few hundred in
    each pull. Those that were brought to Zendesk before come again, under the same ids. Raises what `Api` raises.
    """

    def __init__(self, api: Api, type: str) -> None:  # noqa: A002
        self._api = api
        self._type = type

    async def parts(self, position: Position) -> AsyncIterator[tuple[Sequence[Comment], Position]]:
        """What does not wait any longer in each part, and the position after it: it knows again of what does."""
        if not position.given_up.last:
            return
        if not position.given_up.being_read:
            position = await self._begun(position)
            yield [], position
        for _ in range(MOST_PARTS):
            region = position.given_up
            if not region.being_read:
                return
            part = await self._api.listed(offset=region.offset, count=PAGE, fields=LISTED_FIELDS, type=self._type)
            within = [comment for comment in part.comments if region.first <= comment.id <= region.last]
            for comment in within:
                if comment.status == WAITING:
                    position = position.waiting_again(comment.id)
            if part.ids and part.ids[-1] < region.last:
                following = replace(region, offset=region.offset + max(1, len(part.ids) - 1))
            else:
                following = region.read()
            position = replace(position, given_up=following)
            yield [comment for comment in within if comment.status != WAITING], position

    async def _begun(self, position: Position) -> Position:
        waiting = (await self._api.listed(count=1, type=self._type, status="hold")).total
        region = replace(position.given_up, waiting=waiting)
        if waiting != position.given_up.waiting and position.given_up.waiting >= 0:
            region = replace(region, offset=await self._place_of(region.first))
        return replace(position, given_up=region)

    async def _place_of(self, first: int) -> int:
        """Where the list has the first comment with this id or a higher one."""
        low, high = 0, (await self._api.listed(count=1, type=self._type)).total
        while low < high:
            middle = (low + high) // 2
            found = await self._api.listed(offset=middle, count=1, type=self._type)
            if found.ids and found.ids[0] < first:
                low = middle + 1
            else:
                high = middle
        return low
