# SPDX-License-Identifier: Apache-2.0
"""What the Graph API tells of posts and comments, as plain values."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sealock_origins.meta.graph import Fields, Unreadable, elements, instant, mapping, required_instant, text

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
        if not text(raw.get("id")):
            return cls()
        picture = mapping(mapping(raw.get("picture")).get("data"))
        return cls(text(raw["id"]), text(raw.get("name")), text(picture.get("url")))


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
            parent=text(mapping(raw.get("parent")).get("id")),
            permalink=text(raw.get("permalink_url")),
            can_comment=raw.get("can_comment") is not False,
            can_reply_privately=raw.get("can_reply_privately") is True,
            hidden=raw.get("is_hidden") is True,
            picture=_picture(attached),
            link=_link(attached),
        )


def _id(raw: Mapping[str, Any]) -> str:
    found = raw.get("id")
    if not isinstance(found, str) or not found.replace("_", "").isdecimal():
        raise Unreadable("id")
    return found


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


MOST = 20_000


class VisitorPosts:
    """
    Posts by what pulls and webhooks told of them, in memory.

    A post that nobody told of counts as the Page's own: pulls know all newer ones.
    """

    def __init__(self) -> None:
        self._visitors: OrderedDict[str, bool] = OrderedDict()

    def note(self, post: str, *, visitors: bool) -> None:
        """Keep whose post it is."""
        self._visitors[post] = visitors
        self._visitors.move_to_end(post)
        if len(self._visitors) > MOST:
            self._visitors.popitem(last=False)

    def is_visitors(self, post: str) -> bool:
        """Whether a visitor wrote it."""
        return self._visitors.get(post, False)
