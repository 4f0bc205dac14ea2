# SPDX-License-Identifier: Apache-2.0
"""Comments, mentions and messages as Zendesk takes them, and their ids."""

from __future__ import annotations

from dataclasses import dataclass

from sealock_connector import Author, ExternalResource
from sealock_origins.instagram.account import InstagramAccount
from sealock_origins.instagram.media import Comment, Media
from sealock_origins.meta import resources as meta
from sealock_origins.meta.messages import Message
from sealock_origins.meta.resources import id_pattern, match_id, person_id, subject

ORIGIN = "instagram"
_CODE = r"[\w-]{1,40}"
_ID = id_pattern(
    ORIGIN,
    rf"(?P<kind>comment|mention)/(?P<media>[0-9]{{1,25}})/(?P<comment>[0-9]{{1,25}})(/(?P<shortcode>{_CODE}))?"
    rf"|post/(?P<post>[0-9]{{1,25}})(/(?P<code>{_CODE}))?",
)
COMMENT_TYPE = "https://instagram.com/comment"
POST_TYPE = "https://instagram.com/post"
SOMEBODY = "Instagram user"


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
    return f"{ORIGIN}:{account}/user/{username}"


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
    return meta.message_resource(message, account, ConversationId, MessageId, somebody=SOMEBODY)


def author(account: InstagramAccount, person: str, username: str) -> Author:
    """A person by id, else by name."""
    external_id = person_id(ORIGIN, account.id, person) if person else named_id(account.id, username or "unknown")
    return Author(external_id, name=username or SOMEBODY)
