# SPDX-License-Identifier: Apache-2.0
"""
Pulling posts and comments.

Facebook has no list of a Page's new comments. So each pull looks at the newest posts, reads the comments of those
below which something changed, and goes through all of them together by time: however the pull ends, everything up to
one instant was answered, and the next goes on there.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any, TypeVar

from sealock_connector import Cursor
from sealock_origins.facebook.account import PageAccount
from sealock_origins.facebook.posts import COMMENT_FIELDS, POST_FIELDS, Comment, Post, VisitorPosts
from sealock_origins.facebook.resources import comment_resource, post_resource
from sealock_origins.meta.failures import Meaning, Refused
from sealock_origins.meta.graph import Graph, Item, Unreadable
from sealock_origins.meta.pull import Entry, Listed, Step, Stream, UnreadablePosts, news

POSTS = 50
"""So many of the newest posts are looked at, of the Page's own and of visitors'."""
FEWER = 10
"""So many posts or comments are asked for where Meta failed to give more."""

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class PostsPuller:
    """One pull of one Page's posts and comments. Raises `Refused` for what concerns the whole account."""

    def __init__(self, graph: Graph, account: PageAccount, known: VisitorPosts, unreadable: UnreadablePosts) -> None:
        self._graph = graph
        self._account = account
        self._known = known
        self._unreadable = unreadable

    async def steps(self, cursor: Cursor) -> AsyncIterator[Step]:
        """What is new, oldest first, and the cursor after each. What the Page wrote itself is passed over."""
        since = cursor.since
        assert since is not None  # a cursor with a start
        own, visitors = await self._posts()
        streams = [Stream(self._visitor_posts(visitors))] if self._account.visitor_posts else []
        streams += [
            Stream(self._comments(post, since, visitors=post.id in visitors))
            for post in [*own, *(visitors.values() if self._account.visitor_posts else ())]
            if post.changed_at >= since
        ]
        async with aclosing(news(streams, cursor)) as steps:
            async for step in steps:
                yield step

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
        try:
            items = await self._items_on(edge, at_once=POSTS)
        except Refused as refused:
            if refused.meaning is not Meaning.TRANSIENT:
                raise
            items = await self._items_on(edge, at_once=FEWER)
        return [post for post in (_readable(Post.read, item, "post") for item in items) if post]

    async def _items_on(self, edge: str, *, at_once: int) -> list[Item]:
        items: list[Item] = []
        path, query = f"{self._account.page}/{edge}", {"include_hidden": "true"} if self._account.hidden_too else {}
        async with aclosing(self._graph.pages(path, POST_FIELDS, limit=at_once, **query)) as pages:
            async for page in pages:
                items += page
                if len(items) >= POSTS:
                    break
        return items

    async def _visitor_posts(self, visitors: Mapping[str, Post]) -> AsyncGenerator[Listed]:
        for post in sorted(visitors.values(), key=lambda post: (post.written_at, post.id)):
            if self._account.hidden_too or not post.hidden:
                yield Entry(post.written_at, 0, post.id), post_resource(post, self._account)

    async def _comments(self, post: Post, since: datetime, *, visitors: bool) -> AsyncGenerator[Listed]:
        account = self._account
        async for item in self._items_below(post, since):
            comment = _readable(Comment.read, item, "comment")
            if comment is None or (comment.hidden and not account.hidden_too):
                continue
            entry = Entry(comment.written_at, 2 if comment.parent else 1, comment.id)
            ours = comment.writer.id == account.page
            yield entry, None if ours else comment_resource(comment, post, account, visitors=visitors)

    async def _items_below(self, post: Post, since: datetime) -> AsyncIterator[Item]:
        """
        The comments below a post. Where Meta fails to tell them, the pull ends: the next one reads them again. A post
        that cannot be read, or fails for long, does not stop the others.
        """
        query = {"filter": "stream", "order": "chronological", "since": str(int(since.timestamp()) - 1)}
        path = f"{post.id}/comments"
        for limit in (POSTS, FEWER):
            begun = False
            try:
                async for item in self._graph.items(path, COMMENT_FIELDS, limit=limit, **query):
                    begun = True
                    yield item
                self._unreadable.renew(post.id)
            except Refused as refused:
                if refused.meaning is Meaning.TRANSIENT and not begun and limit != FEWER:
                    continue
                self._unreadable.pass_over(post.id, refused)
            return


def _readable(reading: Callable[[Mapping[str, Any]], _T], item: Item, what: str) -> _T | None:
    try:
        return reading(item)
    except Unreadable as problem:
        _log.warning("a %s passed over, it cannot be read: %s", what, problem)
        return None
