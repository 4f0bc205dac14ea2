# SPDX-License-Identifier: Apache-2.0
"""
Pulling posts and comments.

Facebook has no list of a Page's new comments. So each pull looks at the newest posts, reads the comments of those
below which something changed, and goes through all of them together by time: however the pull ends, everything up to
one instant was answered, and the next goes on there.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sealock_connector import Cursor, ExternalResource, OriginUnavailable
from sealock_origins.facebook.account import PageAccount
from sealock_origins.facebook.more_posts import MorePosts
from sealock_origins.facebook.posts import COMMENT_FIELDS, POST_FIELDS, Comment, Post
from sealock_origins.meta.failures import Refused
from sealock_origins.meta.graph import Graph, read_items
from sealock_origins.meta.hints import Hints
from sealock_origins.meta.pull import Entry, Listed, PullOfPosts, Step, Stream, news, not_ahead

POSTS = 50
"""So many of the newest posts are looked at, of the Page's own and of visitors'."""
_MOST_REMEMBERED = 20_000


class Threads:
    """
    Where the threads of comments deep in one begin, by what pulls gave, in memory.

    Meta does not say it of a comment that is far down. One that is not known counts as its parent's.
    """

    def __init__(self) -> None:
        self._tops: OrderedDict[str, str] = OrderedDict()

    def placed(self, comment: Comment) -> Comment:
        """The comment, with the beginning of its thread as far as it is known; it is remembered itself."""
        if not comment.parent:
            return comment
        top = comment.top or comment.parent
        placed = replace(comment, top=self._tops.get(top, top))
        self._tops[comment.id] = placed.top
        self._tops.move_to_end(comment.id)
        if len(self._tops) > _MOST_REMEMBERED:
            self._tops.popitem(last=False)
        return placed


@dataclass(frozen=True, slots=True)
class PostsPuller:
    """One pull of one Page's posts and comments. Raises `Refused` for what concerns the whole account."""

    graph: Graph
    account: PageAccount
    threads: Threads
    more: MorePosts
    hints: Hints
    pull: PullOfPosts
    now: Callable[[], datetime]
    as_post: Callable[[Post], ExternalResource | None]
    as_comment: Callable[[Comment, Post, bool], ExternalResource | None]
    """The last argument says whether the post is a visitor's."""
    _seen: set[str] = field(default_factory=set)
    """The comments that came: those on the only photo of a post are the post's as well."""

    async def steps(self, cursor: Cursor) -> AsyncIterator[Step]:
        """What is new, oldest first, and the cursor after each. What the Page wrote itself is passed over."""
        since = cursor.since
        assert since is not None  # a cursor with a start
        own, visitors = await self._posts(since)
        hinted = set(self.hints.posts)
        streams = [Stream(self._visitor_posts(visitors))] if self.account.visitor_posts else []
        posts = [*own, *(visitors.values() if self.account.visitor_posts else ())]
        self.pull.listed([post.id for post in posts])
        streams += [
            Stream(self._comments(post, self.pull.unread.since(post.id, since), visitors=post.id in visitors), post.id)
            for post in posts
            if post.changed_at >= since or post.id in hinted or self.pull.unread.knows(post.id)
            if self.pull.is_due(post.id)
        ]
        async with aclosing(news(streams, cursor, self.pull)) as steps:
            async for step in steps:
                yield step
        self.more.done(self.account)
        self.hints.keep_posts(self.pull.unread.knows)

    async def _posts(self, since: datetime) -> tuple[Sequence[Post], Mapping[str, Post]]:
        """The Page's newest posts, if comments on them are wanted, and visitors' by their ids."""
        account = self.account
        listed = await self._listed("feed") if account.comments else []
        unsure = any(not post.writer.id for post in listed)
        written = await self._listed("visitor_posts") if account.visitor_posts or unsure else []
        begun = since.timestamp() > account.since
        remembered = self.now() - since if begun else timedelta.max
        more = await self.more.of(self.graph, account, listed, remembered=remembered)
        known = {post.id for post in [*listed, *written, *more.own, *more.visitors]}
        hinted = await self.hints.older_posts(known, self._older)
        listed += [post for post in [*more.own, *hinted] if account.comments]
        written += [post for post in [*listed, *hinted] if post.writer.id not in {"", account.page}]
        written += more.visitors
        visitors = {post.id: post for post in written if post.writer.id != account.page}
        own = {post.id: post for post in listed if post.id not in visitors}
        return list(own.values()), visitors

    async def _listed(self, edge: str) -> list[Post]:
        found: list[Post] = []
        path, query = f"{self.account.page}/{edge}", {"include_hidden": "true"} if self.account.hidden_too else {}
        portions = self.graph.portions(path, *POST_FIELDS, limit=POSTS, **query)
        async with aclosing(portions):
            async for portion in portions:
                found += read_items(Post.read, portion.items, portion.step, "post")
                if len(found) >= POSTS:
                    break
        return found

    async def _older(self, post: str) -> Post:
        return Post.read(*await self.graph.get_some(post, POST_FIELDS))

    async def _visitor_posts(self, visitors: Mapping[str, Post]) -> AsyncGenerator[Listed]:
        for post in sorted(visitors.values(), key=lambda post: (post.written_at, post.id)):
            if self.account.hidden_too or not post.hidden:
                yield Entry(not_ahead(post.written_at, self.now()), 0, post.id), self.as_post(post)

    async def _comments(self, post: Post, since: datetime, *, visitors: bool) -> AsyncGenerator[Listed]:
        account = self.account
        async for comment in self._comments_below(post, since):
            if comment.id in self._seen or (comment.hidden and not account.hidden_too):
                continue
            self._seen.add(comment.id)
            entry = Entry(not_ahead(comment.written_at, self.now()), _depth(comment), comment.id)
            ours = comment.writer.id == account.page or account.was_sent(comment.id)
            yield entry, None if ours else self.as_comment(comment, post, visitors)

    async def _comments_below(self, post: Post, since: datetime) -> AsyncIterator[Comment]:
        """
        The comments below a post. Where Meta fails to give them, the pull ends: the next one reads them again. A post
        that cannot be read, or fails for long, does not stop the others: it is remembered.
        """
        query = {"filter": "stream", "order": "chronological", "since": str(int(since.timestamp()) - 1)}
        portions = self.graph.portions(f"{post.node or post.id}/comments", *COMMENT_FIELDS, limit=POSTS, **query)
        try:
            async with aclosing(portions):
                async for portion in portions:
                    self.pull.was_read(post.id)
                    for comment in read_items(Comment.read, portion.items, portion.step, "comment"):
                        yield self.threads.placed(comment)
            self.pull.was_read(post.id, whole=True)
        except (Refused, OriginUnavailable) as error:
            self.pull.pass_over(post.id, error)


def _depth(comment: Comment) -> int:
    return 1 if not comment.parent else 2 if comment.parent == comment.top else 3
