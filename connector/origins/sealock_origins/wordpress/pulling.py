# SPDX-License-Identifier: Apache-2.0
"""One pull: the comments that are new, whatever happened to the others in between, and the threads they belong to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence

from sealock_connector import ExternalResource, Pulled
from sealock_connector.egress import AnswerLate, AnswerTooLarge
from sealock_origins.wordpress.api import PAGE, Api, Listed
from sealock_origins.wordpress.comments import APPROVED, WAITING, Comment, Post
from sealock_origins.wordpress.ids import reply_user_agent_prefix
from sealock_origins.wordpress.position import Position
from sealock_origins.wordpress.resources import SiteAccount, as_resource

_USUAL_DEPTH = 10
"""As deep as WordPress's own settings allow. What is deeper is not asked for level by level."""
_LEAST_PAGE = 2
"""The fewest comments that are asked for at once: each page has one of the page before."""
_FEWER = 7
_MOST_PAGES = 100
"""Even a site that makes up comments without end is believed no further than this."""


class Puller:
    """One pull of one account. Raises what `Api` raises."""

    def __init__(self, api: Api, account: SiteAccount, *, account_id: str) -> None:
        self._api = api
        self._account = account
        self._own = reply_user_agent_prefix(account_id)
        self._threads = Threads(api)
        self._posts: dict[int, Post | None] = {}
        self._looked_back_from = -1
        self._page = PAGE

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
                    yield Pulled(await self._resource(comment), after=position)
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
        while older:
            batch = older[: self._page]
            try:
                found = await self._api.comments(batch)
            except (AnswerLate, AnswerTooLarge) as too_much:
                self._ask_for_fewer(too_much)
                continue
            older = older[len(batch) :]
            new = [comment for comment in found.values() if self._concerns(comment, position)]
            await self._learn(new)
            for comment in new:
                position = position.without_waiting(comment.id)
                yield Pulled(await self._resource(comment), after=position), position
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
            if offset + self._page >= page.total:
                return
            last = page.ids[-1] if page.ids else last
            offset += self._page - 1

    async def _page_from(self, last: int, offset: int) -> tuple[Listed, int]:
        """The page at the offset, or at the next smaller one that leaves out nothing above the id `last`."""
        page = await self._listed(offset)
        if _continues(page, last, offset) or last == self._looked_back_from:
            # Looked for in vain before: the site hides a comment from this user.
            return page, offset
        self._looked_back_from = last
        step_back = PAGE
        while not _continues(page, last, offset):
            offset = max(0, offset - step_back)
            step_back *= 2
            page = await self._listed(offset)
        return page, offset

    async def _listed(self, offset: int) -> Listed:
        """The page at the offset; a smaller one where long comments make it too large, or the site too slow."""
        while True:
            try:
                return await self._api.listed(offset=offset, count=self._page)
            except (AnswerLate, AnswerTooLarge) as too_much:
                self._ask_for_fewer(too_much)

    def _ask_for_fewer(self, too_much: AnswerLate | AnswerTooLarge) -> None:
        if self._page == _LEAST_PAGE:
            raise too_much
        self._page = max(_LEAST_PAGE, self._page // _FEWER)

    async def _learn(self, comments: Sequence[Comment]) -> None:
        await self._threads.learn(comments)
        unknown: dict[str, set[int]] = {}
        for comment in comments:
            if comment.post not in self._posts and comment.post_collection:
                unknown.setdefault(comment.post_collection, set()).add(comment.post)
        for collection, ids in unknown.items():
            found = await self._api.posts(collection, sorted(ids))
            self._posts.update({post: found.get(post) for post in ids})

    async def _resource(self, comment: Comment) -> ExternalResource:
        return await as_resource(
            comment,
            root=self._threads.root_of(comment.id),
            post=self._posts.get(comment.post),
            account=self._account,
        )


class Threads:
    """
    Which conversation each comment of one pull belongs to: the comment at the top of the ones it answers.

    What it learns about a comment it does not ask again.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self._parents: dict[int, int] = {}
        self._gone: set[int] = set()
        self._read_posts: set[int] = set()

    def note(self, comments: Iterable[Comment]) -> None:
        """Keep what these comments say themselves."""
        self._parents.update((comment.id, comment.parent) for comment in comments)

    async def learn(self, comments: Sequence[Comment]) -> None:
        """Find out whatever `root_of` needs to know about these comments."""
        self.note(comments)
        for _ in range(_USUAL_DEPTH):
            if not await self._ask_for(self._unknown(comments)):
                return
        deep = {comment.post for comment in comments if self._unknown([comment])}
        for post in deep - self._read_posts:
            await self._read_post(post)
        for _ in range(_MOST_PAGES):
            if not await self._ask_for(self._unknown(comments)):
                return

    def root_of(self, id: int) -> int:  # noqa: A002
        """
        The comment at the top. A parent that is gone is the top, under the id that it had, so that its answers stay
        together; so is the oldest of comments that answer each other in a circle.
        """
        path = self._path(id)
        above = self._parents.get(path[-1], 0)
        return min(path[path.index(above) :]) if above in path else path[-1]

    def _path(self, id: int) -> list[int]:  # noqa: A002
        """The comment and those above it, as far as known; a parent that is gone is its end."""
        path, met = [id], {id}
        while (parent := self._parents.get(path[-1], 0)) and parent not in met:
            path.append(parent)
            met.add(parent)
        return path

    def _unknown(self, comments: Iterable[Comment]) -> list[int]:
        tops = {self._path(comment.id)[-1] for comment in comments}
        return sorted(tops - self._parents.keys() - self._gone)

    async def _ask_for(self, ids: Sequence[int]) -> bool:
        """Ask what these answer; whether there was anything to ask."""
        for start in range(0, len(ids), PAGE):
            batch = ids[start : start + PAGE]
            found = await self._api.parents(batch)
            self._parents.update(found)
            self._gone.update(set(batch) - found.keys())
        return bool(ids)

    async def _read_post(self, post: int) -> None:
        self._read_posts.add(post)
        for number in range(_MOST_PAGES):
            found = await self._api.parents_below(post, offset=number * PAGE)
            self._parents.update(found)
            if not found:
                return


def _continues(page: Listed, last: int, offset: int) -> bool:
    return not offset or (page.ids[0] <= last if page.ids else offset < page.total)
