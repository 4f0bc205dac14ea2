# SPDX-License-Identifier: Apache-2.0
"""A comment as Zendesk takes it."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from datetime import datetime

from sealock_connector import Account, Author, ExternalResource, Miss, count_miss
from sealock_connector.markup import MOST_CHARS, MarkupFailed, clean_html, one_line, plain_text
from sealock_origins.wordpress.comments import COMMENT, MOST_STARS, REVIEW, WAITING, Answered, Comment, Post
from sealock_origins.wordpress.ids import CommentId, GivenAgain, guest_id, user_id

DISPLAY_TYPE = "https://wordpress.org/comment"
NOTHING_WRITTEN = "(a comment without text)"
NOTHING_SHOWN = "(what cannot be shown here: {link})"
SET_ASIDE = "(The site does not give what this comment says, or it is too much. Read it there: {link})"
_NAMELESS = ("", "anonymous")
_MOST_NAME_CHARS = 255
_MOST_SUBJECT_CHARS = 150
_MOST_TITLE_CHARS = 1_000
_MOST_CHARS_ON_A_LINE = 4_000
_MOST_TEXT_CHARS = 60_000
"""Of a comment that is cut, so that what is said of it does not exceed what Zendesk takes."""
_MOST_TAG_CHARS = 40
_NOT_IN_TAGS = re.compile(r"[^a-z0-9_]+")
_STAR = "★"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SiteAccount:
    """An account's values, by name."""

    site: str
    root: str
    user: str
    password: str = field(repr=False)
    user_id: int
    since: float
    """Comments written before this instant (seconds since 1970) are not brought to Zendesk."""
    waiting_too: bool
    guest_key: str = field(repr=False)
    kinds: str = COMMENT
    """The types of comments that are brought to Zendesk, separated by commas."""
    given_again: str = ""
    """Which ids the site gave out again; see `GivenAgain`."""

    @classmethod
    def of(cls, account: Account) -> SiteAccount:
        """Read the values that `as_values` made. Raises `InvalidRequest`."""
        return account.values_as(cls)

    def as_values(self) -> dict[str, str | int | float | bool]:
        """What the account keeps."""
        return {name: getattr(self, name) for name in self.__slots__}

    @property
    def wanted(self) -> frozenset[str]:
        """The types of comments that are brought to Zendesk."""
        return frozenset(filter(None, self.kinds.split(",")))

    def comment_id(self, comment: Comment) -> str:
        """The comment's external id."""
        return self.id_of(Answered.of(comment))

    def id_of(self, comment: Answered) -> str:
        """The same, of which less is known."""
        return str(CommentId(self.site, comment.post, comment.id, self._told_apart_by(comment)))

    def still_has(self, answered: CommentId, comment: Comment) -> bool:
        """Whether it is this comment that has the external id, and not one with the same number."""
        return answered.written == self._told_apart_by(Answered.of(comment))

    def _told_apart_by(self, comment: Answered) -> int:
        """When the comment was written, if another one had its number before; else 0."""
        return comment.at if GivenAgain.read(self.given_again).has(comment.id, comment.at) else 0


async def as_resource(
    comment: Comment,
    *,
    said: str | None,
    root: Answered,
    post: Post | None,
    account: SiteAccount,
    now: datetime,
    stars: int = 0,
) -> ExternalResource:
    """
    The comment.

    `said` is what it says, None if that cannot be had: then an internal note stands for it. `root` is the comment
    that began its conversation, `post` what it stands below, if that is known, and `stars` those of a review.
    """
    text, cleaned = await _written(comment, said or "", account)
    if said is None:
        count_miss(Miss.SET_ASIDE)
        text, cleaned = SET_ASIDE.format(link=_link(comment, account)), ""
    title = one_line(post.title, _MOST_TITLE_CHARS) if post else ""
    shown = {
        "post": comment.post,
        "title": title,
        "comment": comment.id,
        "parent": comment.parent,
        "status": comment.status,
        "type": comment.type,
    }
    if stars:
        rating = f"{_STAR * stars} ({stars} of {MOST_STARS})"
        text, shown["rating"] = f"{rating}\n\n{text}", stars
        cleaned = f"<p>{rating}</p>\n{cleaned}" if cleaned else ""
    return ExternalResource(
        external_id=account.comment_id(comment),
        message=text,
        html_message=cleaned,
        created_at=comment.written_at if comment.dated else now,
        author=author_of(comment, account=account, root=root.id),
        thread_id=account.id_of(root),
        display_info=[(DISPLAY_TYPE, shown)],
        allow_channelback=False if post and not post.takes_comments else None,
        internal_note=said is None,
        fields={"subject": _subject(comment, title, account), "tags": _tags(comment)},
    )


def _subject(comment: Comment, title: str, account: SiteAccount) -> str:
    if title:
        return f"{'Review of' if comment.type == REVIEW else 'Re:'} {title}"[:_MOST_SUBJECT_CHARS]
    return f"Comment at {account.site}"[:_MOST_SUBJECT_CHARS]


def _tags(comment: Comment) -> list[str]:
    tags = ["wordpress"]
    if comment.type != COMMENT:
        tags.append("wordpress_" + _NOT_IN_TAGS.sub("_", comment.type.lower())[:_MOST_TAG_CHARS])
    if comment.status == WAITING:
        tags.append("wordpress_waiting")
    return tags


def _link(comment: Comment, account: SiteAccount) -> str:
    return CommentId(account.site, comment.post, comment.id).link


async def _written(comment: Comment, said: str, account: SiteAccount) -> tuple[str, str]:
    """What the comment says, as text and as HTML. One that is too much for either is told in part, with its link."""
    link = _link(comment, account)
    whole = f"[This comment was cut. All of it: {link}]"
    try:
        cleaned = await clean_html(said, site=account.site)
        text = await plain_text(cleaned)
    except MarkupFailed:
        _log.warning("comment %d is told in part: its markup takes too long", comment.id)
        return f"{one_line(said, _MOST_CHARS_ON_A_LINE)}\n\n{whole}", ""
    if len(said) > MOST_CHARS:
        return f"{text[:_MOST_TEXT_CHARS]}\n\n{whole}", ""
    if not text.strip():
        return NOTHING_SHOWN.format(link=link) if "<" in said else NOTHING_WRITTEN, cleaned
    return text, cleaned


def author_of(comment: Comment, *, account: SiteAccount, root: int) -> Author:
    """
    Who wrote the comment: a user of the site, or a guest, who is known by name and e-mail only.

    One without e-mail is somebody else in each conversation, which `root` names, one without a name in each comment.
    """
    name = one_line(comment.author_name, _MOST_NAME_CHARS)
    if comment.author:
        external_id = user_id(account.site, comment.author)
    else:
        alone = f"comment {comment.id}" if name.lower() in _NAMELESS else f"conversation {root}"
        names = {"name": comment.author_name, "email": comment.author_email}
        external_id = guest_id(account.site, account.guest_key, **names, alone=alone)
    return Author(external_id, name=name or "Anonymous", image_url=comment.avatar_url)
