# SPDX-License-Identifier: Apache-2.0
"""External ids: they name the account, so that they are unique, and enough to lead to the item and to answer it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sealock_connector import NotFound
from sealock_origins.meta.message_names import NAME, short_name

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
