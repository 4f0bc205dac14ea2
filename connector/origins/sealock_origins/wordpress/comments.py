# SPDX-License-Identifier: Apache-2.0
"""What the REST API says of comments, posts, users and media, as plain values."""

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
_PIXELS = re.compile(r"[0-9]{1,5}", re.ASCII)
_POST_ADDRESS = re.compile(r"/(wp/v2/[a-z0-9_-]+)/(\d+)/?$", re.ASCII | re.IGNORECASE)


class Unreadable(ValueError):
    """The site said something that lacks what it must have; the text names the field."""


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
    def read(cls, item: Any) -> Comment:
        """From the API's JSON. Raises `Unreadable`."""
        if not isinstance(item, dict):
            raise Unreadable("comment")
        content = item.get("content")
        return cls(
            id=_number(item, "id", least=1),
            post=_number(item, "post", least=1),
            parent=_number(item, "parent"),
            author=_number(item, "author"),
            author_name=_text(item, "author_name"),
            author_email=_text(item, "author_email"),
            user_agent=_text(item, "author_user_agent"),
            written_at=_instant(item),
            rendered=_text(content if isinstance(content, dict) else {}, "rendered"),
            status=_text(item, "status"),
            avatar_url=_avatar(item.get("author_avatar_urls")),
            post_collection=_post_collection(item.get("_links")),
        )


@dataclass(frozen=True, slots=True)
class Answered:
    """As much of a comment as it takes to follow a conversation upwards."""

    id: int
    parent: int

    @classmethod
    def read(cls, item: Any) -> Answered:
        """From the API's JSON. Raises `Unreadable`."""
        if not isinstance(item, dict):
            raise Unreadable("comment")
        return cls(id=_number(item, "id", least=1), parent=_number(item, "parent"))


@dataclass(frozen=True, slots=True)
class Post:
    """What comments stand below: a post, a page, ..."""

    id: int
    title: str
    """As WordPress rendered it."""
    takes_comments: bool

    @classmethod
    def read(cls, item: Any) -> Post:
        """From the API's JSON. Raises `Unreadable`."""
        if not isinstance(item, dict):
            raise Unreadable("post")
        title = item.get("title")
        return cls(
            id=_number(item, "id", least=1),
            title=_text(title if isinstance(title, dict) else {}, "rendered"),
            takes_comments=_text(item, "comment_status") != "closed",
        )


@dataclass(frozen=True, slots=True)
class User:
    """The user whose application password the account has."""

    id: int
    name: str
    moderates: bool
    """May see comments that wait, and everything else that moderators see."""

    @classmethod
    def read(cls, item: Any) -> User:
        """From the API's JSON in edit context. Raises `Unreadable`."""
        if not isinstance(item, dict):
            raise Unreadable("user")
        capabilities = item.get("capabilities")
        return cls(
            id=_number(item, "id", least=1),
            name=_text(item, "name"),
            moderates=isinstance(capabilities, dict) and capabilities.get("moderate_comments") is True,
        )


@dataclass(frozen=True, slots=True)
class Medium:
    """A file of the site's media library."""

    url: str

    @classmethod
    def read(cls, item: Any) -> Medium:
        """From the API's JSON. Raises `Unreadable`."""
        url = item.get("source_url") if isinstance(item, dict) else None
        if not isinstance(url, str) or not url.startswith(("https://", "http://")):
            raise Unreadable("source_url")
        return cls(url)


def comment_number(item: Any) -> int:
    """The id of a comment that may lack everything else. Raises `Unreadable`."""
    return _number(item if isinstance(item, dict) else {}, "id", least=1)


def _number(item: dict[str, Any], name: str, *, least: int = 0) -> int:
    value = item.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value < 2**64:
        raise Unreadable(name)
    return value


def _text(item: dict[str, Any], name: str) -> str:
    """The text, without halves of surrogate pairs: JSON can say them, and nothing else takes them."""
    value = item.get(name)
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") if isinstance(value, str) else ""


def _instant(item: dict[str, Any]) -> datetime:
    """When it was written. A comment without a date in GMT (an import's, perhaps) has the site's own date at least."""
    for name in ("date_gmt", "date"):
        try:
            return in_utc(datetime.fromisoformat(_text(item, name)))
        except (ValueError, OverflowError):
            continue
    raise Unreadable("date_gmt")


def in_utc(instant: datetime) -> datetime:
    """
    The instant in UTC, which is what WordPress means where it does not say.

    Raises `ValueError` or `OverflowError` for one before 1970 or after 9999, which Zendesk cannot be given.
    """
    instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    if instant.timestamp() <= 0:
        raise ValueError("before 1970")
    return instant


def _avatar(sizes: Any) -> str:
    """The largest picture, by https only: Gravatar's serves both, though WordPress says http on a plain http site."""
    if not isinstance(sizes, dict):
        return ""
    by_size = {int(size): url for size, url in sizes.items() if _PIXELS.fullmatch(size) and isinstance(url, str)}
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
