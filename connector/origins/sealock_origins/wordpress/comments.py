# SPDX-License-Identifier: Apache-2.0
"""What the REST API tells of comments, posts and users, as plain values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

APPROVED = "approved"
WAITING = "hold"
REMOVED = ("spam", "trash", "post-trashed")

COMMENT_FIELDS = (
    "id,post,parent,author,author_name,author_email,author_user_agent,author_avatar_urls,"
    "date,date_gmt,content,status,type,_links"
)
_POST_ADDRESS = re.compile(r"/(wp/v2/[a-z0-9_-]+)/(\d+)/?$", re.ASCII | re.IGNORECASE)


class Unreadable(ValueError):
    """The site told of something that lacks what it must have; the text names the field."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as moderators see it."""

    id: int
    post: int
    parent: int
    author: int
    """The author's user id; 0 for a guest."""
    author_name: str
    author_email: str = field(repr=False)
    user_agent: str
    written_at: datetime
    rendered: str = field(repr=False)
    status: str
    avatar_url: str = ""
    post_collection: str = ""
    """Where the API has the post: `wp/v2/posts`, `wp/v2/pages`, ...; empty if it does not say."""

    @classmethod
    def read(cls, told: Any) -> Comment:
        """From the API's JSON. Raises `Unreadable`."""
        if not isinstance(told, dict):
            raise Unreadable("comment")
        content = told.get("content")
        return cls(
            id=_number(told, "id", least=1),
            post=_number(told, "post", least=1),
            parent=_number(told, "parent"),
            author=_number(told, "author"),
            author_name=_text(told, "author_name"),
            author_email=_text(told, "author_email"),
            user_agent=_text(told, "author_user_agent"),
            written_at=_instant(told),
            rendered=_text(content if isinstance(content, dict) else {}, "rendered"),
            status=_text(told, "status"),
            avatar_url=_avatar(told.get("author_avatar_urls")),
            post_collection=_post_collection(told.get("_links")),
        )


@dataclass(frozen=True, slots=True)
class Answered:
    """As much of a comment as it takes to follow a conversation upwards."""

    id: int
    parent: int

    @classmethod
    def read(cls, told: Any) -> Answered:
        """From the API's JSON. Raises `Unreadable`."""
        if not isinstance(told, dict):
            raise Unreadable("comment")
        return cls(id=_number(told, "id", least=1), parent=_number(told, "parent"))


@dataclass(frozen=True, slots=True)
class Post:
    """What comments stand below: a post, a page, ..."""

    id: int
    title: str
    """As WordPress rendered it."""
    takes_comments: bool

    @classmethod
    def read(cls, told: Any) -> Post:
        """From the API's JSON. Raises `Unreadable`."""
        if not isinstance(told, dict):
            raise Unreadable("post")
        title = told.get("title")
        return cls(
            id=_number(told, "id", least=1),
            title=_text(title if isinstance(title, dict) else {}, "rendered"),
            takes_comments=_text(told, "comment_status") != "closed",
        )


@dataclass(frozen=True, slots=True)
class User:
    """The user whose application password the account has."""

    id: int
    name: str
    moderates: bool
    """May see comments that wait, and everything else that moderators see."""

    @classmethod
    def read(cls, told: Any) -> User:
        """From the API's JSON in edit context. Raises `Unreadable`."""
        if not isinstance(told, dict):
            raise Unreadable("user")
        capabilities = told.get("capabilities")
        return cls(
            id=_number(told, "id", least=1),
            name=_text(told, "name"),
            moderates=isinstance(capabilities, dict) and capabilities.get("moderate_comments") is True,
        )


def comment_number(told: Any) -> int:
    """The id of a comment that may lack everything else. Raises `Unreadable`."""
    return _number(told if isinstance(told, dict) else {}, "id", least=1)


def _number(told: dict[str, Any], name: str, *, least: int = 0) -> int:
    value = told.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value < 2**64:
        raise Unreadable(name)
    return value


def _text(told: dict[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""


def _instant(told: dict[str, Any]) -> datetime:
    """When it was written. A comment without a date in GMT (an import's, perhaps) has the site's own date at least."""
    for name in ("date_gmt", "date"):
        try:
            instant = datetime.fromisoformat(_text(told, name))
        except ValueError:
            continue
        if instant.year > 1:
            return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    raise Unreadable("date_gmt")


def _avatar(sizes: Any) -> str:
    """The largest picture, by https only: Gravatar's serves both, though WordPress says http on a plain http site."""
    if not isinstance(sizes, dict):
        return ""
    by_size = {int(size): url for size, url in sizes.items() if str(size).isdecimal() and isinstance(url, str)}
    url = by_size[max(by_size)] if by_size else ""
    if re.match(r"http://([0-9a-z]+\.)?gravatar\.com/", url):
        url = "https" + url.removeprefix("http")
    return url if url.startswith("https://") else ""


def _post_collection(links: Any) -> str:
    try:
        address = unquote(links["up"][0]["href"])
    except (TypeError, KeyError, IndexError, AttributeError):
        return ""
    match = _POST_ADDRESS.search(address)
    return match[1] if match else ""
