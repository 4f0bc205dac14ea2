# SPDX-License-Identifier: Apache-2.0
"""Comments, mentions and messages as Zendesk takes them, and their ids."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sealock_connector import Author, ExternalResource, NotFound
from sealock_origins.instagram.account import InstagramAccount
from sealock_origins.instagram.media import Comment, Media
from sealock_origins.meta.messages import Message
from sealock_origins.meta.resources import NAME, message_files, short_name, subject

_ID = re.compile(
    r"instagram:(?P<account>[0-9]{1,25})/(?:"
    r"(?P<kind>comment|mention)/(?P<media>[0-9]{1,25})/(?P<comment>[0-9]{1,25})(/(?P<shortcode>[\w-]{1,40}))?"
    r"|post/(?P<post>[0-9]{1,25})(/(?P<code>[\w-]{1,40}))?"
    r"|messages/(?P<with>[0-9]{1,25})"
    rf"|message/(?P<person>[0-9]{{1,25}})/(?P<message>{NAME})"
    r")",
    re.ASCII,
)


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
        return f"instagram:{self.account}/{kind}/{self.media}/{self.comment}{code}"

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
        return f"instagram:{self.account}/post/{self.media}" + (f"/{self.shortcode}" if self.shortcode else "")

    def link(self, www: str) -> str:
        """The post."""
        return f"{www}/p/{self.shortcode}/" if self.shortcode else f"{www}/"


@dataclass(frozen=True, slots=True)
class PersonMessages:
    """All messages exchanged with a person: the thread."""

    account: str
    person: str

    def __str__(self) -> str:
        return f"instagram:{self.account}/messages/{self.person}"

    def link(self, www: str) -> str:
        """The inbox: Instagram has no addresses of conversations."""
        return f"{www}/direct/inbox/"


@dataclass(frozen=True, slots=True)
class MessageId:
    """One message exchanged with a person."""

    account: str
    person: str
    message: str

    def __str__(self) -> str:
        return f"instagram:{self.account}/message/{self.person}/{short_name(self.message)}"

    def link(self, www: str) -> str:
        """The inbox, likewise."""
        return PersonMessages(self.account, self.person).link(www)


ItemId = CommentId | PostId | PersonMessages | MessageId


def read_id(external_id: str) -> ItemId:
    """Read an external id. Raises `NotFound` for one that this connector does not make."""
    match = _ID.fullmatch(external_id)
    if match is None:
        raise NotFound("not an id of this connector")
    account = match["account"]
    if match["comment"]:
        shortcode = match["shortcode"] or ""
        return CommentId(account, match["media"], match["comment"], shortcode, mention=match["kind"] == "mention")
    if match["post"]:
        return PostId(account, match["post"], match["code"] or "")
    if match["with"]:
        return PersonMessages(account, match["with"])
    return MessageId(account, match["person"], match["message"])


def person_id(account: str, person: str) -> str:
    """The external id of a person, whom each account knows by another number."""
    return f"instagram:{account}/person/{person}"


def named_id(account: str, username: str) -> str:
    """The external id of somebody of whom only the user name is known."""
    return f"instagram:{account}/user/{username}"


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
