# SPDX-License-Identifier: Apache-2.0
"""Posts and comments as the Graph API gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sealock_origins.meta.graph import (
    Unreadable,
    digits,
    elements,
    flag,
    identifier,
    instant,
    mapping,
    required_instant,
    text,
)
from sealock_origins.meta.lists import Fields
from sealock_origins.meta.messages.attachments import FILE_WORDS, Note, first_link, kind_words, link, title

_ITEM_ID = re.compile(r"[0-9]{1,25}(_[0-9]{1,25}){0,2}", re.ASCII)
_NAMED: Fields = ("id", "name")
_FROM: Fields = (*_NAMED, ("picture", ("url",)))
_ATTACHED: Fields = ("media_type", "type", "media", "url", "title", "description", ("target", ("id",)))
_LITTLE: Fields = ("id", "message", "created_time", ("from", _NAMED), "is_hidden")
_BARE: Fields = ("id", "created_time")
POST_FIELDS: Sequence[Fields] = (
    (
        "id",
        "message",
        "story",
        "created_time",
        "updated_time",
        ("from", _FROM),
        "permalink_url",
        "is_hidden",
        ("attachments", (*_ATTACHED, ("subattachments", _ATTACHED))),
    ),
    (*_LITTLE, "updated_time"),
    (*_BARE, "updated_time"),
)
"""What is asked of a post: all of it, what it cannot do without, and the least with which it has a place in time."""
_ABOVE: Fields = ("id", "can_comment", ("parent", ("id", "can_comment")))
COMMENT_FIELDS: Sequence[Fields] = (
    (
        "id",
        "message",
        "created_time",
        ("from", _FROM),
        ("parent", _ABOVE),
        "attachment",
        "permalink_url",
        "can_comment",
        "can_reply_privately",
        "is_hidden",
    ),
    (*_LITTLE, ("parent", ("id",))),
    _BARE,
)
"""The same of a comment."""
NOT_TOLD = datetime.max.replace(tzinfo=UTC)
"""When something changed below a post that does not say it."""
_STILL = {"photo", "album", "profile_media", "cover_photo", "new_album"}
"""Kinds whose picture says all there is."""
_SHOWN = ("photo", "video", "animated_image", "sticker", "album", "profile_media")
"""What kinds with a picture of their own have in their name; that of another one is of the page that is linked."""


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
    """A post on a Page, its own or a visitor's; also a photo of one of its albums, which has comments of its own."""

    id: str
    written_at: datetime
    changed_at: datetime
    """When it, or what is below it, changed last; later than anything where that is not told."""
    writer: Writer
    message: str = ""
    permalink: str = ""
    hidden: bool = False
    pictures: Sequence[Picture] = ()
    notes: Sequence[Note] = ()
    """What else it has: a shared page, a video, each in a few words."""
    photos: Sequence[str] = ()
    """The ids of its photos, where it has several: each of them has comments of its own."""
    node: str = ""
    """By which id its comments are read, where that is not its own."""
    bare: bool = False
    """Nothing of it can be had but its id and its time."""

    @classmethod
    def read(cls, raw: Mapping[str, Any], step: int = 0) -> Post:
        """From the API's JSON, with the set of `POST_FIELDS` of this number. Raises `Unreadable`."""
        written = required_instant(raw.get("created_time"), "created_time")
        changed = instant(raw.get("updated_time"))
        if raw.get("updated_time") is None:
            changed = NOT_TOLD
        attached = list(_attached(raw.get("attachments")))
        photos = [digits(mapping(each.get("target")).get("id")) for each in attached if "photo" in _kind(each)]
        return cls(
            id=_id(raw),
            written_at=written,
            changed_at=max(written, changed),
            writer=Writer.read(raw.get("from")),
            message=text(raw.get("message")) or text(raw.get("story")),
            permalink=text(raw.get("permalink_url")),
            hidden=flag(raw.get("is_hidden")),
            pictures=tuple(picture for picture in map(_picture, attached) if picture),
            notes=tuple(note for note in map(_note, attached) if note),
            photos=tuple(filter(None, photos)) if len(attached) > 1 else (),
            bare=step == len(POST_FIELDS) - 1,
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
    top: str = ""
    """The comment of the first level that it is below, as far as Meta says; empty for one of the first level."""
    permalink: str = ""
    can_comment: bool = True
    takes_answers: bool = True
    """Whether it, or a comment that it is below, can be answered: the answer goes to the first place that takes it."""
    can_reply_privately: bool = False
    hidden: bool = False
    picture: Picture | None = None
    notes: Sequence[Note] = ()
    bare: bool = False
    """Nothing of it can be had but its id and its time."""

    @classmethod
    def read(cls, raw: Mapping[str, Any], step: int = 0) -> Comment:
        """From the API's JSON, with the set of `COMMENT_FIELDS` of this number. Raises `Unreadable`."""
        attached = mapping(raw.get("attachment"))
        note, above = _note(attached), list(_above(raw))
        return cls(
            id=_id(raw),
            written_at=required_instant(raw.get("created_time"), "created_time"),
            writer=Writer.read(raw.get("from")),
            message=text(raw.get("message")),
            parent=item_id(above[0].get("id")) if above else "",
            top=item_id(above[-1].get("id")) if above else "",
            permalink=text(raw.get("permalink_url")),
            can_comment=raw.get("can_comment") is not False,
            takes_answers=any(each.get("can_comment") is not False for each in (raw, *above)),
            can_reply_privately=flag(raw.get("can_reply_privately")),
            hidden=flag(raw.get("is_hidden")),
            picture=_picture(attached),
            notes=(note,) if note else (),
            bare=step == len(COMMENT_FIELDS) - 1,
        )


def _id(raw: Mapping[str, Any]) -> str:
    if not (found := item_id(raw.get("id"))):
        raise Unreadable("id")
    return found


def item_id(raw: Any) -> str:
    """The id of a post or comment, up to three numbers joined by `_`; empty for anything else."""
    found = identifier(raw)
    return found if _ITEM_ID.fullmatch(found) else ""


def _above(raw: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The comments that a comment is below, as far as they are told, the nearest first."""
    parent = mapping(raw.get("parent"))
    if item_id(parent.get("id")):
        yield parent
        yield from _above(parent)


def _attached(raw: Any) -> Iterator[Mapping[str, Any]]:
    """A post's attachments, those inside of others in place of these."""
    for item in elements(raw):
        inside = list(_attached(item.get("subattachments")))
        yield from inside or [item]


def _kind(raw: Mapping[str, Any]) -> str:
    return text(raw.get("media_type")) or text(raw.get("type"))


def _picture(raw: Mapping[str, Any]) -> Picture | None:
    """The picture that an attachment shows; a video's is its first frame."""
    kind = _kind(raw)
    if not any(word in kind for word in _SHOWN):
        return None
    source = text(mapping(mapping(raw.get("media")).get("image")).get("src"))
    return Picture(kind, source) if source else None


def _note(raw: Mapping[str, Any]) -> Note | None:
    """What an attachment is, with its title and link; None for a picture that says all itself."""
    kind = _kind(raw)
    if not raw or (kind in _STILL and _picture(raw)):
        return None
    where = first_link(raw.get("url"), raw.get("unshimmed_url"), mapping(raw.get("media")).get("source"))
    named = title(raw.get("title"), raw.get("description"))
    if kind in _STILL:
        return Note(FILE_WORDS["image"], named, where)
    what = FILE_WORDS["video"] if "video" in kind else kind_words(kind.lower())
    if "sticker" in kind or "animated_image" in kind:
        return Note(what, "", "" if _picture(raw) else where)
    return Note(what, named, where or link(mapping(mapping(raw.get("media")).get("image")).get("src")))
