# SPDX-License-Identifier: Apache-2.0
"""
External ids, and what a reply carries at WordPress to be known again.

A comment's external id is its short permalink, so that it is unique over all sites and leads there by itself. Where a
site gave a comment's number out before, the external id has the comment's date in it too.
WordPress keeps the user agent of whoever wrote a comment and shows it to moderators only. A reply's names the account
and the reply by hashes: enough to tell our own replies in a pull, and to find one whose answer was lost.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from sealock_connector import NotFound, Text
from sealock_connector.egress import Address, EgressDenied

VERSION = "1"
USER_AGENT = f"Sealock/{VERSION} (WordPress connector)"
MAX_SITE_CHARS = 190
"""An external id has at most 255 characters; the rest is room for two numbers of MySQL's largest kind, and a date."""

_COMMENT_ID = re.compile(
    r"(?P<site>https?://[^\s?#@\\]{1,190})/\?p=(?P<post>[1-9][0-9]{0,19})#comment-(?P<comment>[1-9][0-9]{0,19})"
    r"(-(?P<written>[1-9a-f][0-9a-f]{0,9}))?",
    re.ASCII,
)
_TIMES = re.compile(r"([0-9]{1,20}@[0-9]{1,12}( (?=[0-9])|$)){0,8}", re.ASCII)
_MOST_TIMES = 8
MOST_TYPED_CHARS = 2_000
"""What is longer is not looked at: it may be typed with a path that does not count."""
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+", re.ASCII)
_PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:%-]+)*", re.ASCII)
_NOT_THE_SITE = re.compile(r"/(wp-admin|wp-login\.php|wp-json|index\.php|xmlrpc\.php)(/.*)?$", re.ASCII)
_DEFAULT_PORTS = {"https": 443, "http": 80}


LIKE = Text("The address must be like https://blog.example.com.")
ALONE = Text("Give the site's address alone: without a user name or password, and without what follows a ? or a #.")


class BadSite(ValueError):
    """An address that cannot be a site's; the sentence says why."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class CommentId:
    """What a comment's external id says."""

    site: str
    post: int
    comment: int
    written: int = 0
    """When it was written, in seconds since 1970, if another comment had its number before; else 0."""

    def __str__(self) -> str:
        return f"{self.link}-{self.written:x}" if self.written else self.link

    @property
    def link(self) -> str:
        """The comment's short permalink."""
        return f"{self.site}/?p={self.post}#comment-{self.comment}"

    @classmethod
    def read(cls, external_id: str) -> CommentId:
        """Read an external id. Raises `NotFound` for one that this connector does not make."""
        match = _COMMENT_ID.fullmatch(external_id)
        if match is None:
            raise NotFound("not the id of a comment")
        try:
            ours = canonical_site(match["site"]) == match["site"]
        except BadSite:
            ours = False
        if not ours:
            raise NotFound("the id names no site")
        return cls(match["site"], int(match["post"]), int(match["comment"]), int(match["written"] or "0", 16))


@dataclass(frozen=True, slots=True)
class GivenAgain:
    """
    Which ids of comments a site gave out again, after a restore from a backup for example.

    Each time is the highest id that was given out before, and the instant, in seconds since 1970, after which what has
    such an id is another comment.
    """

    times: tuple[tuple[int, int], ...] = ()

    @classmethod
    def read(cls, text: Any) -> GivenAgain:
        """Read what `as_text` made. Raises `ValueError`."""
        if not isinstance(text, str) or not _TIMES.fullmatch(text):
            raise ValueError("not which ids were given out again")
        times = (each.partition("@") for each in text.split())
        return cls(tuple((int(up_to), int(after)) for up_to, _, after in times))

    def as_text(self) -> str:
        """As an account and a state keep it, at most 265 characters."""
        return " ".join(f"{up_to}@{after}" for up_to, after in self.times)

    def and_then(self, *, up_to: int, after: int) -> GivenAgain:
        """One time more. Eight are remembered each, the first of more together."""
        times = [*self.times, (up_to, after)]
        while len(times) > _MOST_TIMES:
            (one, early), (other, late), *times = times
            times.insert(0, (max(one, other), min(early, late)))
        return GivenAgain(tuple(times))

    def has(self, id: int, at: int) -> bool:  # noqa: A002
        """Whether another comment had the id of the one that was written at an instant."""
        return any(id <= up_to and at > after for up_to, after in self.times)


def canonical_site(address: str) -> str:
    """
    The one way to write a site's address: ASCII, no closing slash, no query, at most 190 characters.

    Takes what people type: without `https://`, with `/wp-admin/` at the end. Raises `BadSite`.
    """
    address = address.strip()
    if len(address) > MOST_TYPED_CHARS:
        raise BadSite(Text("The address is too long: at most {most} characters.", most=MAX_SITE_CHARS))
    if "://" not in address:
        address = f"https://{address}"
    try:
        parts = urlsplit(address)
        host = Address.read(f"https://{parts.netloc.rpartition('@')[2]}").host.rstrip(".")
        port = parts.port
    except (ValueError, EgressDenied):
        raise BadSite(LIKE) from None
    if parts.scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(host):
        raise BadSite(LIKE)
    if parts.username is not None or parts.query or parts.fragment:
        raise BadSite(ALONE)
    path = _NOT_THE_SITE.sub("", quote(parts.path, safe="/._~!$&'()*+,;=:%-").rstrip("/")).rstrip("/")
    if not _PATH.fullmatch(path):
        raise BadSite(Text("The address has a path that cannot be a site's."))
    shown_host = f"[{host}]" if ":" in host else host
    shown_port = "" if port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{port}"
    site = f"{parts.scheme}://{shown_host}{shown_port}{path}"
    if len(site) > MAX_SITE_CHARS:
        raise BadSite(Text("The address is too long: at most {most} characters.", most=MAX_SITE_CHARS))
    return site


def same_site(one: str, other: str) -> bool:
    """Whether two canonical addresses differ in nothing but `http` and `https`."""
    return one.partition("://")[2] == other.partition("://")[2]


def is_named(site: str, hosts: Sequence[str]) -> bool:
    """Whether a site's host is among these: `blog.example.com`, `*.example.com`, also with a port behind it."""
    parts = urlsplit(site)
    names = {parts.netloc.lower(), (parts.hostname or "").lower()}
    return any(
        name == pattern.lower() or (pattern.startswith("*.") and name.endswith(pattern[1:].lower()))
        for name in names
        for pattern in hosts
    )


def user_id(site: str, user: int) -> str:
    """The external id of a user of the site."""
    return f"{site}/#user-{user}"


def guest_id(site: str, key: str, *, name: str, email: str, alone: str = "") -> str:
    """
    The external id of a guest, who is known by name and e-mail.

    Guests without e-mail are the same person only where they have the same name and `alone` is the same. It tells
    none of the three: without the account's key it cannot be tried whether a guess of them is right.
    """
    email = email.strip().lower()
    who = f"{name.strip()}\n{email}" if email else f"{name.strip()}\n\n{alone}"
    return f"{site}/#guest-{hmac.new(key.encode(), who.encode(), hashlib.sha256).hexdigest()[:32]}"


def reply_user_agent_prefix(account_id: str) -> str:
    """What the user agents of all replies of an account begin with."""
    return f"Sealock/{VERSION} (reply {_hash(account_id, 12)}."


def reply_user_agent(account_id: str, key: str) -> str:
    """The user agent of one reply: the same each time it is tried."""
    return reply_user_agent_prefix(account_id) + _hash(f"{account_id}\n{key}", 32) + ")"


def file_slug(account_id: str, key: str, number: int) -> str:
    """The slug of one file of a reply in the media library, likewise; `number` counts from 0."""
    reply = _hash(f"{account_id}\n{key}", 32)
    return f"sealock-{reply}-{number}"


def _hash(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]
