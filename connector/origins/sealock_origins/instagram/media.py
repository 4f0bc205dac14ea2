# SPDX-License-Identifier: Apache-2.0
"""Posts and comments as Instagram gives them, and as Zendesk takes them, with their ids; messages likewise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sealock_connector import Author, ExternalResource, Miss, count_miss
from sealock_origins.instagram.account import INSTAGRAM, InstagramAccount
from sealock_origins.meta import resources as meta
from sealock_origins.meta.account import comment_on, mention_of, person_id, somebody_at, subject
from sealock_origins.meta.graph import Unreadable, digits, elements, flag, mapping, read_items, required_instant, text
from sealock_origins.meta.lists import Fields
from sealock_origins.meta.messages import Message, Note
from sealock_origins.meta.messages.attachments import FILE_WORDS, NOT_SHOWN, TAGGED, link
from sealock_origins.meta.resources import id_pattern, match_id

COMMENTS_PER_QUERY = 50
"""Instagram gives at most this many comments at once, the newest first."""
_COMMENT: Fields = ("id", "text", "timestamp", "username", ("from", ("id", "username")), "parent_id", "hidden")
_LITTLE: Fields = ("id", "text", "timestamp", "username", "parent_id")
_BARE: Fields = ("id", "timestamp")
_WITH_REPLIES: Fields = (*_COMMENT, (f"replies.limit({COMMENTS_PER_QUERY})", _COMMENT))
COMMENT_FIELDS: Sequence[Fields] = (_WITH_REPLIES, _COMMENT, _LITTLE, _BARE)
"""What is asked of a comment: with its answers, without them, what it cannot do without, and its place in time."""
REPLY_FIELDS: Sequence[Fields] = (_COMMENT, _LITTLE, _BARE)
_POST: Fields = ("id", "caption", "media_product_type", "permalink", "shortcode", "timestamp", "username")
MEDIA_FIELDS: Sequence[Fields] = (
    (*_POST, (f"comments.limit({COMMENTS_PER_QUERY})", _WITH_REPLIES)),
    _POST,
    ("id", "shortcode", "timestamp"),
)
"""The same of a post: with the comments on it, and without them."""
TAGGED_FIELDS: Sequence[Fields] = (
    (*_POST, "media_type", ("children", ("media_type", "media_url"))),
    _POST,
    ("id", "caption", "timestamp", "username"),
    _BARE,
)
MENTIONED_FIELDS: Sequence[Fields] = (
    ("id", "text", "timestamp", "username", ("media", ("id", "shortcode", "permalink"))),
    ("id", "text", "timestamp", "username"),
)

_CODE = r"[\w-]{1,40}"


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a post, or an answer to one."""

    id: str
    written_at: datetime
    text: str
    username: str = ""
    writer: str = ""
    """The writer's id, as this account knows it; empty where Instagram does not say it."""
    parent: str = ""
    """The comment that this one answers."""
    hidden: bool = False
    replies: Sequence[Comment] = ()
    more_replies: bool = False
    """There are, or may be, more answers than these."""
    bare: bool = False
    """Nothing of it can be had but its id and its time."""

    @classmethod
    def read(cls, raw: Mapping[str, Any], step: int = 0, *, parent: str = "") -> Comment:
        """
        From the API's JSON, with the set of `COMMENT_FIELDS` of this number. Raises `Unreadable`.

        `parent` says what it answers, where the API does not. What answers it is known with the first set only.
        """
        writer, replies = mapping(raw.get("from")), mapping(raw.get("replies"))
        found = _id(raw)
        return cls(
            id=found,
            written_at=required_instant(raw.get("timestamp"), "timestamp"),
            text=text(raw.get("text")),
            username=text(raw.get("username")) or text(writer.get("username")),
            writer=digits(writer.get("id")),
            parent=digits(raw.get("parent_id")) or parent,
            hidden=flag(raw.get("hidden")),
            replies=tuple(read_comments(elements(replies), parent=found)),
            more_replies=step > 0 or _may_go_on(replies),
            bare=step == len(COMMENT_FIELDS) - 1,
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
    """There are, or may be, more comments than these."""
    notes: Sequence[Note] = ()
    """The pictures and videos of an album."""

    @classmethod
    def read(cls, raw: Mapping[str, Any], step: int = 0) -> Media:
        """From the API's JSON, with the set of `MEDIA_FIELDS` of this number. Raises `Unreadable`."""
        comments = mapping(raw.get("comments"))
        return cls(
            id=_id(raw),
            published_at=required_instant(raw.get("timestamp"), "timestamp"),
            caption=text(raw.get("caption")),
            shortcode=read_shortcode(raw.get("shortcode")),
            permalink=text(raw.get("permalink")),
            username=text(raw.get("username")),
            comments=tuple(elements(comments)),
            more_comments=step > 0 or _may_go_on(comments),
            notes=tuple(map(_note, elements(raw.get("children")))),
        )


def _may_go_on(listed: Mapping[str, Any]) -> bool:
    """Whether a list within another answer has more: of some of these Instagram gives no next place."""
    full = sum(1 for _ in elements(listed)) >= COMMENTS_PER_QUERY
    return full or "next" in mapping(listed.get("paging"))


def read_shortcode(raw: Any) -> str:
    """What a post is called in its address; empty for what cannot be that."""
    return raw if isinstance(raw, str) and re.fullmatch(_CODE, raw, re.ASCII) else ""


def read_comments(items: Iterable[Mapping[str, Any]], step: int = 0, *, parent: str = "") -> Iterator[Comment]:
    """The comments of a list; those that cannot be read are passed over, counted, and in the log."""
    return read_items(partial(Comment.read, parent=parent), items, step, "comment")


def _note(child: Mapping[str, Any]) -> Note:
    kind = "video" if "VIDEO" in text(child.get("media_type")) else "image"
    return Note(FILE_WORDS[kind], link=link(child.get("media_url")))


def _id(raw: Mapping[str, Any]) -> str:
    if not (found := digits(raw.get("id"))):
        raise Unreadable("id")
    return found


ORIGIN = "instagram"
WWW = "https://www.instagram.com"
_ID = id_pattern(
    ORIGIN,
    rf"(?P<kind>comment|mention)/(?P<media>[0-9]{{1,25}})/(?P<comment>[0-9]{{1,25}})(/(?P<shortcode>{_CODE}))?"
    rf"|post/(?P<post>[0-9]{{1,25}})(/(?P<code>{_CODE}))?",
)
COMMENT_TYPE = "https://instagram.com/comment"
POST_TYPE = "https://instagram.com/post"


@dataclass(frozen=True, slots=True)
class CommentId:
    """A comment on a post of the account; with `mention`, one on somebody else's post that mentions the account."""

    account: str
    media: str
    comment: str
    shortcode: str = ""
    """What the post is called in its address; empty where that is not known."""
    mention: bool = False

    def __str__(self) -> str:
        kind = "mention" if self.mention else "comment"
        code = f"/{self.shortcode}" if self.shortcode else ""
        return f"{ORIGIN}:{self.account}/{kind}/{self.media}/{self.comment}{code}"

    def link(self, www: str) -> str:
        """The comment on its post."""
        return f"{www}/p/{self.shortcode}/c/{self.comment}/" if self.shortcode else f"{www}/"


@dataclass(frozen=True, slots=True)
class PostId:
    """Somebody else's post in which the account is tagged."""

    account: str
    media: str
    shortcode: str = ""

    def __str__(self) -> str:
        return f"{ORIGIN}:{self.account}/post/{self.media}" + (f"/{self.shortcode}" if self.shortcode else "")

    def link(self, www: str) -> str:
        """The post."""
        return f"{www}/p/{self.shortcode}/" if self.shortcode else f"{www}/"


@dataclass(frozen=True, slots=True)
class ConversationId(meta.ConversationId):
    """All messages exchanged with a person: the thread."""

    origin = ORIGIN

    def link(self, www: str) -> str:
        """The inbox: Instagram has no addresses of conversations."""
        return f"{www}/direct/inbox/"


@dataclass(frozen=True, slots=True)
class MessageId(meta.MessageId):
    """One message exchanged with a person."""

    origin = ORIGIN

    def link(self, www: str) -> str:
        """The inbox, likewise."""
        return f"{www}/direct/inbox/"


ItemId = CommentId | PostId | ConversationId | MessageId


def read_id(external_id: str) -> ItemId:
    """Read an external id. Raises `NotFound` for one that this connector does not make."""
    match = match_id(_ID, external_id)
    account = match["account"]
    if match["comment"]:
        shortcode = match["shortcode"] or ""
        return CommentId(account, match["media"], match["comment"], shortcode, mention=match["kind"] == "mention")
    if match["post"]:
        return PostId(account, match["post"], match["code"] or "")
    if match["with"]:
        return ConversationId(account, match["with"])
    return MessageId(account, match["person"], match["message"])


def named_id(account: str, username: str) -> str:
    """The external id of somebody of whom only the user name is known."""
    return f"{ORIGIN}:{account}/user/{meta.short_id(username)}"


def comment_resource(
    comment: Comment, media: Media, account: InstagramAccount, *, mention: bool = False
) -> ExternalResource:
    """A comment on a post of the account, or one elsewhere that mentions it."""
    identity = CommentId(account.id, media.id, comment.id, media.shortcode, mention=mention)
    top = replace(identity, comment=comment.parent or comment.id)
    if comment.bare:
        where = media.permalink or identity.link(WWW)
        return meta.set_aside(str(identity), comment.written_at, where, account, origin=ORIGIN, thread_id=str(top))
    if not media.permalink:
        count_miss(Miss.PERMALINK)
    shown = {"media": media.id, "comment": comment.id, "parent": comment.parent, "permalink": media.permalink}
    what = account.words((mention_of if mention else comment_on)(account.username))
    return ExternalResource(
        external_id=str(identity),
        message=comment.text or NOT_SHOWN.said(account.words),
        created_at=comment.written_at,
        author=author(account, comment.writer, comment.username, comment.id),
        thread_id=str(top),
        display_info=[(COMMENT_TYPE, shown)],
        allow_channelback=False if comment.hidden else None,
        fields={
            "subject": subject(what, media.caption),
            "tags": ["instagram", "instagram_mention" if mention else "instagram_comment"],
        },
    )


def tagged_resource(media: Media, account: InstagramAccount) -> ExternalResource:
    """Somebody else's post in which the account is tagged."""
    external_id = str(PostId(account.id, media.id, media.shortcode))
    shown = [note.said(account.words) for note in media.notes]
    return ExternalResource(
        external_id=external_id,
        message="\n".join(filter(None, [media.caption or Note(TAGGED).said(account.words), media.permalink, *shown])),
        created_at=media.published_at,
        author=author(account, "", media.username, media.id),
        thread_id=external_id,
        display_info=[(POST_TYPE, {"media": media.id, "permalink": media.permalink})],
        fields={
            "subject": subject(account.words(mention_of(account.username)), media.caption),
            "tags": ["instagram", "instagram_mention"],
        },
    )


def message_resource(message: Message, account: InstagramAccount) -> ExternalResource | None:
    """A message; one that was sent from Instagram itself belongs to the same ticket."""
    return meta.message_resource(message, account, ConversationId, MessageId, somebody=INSTAGRAM, www=WWW)


def author(account: InstagramAccount, person: str, username: str, item: str) -> Author:
    """A person by id, else by name, else as whoever wrote the item: people of whom nothing is told are not one."""
    if not username:
        count_miss(Miss.NAME)
    if person:
        return Author(person_id(ORIGIN, account.id, person), name=username or account.words(somebody_at(INSTAGRAM)))
    external_id = named_id(account.id, username) if username else f"{ORIGIN}:{account.id}/author-of/{item}"
    return Author(external_id, name=username or account.words(somebody_at(INSTAGRAM)))
