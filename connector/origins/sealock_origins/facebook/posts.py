# SPDX-License-Identifier: Apache-2.0
"""What the Graph API tells of posts and comments, as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sealock_origins.meta.fields import Fields
from sealock_origins.meta.told import Unreadable, elements, instant, mapping, required_instant, text

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
    def read(cls, told: Any) -> Writer:
        """From the API's `from`."""
        told = mapping(told)
        if not text(told.get("id")):
            return cls()
        picture = mapping(mapping(told.get("picture")).get("data"))
        return cls(text(told["id"]), text(told.get("name")), text(picture.get("url")))


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
    def read(cls, told: Mapping[str, Any]) -> Post:
        """From the API's JSON. Raises `Unreadable`."""
        written = required_instant(told.get("created_time"), "created_time")
        changed = instant(told.get("updated_time"))
        attached = list(_attached(told.get("attachments")))
        return cls(
            id=_id(told),
            written_at=written,
            changed_at=max(written, changed),
            writer=Writer.read(told.get("from")),
            message=text(told.get("message")) or text(told.get("story")),
            permalink=text(told.get("permalink_url")),
            hidden=told.get("is_hidden") is True,
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
    def read(cls, told: Mapping[str, Any]) -> Comment:
        """From the API's JSON. Raises `Unreadable`."""
        attached = mapping(told.get("attachment"))
        return cls(
            id=_id(told),
            written_at=required_instant(told.get("created_time"), "created_time"),
            writer=Writer.read(told.get("from")),
            message=text(told.get("message")),
            parent=text(mapping(told.get("parent")).get("id")),
            permalink=text(told.get("permalink_url")),
            can_comment=told.get("can_comment") is not False,
            can_reply_privately=told.get("can_reply_privately") is True,
            hidden=told.get("is_hidden") is True,
            picture=_picture(attached),
            link=_link(attached),
        )


def _id(told: Mapping[str, Any]) -> str:
    found = told.get("id")
    if not isinstance(found, str) or not found.replace("_", "").isdecimal():
        raise Unreadable("id")
    return found


def _attached(told: Any) -> Iterator[Mapping[str, Any]]:
    """A post's attachments, those inside of others in place of these."""
    for item in elements(told):
        inside = list(_attached(item.get("subattachments")))
        yield from inside or [item]


def _picture(told: Mapping[str, Any]) -> Picture | None:
    """The picture that an attachment shows; a video's is its first frame."""
    kind = text(told.get("media_type")) or text(told.get("type"))
    if not any(word in kind for word in ("photo", "video", "animated_image", "sticker", "album")):
        return None
    source = text(mapping(mapping(told.get("media")).get("image")).get("src"))
    return Picture(kind, source) if source else None


def _link(told: Mapping[str, Any]) -> str:
    """What an attachment leads to, where that is not its picture."""
    return "" if not told or _picture(told) else text(told.get("url"))
