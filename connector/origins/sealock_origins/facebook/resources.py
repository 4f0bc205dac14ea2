# SPDX-License-Identifier: Apache-2.0
"""Posts, comments and messages as Zendesk takes them."""

from __future__ import annotations

from collections.abc import Iterable

from sealock_connector import Author, ExternalResource, File
from sealock_origins.facebook.account import PageAccount
from sealock_origins.facebook.ids import CommentId, MessageId, PersonMessages, PostId, person_id, unknown_person_id
from sealock_origins.facebook.posts import Comment, Picture, Post, Writer
from sealock_origins.meta.messages import Message
from sealock_origins.meta.tickets import message_files, subject

COMMENT_TYPE = "https://facebook.com/comment"
POST_TYPE = "https://facebook.com/post"
MESSAGE_TYPE = "https://facebook.com/message"
SOMEBODY = "Facebook user"
_MOST_URL_CHARS = 511


def post_resource(post: Post, account: PageAccount) -> ExternalResource:
    """A visitor's post, which begins a ticket of its own."""
    external_id = str(PostId(account.page, post.id))
    return ExternalResource(
        external_id=external_id,
        message=_words(post.message, post.pictures, post.links),
        created_at=post.written_at,
        author=_author(post.writer, post.id, account),
        thread_id=external_id,
        display_info=[(POST_TYPE, {"post": post.id, "permalink": post.permalink})],
        fields={
            "subject": subject(f"Post on {account.name}", post.message),
            "tags": _tags("facebook_post", hidden=post.hidden),
        },
        files=_picture_files(post.pictures, f"p:{post.id}"),
    )


def comment_resource(comment: Comment, post: Post, account: PageAccount, *, visitors: bool) -> ExternalResource:
    """A comment; `visitors` says that the post is a visitor's, so that it has a ticket already."""
    top = CommentId(account.page, post.id, comment.parent or comment.id)
    whole_post = visitors or account.per_post
    shown = {
        "post": post.id,
        "comment": comment.id,
        "parent": comment.parent,
        "permalink": comment.permalink,
        "hidden": comment.hidden,
    }
    pictures = (comment.picture,) if comment.picture else ()
    return ExternalResource(
        external_id=str(CommentId(account.page, post.id, comment.id)),
        message=_words(comment.message, pictures, (comment.link,) if comment.link else ()),
        created_at=comment.written_at,
        author=_author(comment.writer, comment.id, account),
        thread_id=str(PostId(account.page, post.id) if whole_post else top),
        display_info=[(COMMENT_TYPE, shown)],
        allow_channelback=None if _can_be_answered(comment, account) else False,
        fields={
            "subject": subject(f"Comment on {account.name}", post.message),
            "tags": _tags("facebook_comment", hidden=comment.hidden),
        },
        files=_picture_files(pictures, f"c:{comment.id}"),
    )


def message_resource(message: Message, account: PageAccount) -> ExternalResource:
    """A message; one that the Page sent from Facebook's own inbox belongs to the same ticket."""
    from_page = message.sender == account.page
    person = message.receiver if from_page else message.sender
    name = account.name if from_page else message.sender_name
    return ExternalResource(
        external_id=str(MessageId(account.page, person, message.id)),
        message=message.words,
        created_at=message.at,
        author=Author(person_id(account.page, message.sender), name=name or SOMEBODY),
        thread_id=str(PersonMessages(account.page, person)),
        display_info=[(MESSAGE_TYPE, {"message": message.id, "person": person})],
        fields={"subject": subject(f"Message to {account.name}"), "tags": _tags("facebook_message")},
        files=list(message_files(message)),
    )


def _author(writer: Writer, item: str, account: PageAccount) -> Author:
    if not writer.id:
        return Author(unknown_person_id(account.page, item), name=SOMEBODY)
    picture = writer.picture if len(writer.picture) <= 255 else ""
    return Author(person_id(account.page, writer.id), name=writer.name or SOMEBODY, image_url=picture)


def _can_be_answered(comment: Comment, account: PageAccount) -> bool:
    return comment.can_reply_privately if account.privately else comment.can_comment


def _words(text: str, pictures: Iterable[Picture], links: Iterable[str]) -> str:
    """The text and what is linked; where there is neither, what there is instead."""
    lines = [*filter(None, [text]), *links]
    if not lines:
        lines = ["(a video)" if "video" in picture.kind else "(a picture)" for picture in pictures]
    return "\n".join(lines) or "(nothing written)"


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
