# SPDX-License-Identifier: Apache-2.0
"""Which conversation a comment belongs to: the comment at the top of the ones it answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sealock_origins.wordpress.api import PAGE, Api
from sealock_origins.wordpress.comments import Comment

_USUAL_DEPTH = 10
"""As deep as WordPress's own settings allow. What is deeper is not asked for level by level."""
_MOST_PAGES = 100
"""Even a site that makes up comments without end is believed no further than this."""


class Threads:
    """The conversations of one pull. What it learns about a comment it does not ask again."""

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
