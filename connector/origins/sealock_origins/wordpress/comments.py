# SPDX-License-Identifier: Apache-2.0
"""What the REST API says of comments, posts, users and media, as plain values."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import unquote

COMMENT = "comment"
"""The type of comments that people write; plug-ins have types of their own."""
REVIEW = "review"
"""The type of WooCommerce's product reviews."""
MOST_STARS = 5
APPROVED = "approved"
WAITING = "hold"
REMOVED = ("spam", "trash", "post-trashed")
_APPROVED_TOO = ("approve", "1")

BARE_FIELDS = "id,post,parent,author,date,date_gmt,status,type"
"""What a comment cannot do without."""
LISTED_FIELDS = f"{BARE_FIELDS},author_name,author_email,author_user_agent,author_avatar_urls,_links"
"""All but what it says, which may be very much."""
COMMENT_FIELDS = f"{LISTED_FIELDS},content"
_UNDATED = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
_WHOLE = re.compile(r"[0-9]{1,20}(\.0{1,9})?", re.ASCII)
_PIXELS = re.compile(r"[0-9]{1,5}", re.ASCII)
_POST_ADDRESS = re.compile(r"[/=]([a-z0-9_-]{1,80}/v[0-9]{1,3}/[a-z0-9_-]{1,80})/(\d+)/?$", re.ASCII | re.IGNORECASE)


class Unreadable(ValueError):
    """The site said something that lacks what it must have; the text names the field."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a comment is known by beside its id, which may be given out again."""

    at: int = 0
    """When it was written, in seconds since 1970; 0 if that is not known."""
    name: int = 0
    address: int = 0
    """One byte each of a hash of the author's name, and of the address, or the user; 0 for none."""

    def is_another(self, now: Mark, *, latest: int) -> bool:
        """
        Whether the id has become another comment's. `latest` is when the newest comment that is known was written.

        Moderators change dates, names are taken out on demand, and guests' comments are given to a user who has signed
        up since: none of these makes another comment.
        """
        if self.at and self.at == now.at:
            return False
        known = self.name and self.address and now.name and now.address
        other_author = bool(known) and self.name != now.name and self.address != now.address
        if self.at != now.at:
            return bool(self.at and now.at) and (now.at > latest or other_author)
        return other_author


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
    """The beginning of 1970 if the site does not say; see `dated`."""
    rendered: str = field(repr=False)
    """What it says; empty also if that was not asked for."""
    status: str
    """`approved`, `hold`, `spam`, ...; `hold` for one that is not known, empty if the site does not say."""
    type: str = COMMENT
    told: bool = False
    """Whether the answer had what it says."""
    avatar_url: str = ""
    post_collection: str = ""
    """Where the API has the post: `wp/v2/posts`, `wp/v2/pages`, ...; empty if it does not say."""

    @classmethod
    def read(cls, item: Any) -> Comment:
        """From the API's JSON. Raises `Unreadable`."""
        if not isinstance(item, dict):
            raise Unreadable("comment")
        said = _rendered(item)
        return cls(
            id=_number(item, "id", least=1),
            post=_number(item, "post", least=1),
            parent=_number(item, "parent", default=0),
            author=_number(item, "author", default=0),
            author_name=_text(item, "author_name"),
            author_email=_text(item, "author_email"),
            user_agent=_text(item, "author_user_agent"),
            written_at=_instant(item) or _UNDATED,
            rendered=said or "",
            status=_status(item),
            type=_text(item, "type") or COMMENT,
            told=said is not None,
            avatar_url=_avatar(item.get("author_avatar_urls")),
            post_collection=_post_collection(item.get("_links")),
        )

    @property
    def dated(self) -> bool:
        """Whether the site says when it was written."""
        return self.written_at > _UNDATED

    @property
    def mark(self) -> Mark:
        """What it is known by beside its id."""
        address = f"user {self.author}" if self.author else self.author_email.strip().lower()
        return Mark(_seconds(self.written_at), _byte(self.author_name.strip()), _byte(address))


@dataclass(frozen=True, slots=True)
class Answered:
    """As much of a comment as it takes to follow a conversation upwards."""

    FIELDS: ClassVar = "id,parent,post,date,date_gmt,type"

    id: int
    parent: int
    post: int = 0
    """0 if the site does not say."""
    at: int = 0
    """When it was written, in seconds since 1970; 0 if the site does not say."""
    type: str = COMMENT

    @classmethod
    def read(cls, item: Any) -> Answered:
        """From the API's JSON. Raises `Unreadable`."""
        if not isinstance(item, dict):
            raise Unreadable("comment")
        return cls(
            id=_number(item, "id", least=1),
            parent=_number(item, "parent", default=0),
            post=_number(item, "post", default=0),
            at=_seconds(_instant(item) or _UNDATED),
            type=_text(item, "type") or COMMENT,
        )

    @classmethod
    def of(cls, comment: Comment) -> Answered:
        """The same of a comment."""
        return cls(comment.id, comment.parent, comment.post, comment.mark.at, comment.type)


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
            title=_text(title, "rendered") if isinstance(title, dict) else _text(item, "title"),
            takes_comments=_text(item, "comment_status") != "closed",
        )


@dataclass(frozen=True, slots=True)
class Rated:
    """A product review, as WooCommerce tells of it."""

    id: int
    stars: int
    """1 to 5; 0 for none."""

    @classmethod
    def read(cls, item: Any) -> Rated:
        """From the API's JSON. Raises `Unreadable`."""
        if not isinstance(item, dict):
            raise Unreadable("review")
        stars = _number(item, "rating", default=0)
        return cls(id=_number(item, "id", least=1), stars=stars if stars <= MOST_STARS else 0)


@dataclass(frozen=True, slots=True)
class User:
    """The user whose application password the account has."""

    id: int
    """0 if the site does not say."""
    name: str
    rights: frozenset[str] | None
    """What the user may do, such as `moderate_comments`; None if the site does not say."""

    @classmethod
    def read(cls, item: Any) -> User:
        """From the API's JSON in edit context. Raises `Unreadable`."""
        if not isinstance(item, dict):
            raise Unreadable("user")
        capabilities = item.get("capabilities")
        may = frozenset(name for name, may in capabilities.items() if may) if isinstance(capabilities, dict) else None
        if "id" not in item and not may:
            raise Unreadable("id")
        return cls(id=_number(item, "id", default=0), name=_text(item, "name"), rights=may)

    def has(self, right: str) -> bool:
        """Whether the user may do it, as far as is known."""
        return self.rights is None or right in self.rights


def number_of(item: Any) -> int:
    """The id of an item that may lack everything else. Raises `Unreadable`."""
    return _number(item if isinstance(item, dict) else {}, "id", least=1)


def content_of(item: Any) -> str | None:
    """What a comment says, as WordPress rendered it; None if the answer lacks that."""
    return _rendered(item) if isinstance(item, dict) else None


def _rendered(item: dict[str, Any]) -> str | None:
    content = item.get("content")
    if isinstance(content, str):
        return _text(item, "content")
    if not isinstance(content, dict):
        return None
    return next((_text(content, name) for name in ("rendered", "raw") if isinstance(content.get(name), str)), "")


def _status(item: dict[str, Any]) -> str:
    """The status; whatever is neither public nor removed counts as waiting, so that it comes once it is approved."""
    if "status" not in item:
        return ""
    status = str(item.get("status", ""))
    if status in (APPROVED, *_APPROVED_TOO):
        return APPROVED
    return status if status in REMOVED else WAITING


def _seconds(instant: datetime) -> int:
    """Seconds since 1970; 0 for an instant that is not known."""
    return int(instant.timestamp()) if instant > _UNDATED else 0


def _byte(text: str) -> int:
    return hashlib.sha256(text.encode(errors="replace")).digest()[0] or 1 if text else 0


def _number(item: dict[str, Any], name: str, *, least: int = 0, default: int | None = None) -> int:
    """A whole number, which some plug-ins give as text. Without a default, one that is not there is `Unreadable`."""
    value = item.get(name)
    if isinstance(value, str | float) and _WHOLE.fullmatch(str(value)):
        value = int(str(value).partition(".")[0])
    if default is not None and (value is None or value is False or value == ""):
        return default
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value < 2**64:
        raise Unreadable(name)
    return value


def _text(item: dict[str, Any], name: str) -> str:
    """The text, without halves of surrogate pairs: JSON can say them, and nothing else takes them."""
    value = item.get(name)
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") if isinstance(value, str) else ""


def _instant(item: dict[str, Any]) -> datetime | None:
    """When it was written. A comment without a date in GMT (an import's, perhaps) has the site's own date at least."""
    for name in ("date_gmt", "date"):
        try:
            return in_utc(datetime.fromisoformat(_text(item, name)))
        except (ValueError, OverflowError):
            continue
    return None


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
