# SPDX-License-Identifier: Apache-2.0
"""Posts, comments and messages as Zendesk takes them, with their ids and files."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sealock_connector import Author, ExternalResource, File, Miss, NotFound, OpenedFile, count_miss
from sealock_connector.localisation import Words
from sealock_origins.facebook.account import FACEBOOK, PageAccount
from sealock_origins.facebook.posts import POST_FIELDS, Comment, Picture, Post, Writer
from sealock_origins.meta import resources as meta
from sealock_origins.meta.account import comment_on, person_id, post_on, somebody_at, subject
from sealock_origins.meta.graph import Graph, Unreadable
from sealock_origins.meta.lists import Fields
from sealock_origins.meta.messages import Message
from sealock_origins.meta.messages.attachments import FILE_WORDS, NOTHING_WRITTEN, Note
from sealock_origins.meta.options import WWW
from sealock_origins.meta.resources import (
    Downloads,
    id_pattern,
    match_id,
    open_message_file,
    set_aside,
)

_log = logging.getLogger(__name__)
ORIGIN = "facebook"
_COMMENT = "[0-9]{1,25}_[0-9]{1,25}(_[0-9]{1,25})?"
_ITEM = "[0-9]{1,25}(_[0-9]{1,25}){0,2}"
_ID = id_pattern(ORIGIN, rf"post/(?P<post>{_ITEM})|comment/(?P<below>{_ITEM})/(?P<comment>{_COMMENT})")
COMMENT_TYPE = "https://facebook.com/comment"
POST_TYPE = "https://facebook.com/post"
_MOST_URL_CHARS = 511
_WITH_PICTURES: Fields = ("id", "created_time", *(each for each in POST_FIELDS[0] if each[0] == "attachments"))
_WITH_PICTURE: Fields = ("id", "created_time", "attachment")
_PICTURE = re.compile(r"(?P<kind>[cp]):(?P<item>[0-9_]{3,80}):(?P<number>[0-9]{1,3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class PostId:
    """A post on the Page."""

    account: str
    post: str

    def __str__(self) -> str:
        return f"{ORIGIN}:{self.account}/post/{self.post}"

    def link(self, www: str) -> str:
        """The post's page."""
        return f"{www}/{self.post.replace('_', '/posts/')}"


@dataclass(frozen=True, slots=True)
class CommentId:
    """A comment below a post."""

    account: str
    post: str
    comment: str

    def __str__(self) -> str:
        return f"{ORIGIN}:{self.account}/comment/{self.post}/{self.comment}"

    def link(self, www: str) -> str:
        """The comment on its post's page."""
        return f"{PostId(self.account, self.post).link(www)}/?comment_id={self.comment.rpartition('_')[2]}"


@dataclass(frozen=True, slots=True)
class ConversationId(meta.ConversationId):
    """All messages exchanged with a person: the thread."""

    origin = ORIGIN

    def link(self, www: str) -> str:
        """The conversation in the Page's inbox."""
        return f"{www}/{self.account}/inbox/?selected_item_id={self.person}"


@dataclass(frozen=True, slots=True)
class MessageId(meta.MessageId):
    """One message exchanged with a person."""

    origin = ORIGIN

    def link(self, www: str) -> str:
        """The conversation in the Page's inbox: messages have no pages of their own."""
        return ConversationId(self.account, self.person).link(www)


ItemId = PostId | CommentId | ConversationId | MessageId


def read_id(external_id: str) -> ItemId:
    """Read an external id. Raises `NotFound` for one that this connector does not make."""
    match = match_id(_ID, external_id)
    account = match["account"]
    if match["post"]:
        return PostId(account, match["post"])
    if match["comment"]:
        return CommentId(account, match["below"], match["comment"])
    if match["with"]:
        return ConversationId(account, match["with"])
    return MessageId(account, match["person"], match["message"])


def unknown_person_id(page: str, item: str) -> str:
    """The external id of whoever wrote an item and does not let apps see who it was."""
    return f"{ORIGIN}:{page}/author-of/{item}"


def post_resource(post: Post, account: PageAccount) -> ExternalResource:
    """A visitor's post, which begins a ticket of its own."""
    identity = PostId(account.page, post.id)
    external_id = str(identity)
    if post.bare:
        return set_aside(external_id, post.written_at, post.permalink or identity.link(WWW), account, origin=ORIGIN)
    if not post.permalink:
        count_miss(Miss.PERMALINK)
    return ExternalResource(
        external_id=external_id,
        message=_words(post.message, post.pictures, post.notes, account.words),
        created_at=post.written_at,
        author=_author(post.writer, post.id, account),
        thread_id=external_id,
        display_info=[(POST_TYPE, {"post": post.id, "permalink": post.permalink})],
        fields={
            "subject": subject(account.words(post_on(account.name)), post.message),
            "tags": _tags("facebook_post", hidden=post.hidden),
        },
        files=_picture_files(post.pictures, f"p:{post.id}"),
    )


def comment_resource(comment: Comment, post: Post, account: PageAccount, *, visitors: bool) -> ExternalResource | None:
    """
    A comment; `visitors` says that the post is a visitor's, so that it has a ticket already.

    None for one whose id is of a kind that could not be answered.
    """
    identity = CommentId(account.page, post.id, comment.id)
    whole_post = visitors or account.per_post
    thread = PostId(account.page, post.id) if whole_post else replace(identity, comment=comment.top or comment.id)
    if _ID.fullmatch(str(identity)) is None:
        count_miss(Miss.PASSED_OVER)
        _log.warning("a comment passed over: its id is of a kind that is not known")
        return None
    if comment.bare:
        where = comment.permalink or identity.link(WWW)
        return set_aside(str(identity), comment.written_at, where, account, origin=ORIGIN, thread_id=str(thread))
    if not comment.permalink:
        count_miss(Miss.PERMALINK)
    shown = {
        "post": post.id,
        "comment": comment.id,
        "parent": comment.parent,
        "permalink": comment.permalink,
        "hidden": comment.hidden,
    }
    pictures = (comment.picture,) if comment.picture else ()
    return ExternalResource(
        external_id=str(identity),
        message=_words(comment.message, pictures, comment.notes, account.words),
        created_at=comment.written_at,
        author=_author(comment.writer, comment.id, account),
        thread_id=str(thread),
        display_info=[(COMMENT_TYPE, shown)],
        allow_channelback=None if _can_be_answered(comment, account) else False,
        fields={
            "subject": subject(account.words(comment_on(account.name)), post.message),
            "tags": _tags("facebook_comment", hidden=comment.hidden),
        },
        files=_picture_files(pictures, f"c:{comment.id}"),
    )


def message_resource(message: Message, account: PageAccount) -> ExternalResource | None:
    """A message; one that the Page sent from Facebook's own inbox belongs to the same ticket."""
    return meta.message_resource(message, account, ConversationId, MessageId, somebody=FACEBOOK, www=WWW)


def _author(writer: Writer, item: str, account: PageAccount) -> Author:
    if not writer.id:
        count_miss(Miss.NAME)
        return Author(unknown_person_id(account.page, item), name=account.words(somebody_at(FACEBOOK)))
    if not writer.name:
        count_miss(Miss.NAME)
    picture = writer.picture if len(writer.picture) <= 255 else ""
    if not picture:
        count_miss(Miss.PICTURE)
    return Author(
        person_id(ORIGIN, account.page, writer.id),
        name=writer.name or account.words(somebody_at(FACEBOOK)),
        image_url=picture,
    )


def _can_be_answered(comment: Comment, account: PageAccount) -> bool:
    return comment.can_reply_privately if account.privately else comment.takes_answers


def _words(text: str, pictures: Iterable[Picture], notes: Iterable[Note], words: Words) -> str:
    """The text and what else there is; where there is neither, what there is instead."""
    lines = [*filter(None, [text]), *(note.said(words) for note in notes)]
    if not lines:
        lines = [Note(FILE_WORDS["video" if "video" in picture.kind else "image"]).said(words) for picture in pictures]
    return "\n".join(lines) or Note(NOTHING_WRITTEN).said(words)


def _tags(kind: str, *, hidden: bool = False) -> list[str]:
    return ["facebook", kind, *(["facebook_hidden"] if hidden else [])]


def _picture_files(pictures: Iterable[Picture], reference: str) -> list[File]:
    """Pictures by their public links where these are short enough, else to be asked for when they are wanted."""
    files = []
    for number, picture in enumerate(pictures):
        name, kind = f"picture-{number + 1}.jpg", "image/jpeg"
        if picture.url.startswith("https://") and len(picture.url) <= _MOST_URL_CHARS:
            files.append(File(name, kind, url=picture.url))
        else:
            files.append(File(name, kind, reference=f"{reference}:{number}"))
    return files


async def open_reference(graph: Graph, downloads: Downloads, reference: str) -> OpenedFile:
    """The file that a resource's reference names. Raises `NotFound` where there is none any more, and `Refused`."""
    match = _PICTURE.fullmatch(reference)
    if match is None:
        return await open_message_file(graph, downloads, reference)
    pictures, number = await _pictures(graph, match["kind"], match["item"]), int(match["number"])
    if number >= len(pictures):
        raise NotFound("the picture is no longer there")
    return await downloads.open(pictures[number].url, name=f"picture-{number + 1}.jpg", content_type="image/jpeg")


async def _pictures(graph: Graph, kind: str, item: str) -> Sequence[Picture]:
    try:
        if kind == "p":
            return Post.read(await graph.get(item, _WITH_PICTURES)).pictures
        picture = Comment.read(await graph.get(item, _WITH_PICTURE)).picture
    except Unreadable as problem:
        raise NotFound(f"the item cannot be read: {problem}") from None
    return (picture,) if picture else ()
