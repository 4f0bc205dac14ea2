# SPDX-License-Identifier: Apache-2.0
"""One pull: the comments that are new, whatever happened to the others in between."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence

from sealock_connector import ExternalResource, Pulled
from sealock_origins.wordpress.api import PAGE, Api, Listed
from sealock_origins.wordpress.comments import APPROVED, WAITING, Comment, Post
from sealock_origins.wordpress.marks import account_mark
from sealock_origins.wordpress.position import Position
from sealock_origins.wordpress.resources import SiteAccount, as_resource
from sealock_origins.wordpress.threads import Threads

_log = logging.getLogger(__name__)


class Puller:
    """One pull of one account. Raises what `Api` raises."""

    def __init__(self, api: Api, account: SiteAccount, *, account_id: str) -> None:
        self._api = api
        self._account = account
        self._own = account_mark(account_id)
        self._threads = Threads(api)
        self._posts: dict[int, Post | None] = {}
        self._looked_back_from = -1

    async def steps(self, position: Position) -> AsyncIterator[Pulled]:
        """Comments that were approved since, then new ones, by id."""
        async for step, after in self._approved_since(position):
            position = after
            yield step
        async for page, offset in self._pages_after(position):
            self._threads.note(page.comments)
            new = [comment for comment in page.comments if self._concerns(comment, position)]
            await self._learn(new)
            concerned = {comment.id for comment in new}
            below = sum(each <= position.settled for each in page.ids)
            position = position.with_rank(offset + below) if below else position
            for comment in page.comments:
                if comment.id in concerned:
                    position = self._after(comment, position)
                    yield Pulled(self._resource(comment), after=position)
                elif not position.knows(comment.id):
                    position = self._after(comment, position)
            yield Pulled(None, after=position)

    def _after(self, comment: Comment, position: Position) -> Position:
        if comment.status == WAITING and not self._account.waiting_too:
            return position.with_waiting(comment.id)
        return position.with_seen(comment.id).without_waiting(comment.id)

    def _concerns(self, comment: Comment, position: Position) -> bool:
        """Whether the comment is to be brought to Zendesk, now."""
        if position.knows(comment.id) and comment.id not in position.waiting:
            return False
        if comment.written_at.timestamp() < self._account.since:
            return False
        if comment.author == self._account.user_id and comment.user_agent.startswith(self._own):
            return False
        return comment.status == APPROVED or (comment.status == WAITING and self._account.waiting_too)

    async def _approved_since(self, position: Position) -> AsyncIterator[tuple[Pulled, Position]]:
        """Comments that waited for moderation, are older than the window that each pull reads, and wait no longer."""
        older = [each for each in position.waiting if each <= position.settled]
        for start in range(0, len(older), PAGE):
            batch = older[start : start + PAGE]
            found = await self._api.comments(batch)
            new = [comment for comment in found.values() if self._concerns(comment, position)]
            await self._learn(new)
            for comment in new:
                position = position.without_waiting(comment.id)
                yield Pulled(self._resource(comment), after=position), position
            still_waiting = {comment.id for comment in found.values() if comment.status == WAITING}
            position = position.without_waiting(*(set(batch) - still_waiting))
            yield Pulled(None, after=position), position

    async def _pages_after(self, position: Position) -> AsyncIterator[tuple[Listed, int]]:
        """
        The list of comments from the position on, in pages with their offsets.

        Each page begins with a comment that the one before has, too: if it does not, comments were deleted in
        between, the rest moved up, and the page is looked for further down.
        """
        last, offset = position.settled, max(0, position.rank - 1)
        while True:
            page, offset = await self._page_from(last, offset)
            yield page, offset
            if offset + PAGE >= page.total:
                return
            last = page.ids[-1] if page.ids else last
            offset += PAGE - 1

    async def _page_from(self, last: int, offset: int) -> tuple[Listed, int]:
        """The page at the offset, or at the next smaller one that leaves out nothing above the id `last`."""
        page = await self._api.listed(offset=offset)
        if _continues(page, last, offset) or last == self._looked_back_from:
            # Looked for in vain before: the site hides a comment from this user.
            return page, offset
        self._looked_back_from = last
        step_back = PAGE
        while not _continues(page, last, offset):
            offset = max(0, offset - step_back)
            step_back *= 2
            page = await self._api.listed(offset=offset)
        return page, offset

    async def _learn(self, comments: Sequence[Comment]) -> None:
        await self._threads.learn(comments)
        unknown: dict[str, set[int]] = {}
        for comment in comments:
            if comment.post not in self._posts and comment.post_collection:
                unknown.setdefault(comment.post_collection, set()).add(comment.post)
        for collection, ids in unknown.items():
            found = await self._api.posts(collection, sorted(ids))
            self._posts.update({post: found.get(post) for post in ids})

    def _resource(self, comment: Comment) -> ExternalResource:
        return as_resource(
            comment,
            root=self._threads.root_of(comment.id),
            post=self._posts.get(comment.post),
            account=self._account,
        )


def _continues(page: Listed, last: int, offset: int) -> bool:
    return not offset or (page.ids[0] <= last if page.ids else offset < page.total)
