# SPDX-License-Identifier: Apache-2.0
"""What the Graph API tells of posts and comments, as plain values."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sealock_origins.meta.fields import Fields
from sealock_origins.meta.told import Unreadable, elements, mapping, required_instant, text

COMMENTS_PER_QUERY = 50
"""Instagram gives at most this many comments at once, the newest first."""
_COMMENT: Fields = ("id", "text", "timestamp", "username", ("from", ("id", "username")), "parent_id", "hidden")
COMMENT_FIELDS: Fields = (*_COMMENT, (f"replies.limit({COMMENTS_PER_QUERY})", _COMMENT))
REPLY_FIELDS = _COMMENT
_MEDIA: Fields = ("id", "caption", "media_product_type", "permalink", "shortcode", "timestamp", "username")
MEDIA_FIELDS: Fields = (*_MEDIA, (f"comments.limit({COMMENTS_PER_QUERY})", COMMENT_FIELDS))
TAGGED_FIELDS: Fields = _MEDIA
MENTIONED_FIELDS: Fields = ("id", "text", "timestamp", "username", ("media", ("id", "shortcode", "permalink")))


_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a post, or an answer to one."""

    id: str
    written_at: datetime
    text: str
    username: str = ""
    writer: str = ""
    """The writer's id, as this account knows it; empty where that is not told."""
    parent: str = ""
    """The comment that this one answers."""
    hidden: bool = False
    replies: Sequence[Comment] = ()
    more_replies: bool = False
    """There are more answers than these."""

    @classmethod
    def read(cls, told: Mapping[str, Any], *, parent: str = "") -> Comment:
        """From the API's JSON; `parent` says what it answers, where the API does not. Raises `Unreadable`."""
        writer, replies = mapping(told.get("from")), mapping(told.get("replies"))
        found = _id(told)
        return cls(
            id=found,
            written_at=required_instant(told.get("timestamp"), "timestamp"),
            text=text(told.get("text")),
            username=text(told.get("username")) or text(writer.get("username")),
            writer=text(writer.get("id")),
            parent=text(told.get("parent_id")) or parent,
            hidden=told.get("hidden") is True,
            replies=tuple(read_comments(elements(replies), parent=found)),
            more_replies="next" in mapping(replies.get("paging")),
        )


@dataclass(frozen=True, slots=True)
class Media:
    """A post, reel or story."""

    id: str
    published_at: datetime
    caption: str = ""
    shortcode: str = ""
    permalink: str = ""
    username: str = ""
    comments: Sequence[Mapping[str, Any]] = ()
    """Its newest comments, as they were told."""
    more_comments: bool = False

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Media:
        """From the API's JSON. Raises `Unreadable`."""
        comments = mapping(told.get("comments"))
        return cls(
            id=_id(told),
            published_at=required_instant(told.get("timestamp"), "timestamp"),
            caption=text(told.get("caption")),
            shortcode=text(told.get("shortcode")),
            permalink=text(told.get("permalink")),
            username=text(told.get("username")),
            comments=tuple(elements(comments)),
            more_comments="next" in mapping(comments.get("paging")),
        )


def read_comments(told: Iterable[Mapping[str, Any]], *, parent: str = "") -> Iterator[Comment]:
    """The comments of a list; those that cannot be read are passed over with a line in the log."""
    for item in told:
        try:
            yield Comment.read(item, parent=parent)
        except Unreadable as problem:
            _log.warning("a comment passed over, it cannot be read: %s", problem)


def _id(told: Mapping[str, Any]) -> str:
    found = told.get("id")
    if not isinstance(found, str) or not found.isdecimal():
        raise Unreadable("id")
    return found
