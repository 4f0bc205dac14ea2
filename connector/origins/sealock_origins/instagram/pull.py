# SPDX-License-Identifier: Apache-2.0
"""
Pulling comments and mentions.

Instagram says nothing about when something changed below a post, and lists comments newest first. So each pull asks for
the newest posts together with their newest comments, in one call, reads on where all of these are new, and goes
through everything by time.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime

from sealock_connector import Cursor, ExternalResource, Miss, OriginUnavailable, count_miss
from sealock_connector.egress import TooMuchAsked
from sealock_origins.instagram.account import InstagramAccount
from sealock_origins.instagram.media import (
    COMMENT_FIELDS,
    COMMENTS_PER_QUERY,
    MEDIA_FIELDS,
    MENTIONED_FIELDS,
    REPLY_FIELDS,
    TAGGED_FIELDS,
    Comment,
    Media,
    comment_resource,
    read_comments,
    read_shortcode,
    tagged_resource,
)
from sealock_origins.meta.failures import Refused
from sealock_origins.meta.graph import Graph, Unreadable, mapping, read_items
from sealock_origins.meta.hints import Hints, mention_hint
from sealock_origins.meta.lists import Fields, Item
from sealock_origins.meta.pull import Entry, Listed, PullOfPosts, Step, Stream, news, not_ahead

POSTS = 25
"""So many of the newest posts are looked at."""
MOST_COMMENTS = 2_000
"""So many comments of one post are read back at most."""

_log = logging.getLogger(__name__)


class CommentsPuller:
    """One pull of one account's comments and mentions. Raises `Refused` for what concerns the whole account."""

    def __init__(
        self,
        graph: Graph,
        account: InstagramAccount,
        hints: Hints,
        *,
        pull: PullOfPosts,
        now: Callable[[], datetime],
    ) -> None:
        self._graph = graph
        self._account = account
        self._hints = hints
        self._pull = pull
        self._now = now

    async def steps(self, cursor: Cursor) -> AsyncIterator[Step]:
        """What is new, oldest first, and the cursor after each. What the account wrote itself is passed over."""
        since = cursor.since
        assert since is not None  # a cursor with a start
        posts, tags = await self._media(), f"{self._account.id}/tags"
        self._pull.listed([*(media.id for media in posts), tags])
        streams = [Stream(self._comments(media, since), media.id) for media in posts if self._pull.is_due(media.id)]
        if self._account.mentions:
            streams += [Stream(self._tagged(tags), tags)] if self._pull.is_due(tags) else []
            streams.append(Stream(self._mentioned(since)))
        async with aclosing(news(streams, cursor, self._pull)) as steps:
            async for step in steps:
                yield step
        self._hints.keep_posts(self._pull.unread.knows)

    async def _media(self) -> list[Media]:
        """The newest posts, with their newest comments."""
        if not self._account.comments:
            return []
        found = await self._newest(f"{self._account.node}/media", MEDIA_FIELDS)
        return found + await self._hints.older_posts({media.id for media in found}, self._older)

    async def _older(self, media: str) -> Media:
        return Media.read(*await self._graph.get_some(media, MEDIA_FIELDS))

    async def _newest(self, path: str, steps: Sequence[Fields]) -> list[Media]:
        found: list[Media] = []
        async with aclosing(self._graph.portions(path, *steps, limit=POSTS)) as portions:
            async for portion in portions:
                found += read_items(Media.read, portion.items, portion.step, "post")
                if len(found) >= POSTS:
                    break
        return found

    async def _comments(self, media: Media, since: datetime) -> AsyncGenerator[Listed]:
        try:
            found = await self._read_back(media, self._pull.unread.since(media.id, since))
        except (Refused, OriginUnavailable) as error:
            self._pull.pass_over(media.id, error)
            return
        self._pull.was_read(media.id)
        for comment in sorted(found, key=lambda each: (each.written_at, bool(each.parent), each.id)):
            if not comment.hidden:
                at = not_ahead(comment.written_at, self._now())
                entry = Entry(at, 2 if comment.parent else 1, comment.id)
                yield entry, None if self._is_ours(comment) else comment_resource(comment, media, self._account)
        self._pull.was_read(media.id, whole=True)

    async def _read_back(self, media: Media, since: datetime) -> list[Comment]:
        """The comments below a post, and the answers to them, back to an instant."""
        tops = list(read_comments(media.comments))
        if media.more_comments and all(comment.written_at >= since for comment in tops):
            tops = []
            path = f"{media.id}/comments"
            async with aclosing(self._graph.portions(path, *COMMENT_FIELDS, limit=COMMENTS_PER_QUERY)) as portions:
                async for portion in portions:
                    read = list(read_comments(portion.items, portion.step))
                    tops += read
                    if any(comment.written_at < since for comment in read):
                        break
                    if len(tops) >= MOST_COMMENTS:
                        count_miss(Miss.GIVEN_UP)
                        _log.error("a post has too many new comments: the older ones are given up")
                        break
        found = list(tops)
        for top in tops:
            found += await self._all_replies(top) if top.more_replies else top.replies
        return found

    async def _all_replies(self, top: Comment) -> list[Comment]:
        found: list[Comment] = []
        path = f"{top.id}/replies"
        async with aclosing(self._graph.portions(path, *REPLY_FIELDS, limit=COMMENTS_PER_QUERY)) as portions:
            async for portion in portions:
                found += read_comments(portion.items, portion.step + 1, parent=top.id)
        return found

    async def _tagged(self, tags: str) -> AsyncGenerator[Listed]:
        """Posts of others in which the account is tagged, where the token may read them."""
        try:
            found = await self._newest(f"{self._account.node}/tags", TAGGED_FIELDS)
        except (Refused, OriginUnavailable) as error:
            self._pull.pass_over(tags, error)
            return
        for media in sorted(found, key=lambda each: (each.published_at, each.id)):
            yield Entry(not_ahead(media.published_at, self._now()), 0, media.id), tagged_resource(media, self._account)
        self._pull.unread.was_read(tags)

    async def _mentioned(self, since: datetime) -> AsyncGenerator[Listed]:
        """
        Comments of others that mention the account, of which webhooks told; older ones than `since` in its place.

        One that cannot be read keeps nothing back: the next pulls are told of it again.
        """
        found: list[tuple[Entry, ExternalResource]] = []
        for media, comment in self._hints.mentions:
            try:
                entry, resource = await self._mention(media, comment)
                found.append((replace(entry, at=max(entry.at, since)), resource))
            except (Refused, Unreadable, TooMuchAsked) as error:
                self._hints.failed(mention_hint(media, comment), error)
        for entry, resource in sorted(found, key=lambda each: each[0]):
            yield entry, resource

    async def _mention(self, media: str, comment: str) -> tuple[Entry, ExternalResource]:
        if not comment:
            raw = await self._asked(f"mentioned_media.media_id({media})", TAGGED_FIELDS)
            read = Media.read(mapping(raw.get("mentioned_media")))
            return Entry(read.published_at, 0, read.id), tagged_resource(read, self._account)
        raw = await self._asked(f"mentioned_comment.comment_id({comment})", MENTIONED_FIELDS)
        item = mapping(raw.get("mentioned_comment"))
        found, where = Comment.read(item), mapping(item.get("media"))
        post = Media(media, found.written_at, shortcode=read_shortcode(where.get("shortcode")))
        resource = comment_resource(found, post, self._account, mention=True)
        return Entry(found.written_at, 1, found.id), resource

    async def _asked(self, name: str, steps: Sequence[Fields]) -> Item:
        """A field of the account with an argument, and the fields of what it holds as far as Meta gives them."""
        asked: Sequence[Fields] = [((name, fields),) for fields in steps]
        return (await self._graph.get_some(self._account.node, asked))[0]

    def _is_ours(self, comment: Comment) -> bool:
        if self._account.was_sent(comment.id):
            return True
        return comment.writer in self._account.own_ids or comment.username == self._account.username
