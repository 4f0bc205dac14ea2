# SPDX-License-Identifier: Apache-2.0
"""
Posts and comments: as the Graph API gives them, and how a pull goes through them.

Facebook has no list of a Page's new comments. So each pull looks at the newest posts, reads the comments of those
below which something changed, and goes through all of them together by time: however the pull ends, everything up to
one instant was answered, and the next goes on there.
"""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sealock_connector import Cursor, ExternalResource
from sealock_origins.facebook.account import PageAccount
from sealock_origins.meta.failures import Meaning, Refused
from sealock_origins.meta.graph import (
    Fields,
    Graph,
    Item,
    Unreadable,
    digits,
    elements,
    instant,
    mapping,
    required_instant,
    text,
)
from sealock_origins.meta.pull import Entry, Listed, Step, Stream, UnreadablePosts, news

POSTS = 50
"""So many of the newest posts are looked at, of the Page's own and of visitors'."""
FEWER = 10
"""So many posts or comments are asked for where Meta failed to give more."""
_MOST_REMEMBERED = 20_000
_ITEM_ID = re.compile(r"[0-9]{1,25}(_[0-9]{1,25}){0,2}", re.ASCII)
_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_FROM: Fields = ("id", "name", ("picture", ("url",)))
POST_FIELDS: Fields = (
    "id",
    "message",
    "story",
    "created_time",
    "updated_time",
    ("from", _FROM),
    "permalink_url",
    "is_hidden",
    ("attachments", ("media_type", "media", "url", ("subattachments", ("media_type", "media", "url")))),
)
COMMENT_FIELDS: Fields = (
    "id",
    "message",
    "created_time",
    ("from", _FROM),
    ("parent", ("id",)),
    "attachment",
    "permalink_url",
    "can_comment",
    "can_reply_privately",
    "is_hidden",
)


@dataclass(frozen=True, slots=True)
class Writer:
    """Who wrote something, if that is visible."""

    id: str = ""
    name: str = ""
    picture: str = ""

    @classmethod
    def read(cls, raw: Any) -> Writer:
        """From the API's `from`."""
        raw = mapping(raw)
        if not (found := digits(raw.get("id"))):
            return cls()
        picture = mapping(mapping(raw.get("picture")).get("data"))
        return cls(found, text(raw.get("name")), text(picture.get("url")))


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a post or comment."""

    kind: str
    url: str
    """A link that works for some days; empty where the picture has to be asked for."""


@dataclass(frozen=True, slots=True)
class Post:
    """A post on a Page, its own or a visitor's."""

    id: str
    written_at: datetime
    changed_at: datetime
    """When it, or what is below it, changed last."""
    writer: Writer
    message: str = ""
    permalink: str = ""
    hidden: bool = False
    pictures: Sequence[Picture] = ()
    links: Sequence[str] = ()

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Post:
        """From the API's JSON. Raises `Unreadable`."""
        written = required_instant(raw.get("created_time"), "created_time")
        changed = instant(raw.get("updated_time"))
        attached = list(_attached(raw.get("attachments")))
        return cls(
            id=_id(raw),
            written_at=written,
            changed_at=max(written, changed),
            writer=Writer.read(raw.get("from")),
            message=text(raw.get("message")) or text(raw.get("story")),
            permalink=text(raw.get("permalink_url")),
            hidden=raw.get("is_hidden") is True,
            pictures=tuple(picture for picture in map(_picture, attached) if picture),
            links=tuple(link for link in map(_link, attached) if link),
        )


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment below a post: an answer to it, or to another comment."""

    id: str
    written_at: datetime
    writer: Writer
    message: str = ""
    parent: str = ""
    """The comment that this one answers; empty for an answer to the post."""
    permalink: str = ""
    can_comment: bool = True
    can_reply_privately: bool = False
    hidden: bool = False
    picture: Picture | None = None
    link: str = ""

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Comment:
        """From the API's JSON. Raises `Unreadable`."""
        attached = mapping(raw.get("attachment"))
        return cls(
            id=_id(raw),
            written_at=required_instant(raw.get("created_time"), "created_time"),
            writer=Writer.read(raw.get("from")),
            message=text(raw.get("message")),
            parent=item_id(mapping(raw.get("parent")).get("id")),
            permalink=text(raw.get("permalink_url")),
            can_comment=raw.get("can_comment") is not False,
            can_reply_privately=raw.get("can_reply_privately") is True,
            hidden=raw.get("is_hidden") is True,
            picture=_picture(attached),
            link=_link(attached),
        )


def _id(raw: Mapping[str, Any]) -> str:
    if not (found := item_id(raw.get("id"))):
        raise Unreadable("id")
    return found


def item_id(raw: Any) -> str:
    """The id of a post or comment, up to three numbers joined by `_`; empty for anything else."""
    return raw if isinstance(raw, str) and _ITEM_ID.fullmatch(raw) else ""


def _attached(raw: Any) -> Iterator[Mapping[str, Any]]:
    """A post's attachments, those inside of others in place of these."""
    for item in elements(raw):
        inside = list(_attached(item.get("subattachments")))
        yield from inside or [item]


def _picture(raw: Mapping[str, Any]) -> Picture | None:
    """The picture that an attachment shows; a video's is its first frame."""
    kind = text(raw.get("media_type")) or text(raw.get("type"))
    if not any(word in kind for word in ("photo", "video", "animated_image", "sticker", "album")):
        return None
    source = text(mapping(mapping(raw.get("media")).get("image")).get("src"))
    return Picture(kind, source) if source else None


def _link(raw: Mapping[str, Any]) -> str:
    """What an attachment leads to, where that is not its picture."""
    return "" if not raw or _picture(raw) else text(raw.get("url"))


class VisitorPosts:
    """
    Which posts are visitors', by what pulls and webhooks gave, in memory.

    A webhook about a comment does not say whose post it is on, and the ticket depends on it. A post that is not known
    counts as the Page's own: pulls know all newer ones.
    """

    def __init__(self) -> None:
        self._visitors: OrderedDict[str, bool] = OrderedDict()

    def record(self, post: str, *, visitors: bool) -> None:
        """Remember whose post it is."""
        self._visitors[post] = visitors
        self._visitors.move_to_end(post)
        if len(self._visitors) > _MOST_REMEMBERED:
            self._visitors.popitem(last=False)

    def includes(self, post: str) -> bool:
        """Whether a visitor wrote it."""
        return self._visitors.get(post, False)


@dataclass(frozen=True, slots=True)
class PostsPuller:
    """One pull of one Page's posts and comments. Raises `Refused` for what concerns the whole account."""

    graph: Graph
    account: PageAccount
    visitor_posts: VisitorPosts
    unreadable: UnreadablePosts
    as_post: Callable[[Post], ExternalResource]
    as_comment: Callable[[Comment, Post, bool], ExternalResource]
    """The last argument says whether the post is a visitor's."""

    async def steps(self, cursor: Cursor) -> AsyncIterator[Step]:
        """What is new, oldest first, and the cursor after each. What the Page wrote itself is passed over."""
        since = cursor.since
        assert since is not None  # a cursor with a start
        own, visitors = await self._posts()
        streams = [Stream(self._visitor_posts(visitors))] if self.account.visitor_posts else []
        streams += [
            Stream(self._comments(post, since, visitors=post.id in visitors))
            for post in [*own, *(visitors.values() if self.account.visitor_posts else ())]
            if post.changed_at >= since
        ]
        async with aclosing(news(streams, cursor)) as steps:
            async for step in steps:
                yield step

    async def _posts(self) -> tuple[Sequence[Post], Mapping[str, Post]]:
        """The Page's newest posts, if comments on them are wanted, and visitors' by their ids."""
        account = self.account
        listed = await self._listed("feed") if account.comments else []
        unsure = any(not post.writer.id for post in listed)
        written = await self._listed("visitor_posts") if account.visitor_posts or unsure else []
        written += [post for post in listed if post.writer.id not in {"", account.page}]
        visitors = {post.id: post for post in written if post.writer.id != account.page}
        for post in [*listed, *written]:
            self.visitor_posts.record(post.id, visitors=post.id in visitors)
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
        path, query = f"{self.account.page}/{edge}", {"include_hidden": "true"} if self.account.hidden_too else {}
        async with aclosing(self.graph.portions(path, POST_FIELDS, limit=at_once, **query)) as portions:
            async for portion in portions:
                items += portion
                if len(items) >= POSTS:
                    break
        return items

    async def _visitor_posts(self, visitors: Mapping[str, Post]) -> AsyncGenerator[Listed]:
        for post in sorted(visitors.values(), key=lambda post: (post.written_at, post.id)):
            if self.account.hidden_too or not post.hidden:
                yield Entry(post.written_at, 0, post.id), self.as_post(post)

    async def _comments(self, post: Post, since: datetime, *, visitors: bool) -> AsyncGenerator[Listed]:
        account = self.account
        async for item in self._items_below(post, since):
            comment = _readable(Comment.read, item, "comment")
            if comment is None or (comment.hidden and not account.hidden_too):
                continue
            entry = Entry(comment.written_at, 2 if comment.parent else 1, comment.id)
            ours = comment.writer.id == account.page
            yield entry, None if ours else self.as_comment(comment, post, visitors)

    async def _items_below(self, post: Post, since: datetime) -> AsyncIterator[Item]:
        """
        The comments below a post. Where Meta fails to give them, the pull ends: the next one reads them again. A post
        that cannot be read, or fails for long, does not stop the others.
        """
        query = {"filter": "stream", "order": "chronological", "since": str(int(since.timestamp()) - 1)}
        path = f"{post.id}/comments"
        for limit in (POSTS, FEWER):
            begun = False
            try:
                async for item in self.graph.items(path, COMMENT_FIELDS, limit=limit, **query):
                    begun = True
                    yield item
                self.unreadable.was_read(post.id)
            except Refused as refused:
                if refused.meaning is Meaning.TRANSIENT and not begun and limit != FEWER:
                    continue
                self.unreadable.pass_over(post.id, refused)
            return


def _readable(reading: Callable[[Mapping[str, Any]], _T], item: Item, what: str) -> _T | None:
    try:
        return reading(item)
    except Unreadable as problem:
        _log.warning("a %s passed over, it cannot be read: %s", what, problem)
        return None
