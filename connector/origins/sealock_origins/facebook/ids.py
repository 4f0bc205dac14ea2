# SPDX-License-Identifier: Apache-2.0
"""External ids: they name the Page, so that they are unique, and enough to lead to the item and to answer it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sealock_connector import NotFound
from sealock_origins.meta.message_names import NAME, short_name

_ID = re.compile(
    r"facebook:(?P<page>[0-9]{1,25})/(?:"
    r"post/(?P<post>[0-9]{1,25}_[0-9]{1,25})"
    r"|comment/(?P<below>[0-9]{1,25}_[0-9]{1,25})/(?P<comment>[0-9]{1,25}_[0-9]{1,25}(_[0-9]{1,25})?)"
    r"|messages/(?P<with>[0-9]{1,25})"
    rf"|message/(?P<person>[0-9]{{1,25}})/(?P<message>{NAME})"
    r")",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class PostId:
    """A post on the Page."""

    page: str
    post: str

    def __str__(self) -> str:
        return f"facebook:{self.page}/post/{self.post}"

    def link(self, www: str) -> str:
        """The post's page."""
        return f"{www}/{self.post.replace('_', '/posts/')}"


@dataclass(frozen=True, slots=True)
class CommentId:
    """A comment below a post."""

    page: str
    post: str
    comment: str

    def __str__(self) -> str:
        return f"facebook:{self.page}/comment/{self.post}/{self.comment}"

    def link(self, www: str) -> str:
        """The comment on its post's page."""
        return f"{PostId(self.page, self.post).link(www)}/?comment_id={self.comment.rpartition('_')[2]}"


@dataclass(frozen=True, slots=True)
class PersonMessages:
    """All messages exchanged with a person: the thread."""

    page: str
    person: str

    def __str__(self) -> str:
        return f"facebook:{self.page}/messages/{self.person}"

    def link(self, www: str) -> str:
        """The conversation in the Page's inbox."""
        return f"{www}/{self.page}/inbox/?selected_item_id={self.person}"


@dataclass(frozen=True, slots=True)
class MessageId:
    """One message exchanged with a person."""

    page: str
    person: str
    message: str

    def __str__(self) -> str:
        return f"facebook:{self.page}/message/{self.person}/{short_name(self.message)}"

    def link(self, www: str) -> str:
        """The conversation in the Page's inbox: messages have no pages of their own."""
        return PersonMessages(self.page, self.person).link(www)


ItemId = PostId | CommentId | PersonMessages | MessageId


def read_id(external_id: str) -> ItemId:
    """Read an external id. Raises `NotFound` for one that this connector does not make."""
    match = _ID.fullmatch(external_id)
    if match is None:
        raise NotFound("not an id of this connector")
    page = match["page"]
    if match["post"]:
        return PostId(page, match["post"])
    if match["comment"]:
        return CommentId(page, match["below"], match["comment"])
    if match["with"]:
        return PersonMessages(page, match["with"])
    return MessageId(page, match["person"], match["message"])


def person_id(page: str, person: str) -> str:
    """The external id of a person, whom each Page knows by another number."""
    return f"facebook:{page}/person/{person}"


def unknown_person_id(page: str, item: str) -> str:
    """The external id of whoever wrote an item and does not let apps see who it was."""
    return f"facebook:{page}/author-of/{item}"
