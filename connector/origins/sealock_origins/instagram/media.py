# SPDX-License-Identifier: Apache-2.0
"""What the Graph API tells of posts and comments, as plain values."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sealock_origins.meta.graph import Fields, Unreadable, elements, mapping, required_instant, text

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
    """The writer's id, as this account knows it; empty where that is not raw."""
    parent: str = ""
    """The comment that this one answers."""
    hidden: bool = False
    replies: Sequence[Comment] = ()
    more_replies: bool = False
    """There are more answers than these."""

    @classmethod
    def read(cls, raw: Mapping[str, Any], *, parent: str = "") -> Comment:
        """From the API's JSON; `parent` says what it answers, where the API does not. Raises `Unreadable`."""
        writer, replies = mapping(raw.get("from")), mapping(raw.get("replies"))
        found = _id(raw)
        return cls(
            id=found,
            written_at=required_instant(raw.get("timestamp"), "timestamp"),
            text=text(raw.get("text")),
            username=text(raw.get("username")) or text(writer.get("username")),
            writer=text(writer.get("id")),
            parent=text(raw.get("parent_id")) or parent,
            hidden=raw.get("hidden") is True,
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
    def read(cls, raw: Mapping[str, Any]) -> Media:
        """From the API's JSON. Raises `Unreadable`."""
        comments = mapping(raw.get("comments"))
        return cls(
            id=_id(raw),
            published_at=required_instant(raw.get("timestamp"), "timestamp"),
            caption=text(raw.get("caption")),
            shortcode=text(raw.get("shortcode")),
            permalink=text(raw.get("permalink")),
            username=text(raw.get("username")),
            comments=tuple(elements(comments)),
            more_comments="next" in mapping(comments.get("paging")),
        )


def read_comments(items: Iterable[Mapping[str, Any]], *, parent: str = "") -> Iterator[Comment]:
    """The comments of a list; those that cannot be read are passed over with a line in the log."""
    for item in items:
        try:
            yield Comment.read(item, parent=parent)
        except Unreadable as problem:
            _log.warning("a comment passed over, it cannot be read: %s", problem)


def _id(raw: Mapping[str, Any]) -> str:
    found = raw.get("id")
    if not isinstance(found, str) or not found.isdecimal():
        raise Unreadable("id")
    return found


MOST_MEDIA, MOST_ACCOUNTS, MOST_MENTIONS = 20_000, 10_000, 200


class KnownMedia:
    """
    What pulls learned, and what webhooks left for the next pull, in memory.

    A webhook's comment needs its post's shortcode, or its id would be another than in a pull. And a webhook about a
    mention is only a pair of ids, which cannot be read without the account's token.
    """

    def __init__(self) -> None:
        self._shortcodes: OrderedDict[str, str] = OrderedDict()
        self._read: OrderedDict[str, None] = OrderedDict()
        self._mentions: OrderedDict[str, dict[tuple[str, str], None]] = OrderedDict()

    def note(self, account: str, media: Iterable[tuple[str, str]]) -> None:
        """An account's newest posts, with their shortcodes."""
        for each, shortcode in media:
            self._shortcodes[each] = shortcode
            self._shortcodes.move_to_end(each)
        while len(self._shortcodes) > MOST_MEDIA:
            self._shortcodes.popitem(last=False)
        self._read[account] = None
        self._read.move_to_end(account)
        if len(self._read) > MOST_ACCOUNTS:
            self._read.popitem(last=False)

    def shortcode(self, account: str, media: str) -> str | None:
        """The post's; empty for one so old that no pull reads it; None where that is not known yet."""
        return self._shortcodes.get(media, "" if account in self._read else None)

    def leave_mention(self, account: str, media: str, comment: str) -> None:
        """Keep a mention for the account's next pull; `comment` is empty where a caption mentions."""
        mentions = self._mentions.setdefault(account, {})
        self._mentions.move_to_end(account)
        mentions[(media, comment)] = None
        while len(mentions) > MOST_MENTIONS:
            del mentions[next(iter(mentions))]
        if len(self._mentions) > MOST_ACCOUNTS:
            self._mentions.popitem(last=False)

    def mentions(self, account: str) -> list[tuple[str, str]]:
        """The mentions that were left for the account."""
        return list(self._mentions.get(account, ()))

    def forget_mention(self, account: str, media: str, comment: str) -> None:
        """The mention was brought, or cannot be read."""
        self._mentions.get(account, {}).pop((media, comment), None)
