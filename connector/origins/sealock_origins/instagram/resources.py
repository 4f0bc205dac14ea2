# SPDX-License-Identifier: Apache-2.0
"""Comments, mentions and messages as Zendesk takes them."""

from __future__ import annotations

from sealock_connector import Author, ExternalResource
from sealock_origins.instagram.account import InstagramAccount
from sealock_origins.instagram.ids import CommentId, MessageId, PersonMessages, PostId, named_id, person_id
from sealock_origins.instagram.media import Comment, Media
from sealock_origins.meta.messages import Message
from sealock_origins.meta.tickets import message_files, subject

COMMENT_TYPE = "https://instagram.com/comment"
POST_TYPE = "https://instagram.com/post"
MESSAGE_TYPE = "https://instagram.com/message"
SOMEBODY = "Instagram user"


def comment_resource(
    comment: Comment, media: Media, account: InstagramAccount, *, mention: bool = False
) -> ExternalResource:
    """A comment on a post of the account, or one elsewhere that mentions it."""
    top = CommentId(account.id, media.id, comment.parent or comment.id, media.shortcode, mention=mention)
    shown = {"media": media.id, "comment": comment.id, "parent": comment.parent, "permalink": media.permalink}
    what = f"Mention of {account.username}" if mention else f"Comment on {account.username}"
    return ExternalResource(
        external_id=str(CommentId(account.id, media.id, comment.id, media.shortcode, mention=mention)),
        message=comment.text or "(nothing written)",
        created_at=comment.written_at,
        author=author(account, comment.writer, comment.username),
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
    return ExternalResource(
        external_id=external_id,
        message="\n".join(filter(None, [media.caption or "(tagged in a post)", media.permalink])),
        created_at=media.published_at,
        author=author(account, "", media.username),
        thread_id=external_id,
        display_info=[(POST_TYPE, {"media": media.id, "permalink": media.permalink})],
        fields={
            "subject": subject(f"Mention of {account.username}", media.caption),
            "tags": ["instagram", "instagram_mention"],
        },
    )


def message_resource(message: Message, account: InstagramAccount) -> ExternalResource:
    """A message; one that was sent from Instagram itself belongs to the same ticket."""
    from_account = message.sender in account.own_ids
    person = message.receiver if from_account else message.sender
    name = account.username if from_account else message.sender_name
    return ExternalResource(
        external_id=str(MessageId(account.id, person, message.id)),
        message=message.words,
        created_at=message.at,
        author=Author(person_id(account.id, account.id if from_account else person), name=name or SOMEBODY),
        thread_id=str(PersonMessages(account.id, person)),
        display_info=[(MESSAGE_TYPE, {"message": message.id, "person": person})],
        fields={
            "subject": subject(f"Message to {account.username}"),
            "tags": ["instagram", "instagram_message"],
        },
        files=list(message_files(message)),
    )


def author(account: InstagramAccount, person: str, username: str) -> Author:
    """A person by id, else by name."""
    external_id = person_id(account.id, person) if person else named_id(account.id, username or "unknown")
    return Author(external_id, name=username or SOMEBODY)
