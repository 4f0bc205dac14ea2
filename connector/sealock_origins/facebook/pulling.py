# SPDX-License-Identifier: Apache-2.0
"""
Pulling posts and comments.

Facebook has no list of a Page's new comments. So each pull looks at the newest posts, reads the comments of those
below which something changed, and goes through all of them together by time: however the pull ends, everything up to
one instant was answered, and the next goes on there.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sealock_connector import Cursor, ExternalResource
from sealock_origins.facebook.account import PageAccount
from sealock_origins.facebook.known_posts import KnownPosts
from sealock_origins.facebook.posts import COMMENT_FIELDS, POST_FIELDS, Comment, Post
from sealock_origins.facebook.resources import comment_resource, post_resource
from sealock_origins.meta.failures import Meaning, Refused
from sealock_origins.meta.graph import Graph, Item
from sealock_origins.meta.told import Unreadable

POSTS = 50
"""So many of the newest posts are looked at, of the Page's own and of visitors'."""
AT_ONCE = 4
FEWER = 10
"""So many comments are asked for where Meta failed to give more."""
_FATAL = {Meaning.TOKEN_DEAD, Meaning.NOT_PERMITTED, Meaning.THROTTLED, Meaning.BAD_PROOF}

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, order=True)
class _Entry:
    """A post or comment in the order of the pull: by time, what is answered before the answer."""

    at: datetime
    depth: int
    id: str


_Told = tuple[_Entry, ExternalResource | None]
"""An entry, and what it becomes; None for what the Page wrote itself."""


class PostsPuller:
    """One pull of one Page's posts and comments. Raises `Refused` for what concerns the whole account."""

    def __init__(self, graph: Graph, account: PageAccount, known: KnownPosts) -> None:
        self._graph = graph
        self._account = account
        self._known = known

    async def steps(self, cursor: Cursor) -> AsyncIterator[tuple[ExternalResource | None, Cursor]]:
        """What is new, oldest first, and the cursor after each. What the Page wrote itself is passed over."""
        since = cursor.since
        assert since is not None  # a cursor with a start
        own, visitors = await self._posts()
        streams = [_Stream(self._visitor_posts(visitors))] if self._account.visitor_posts else []
        streams += [
            _Stream(self._comments(post, since, visitors=post.id in visitors))
            for post in [*own, *(visitors.values() if self._account.visitor_posts else ())]
            if post.changed_at >= since
        ]
        try:
            async for entry, resource in _merged(streams):
                if entry.at >= since and (entry.at, entry.id) not in cursor:
                    cursor = cursor.seen(entry.at, entry.id)
                    yield resource, cursor
        finally:
            for stream in streams:
                await stream.close()

    async def _posts(self) -> tuple[Sequence[Post], Mapping[str, Post]]:
        """The Page's newest posts, if comments on them are wanted, and visitors' by their ids."""
        account = self._account
        listed = await self._listed("feed") if account.comments else []
        unsure = any(not post.writer.id for post in listed)
        written = await self._listed("visitor_posts") if account.visitor_posts or unsure else []
        written += [post for post in listed if post.writer.id not in {"", account.page}]
        visitors = {post.id: post for post in written if post.writer.id != account.page}
        for post in [*listed, *written]:
            self._known.note(post.id, visitors=post.id in visitors)
        return [post for post in listed if post.id not in visitors], visitors

    async def _listed(self, edge: str) -> list[Post]:
        told: list[Item] = []
        async with aclosing(self._graph.pages(f"{self._account.page}/{edge}", POST_FIELDS, limit=POSTS)) as pages:
            async for page in pages:
                told += page
                if len(told) >= POSTS:
                    break
        return [post for post in (_readable(Post.read, item, "post") for item in told) if post]

    async def _visitor_posts(self, visitors: Mapping[str, Post]) -> AsyncGenerator[_Told]:
        for post in sorted(visitors.values(), key=lambda post: (post.written_at, post.id)):
            if self._account.hidden_too or not post.hidden:
                yield _Entry(post.written_at, 0, post.id), post_resource(post, self._account)

    async def _comments(self, post: Post, since: datetime, *, visitors: bool) -> AsyncGenerator[_Told]:
        account = self._account
        async for item in self._told_below(post, since):
            comment = _readable(Comment.read, item, "comment")
            if comment is None or (comment.hidden and not account.hidden_too):
                continue
            entry = _Entry(comment.written_at, 2 if comment.parent else 1, comment.id)
            ours = comment.writer.id == account.page
            yield entry, None if ours else comment_resource(comment, post, account, visitors=visitors)

    async def _told_below(self, post: Post, since: datetime) -> AsyncIterator[Item]:
        """
        The comments below a post. A post that cannot be read now does not stop the others: the next pull looks back
        some hours, and reads it again.
        """
        query = {"filter": "stream", "order": "chronological", "since": str(int(since.timestamp()) - 1)}
        path = f"{post.id}/comments"
        for limit in (POSTS, FEWER):
            begun = False
            try:
                async for item in self._graph.items(path, COMMENT_FIELDS, limit=limit, **query):
                    begun = True
                    yield item
            except Refused as refused:
                if refused.meaning in _FATAL:
                    raise
                if refused.meaning is Meaning.TRANSIENT and not begun:
                    continue
                if refused.meaning is not Meaning.GONE:
                    _log.warning("a post's comments cannot be read now: %s", refused.detail)
            return
        _log.warning("a post's comments cannot be read now: Meta fails")


class _Stream:
    """A sequence of entries, read as far as needed."""

    def __init__(self, entries: AsyncGenerator[_Told]) -> None:
        self._entries = entries

    async def next(self) -> _Told | None:
        """The next entry; None at the end."""
        return await anext(self._entries, None)

    async def close(self) -> None:
        """End what is being read."""
        await self._entries.aclose()


async def _merged(streams: Sequence[_Stream]) -> AsyncIterator[_Told]:
    """The entries of all streams in order; a few streams are begun at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def first(stream: _Stream) -> _Told | None:
        async with gate:
            return await stream.next()

    begun = await _all([first(stream) for stream in streams])
    ordered = [(head[0], number, head[1]) for number, head in enumerate(begun) if head]
    heapq.heapify(ordered)
    while ordered:
        entry, number, resource = heapq.heappop(ordered)
        yield entry, resource
        following = await streams[number].next()
        if following:
            heapq.heappush(ordered, (following[0], number, following[1]))


async def _all(calls: Sequence[Coroutine[Any, Any, _T]]) -> list[_T]:
    """The results of all calls. The first failure ends the others, and is raised as it is."""
    tasks = [asyncio.ensure_future(call) for call in calls]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _readable(reading: Callable[[Mapping[str, Any]], _T], item: Item, what: str) -> _T | None:
    try:
        return reading(item)
    except Unreadable as problem:
        _log.warning("a %s passed over, it cannot be read: %s", what, problem)
        return None
