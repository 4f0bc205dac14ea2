# SPDX-License-Identifier: Apache-2.0
"""A comment as Zendesk takes it."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from datetime import datetime

from sealock_connector import Account, Author, ExternalResource, Miss, Text, count_miss
from sealock_connector.localisation import Words, as_written
from sealock_connector.markup import MOST_CHARS, MarkupFailed, clean_html, one_line, plain_text
from sealock_origins.wordpress.comments import COMMENT, MOST_STARS, REVIEW, WAITING, Answered, Comment, Post
from sealock_origins.wordpress.ids import CommentId, GivenAgain, guest_id, user_id

DISPLAY_TYPE = "https://wordpress.org/comment"
NOTHING_WRITTEN = Text("(a comment without text)")
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
    words: Words = as_written,
) -> ExternalResource:
    """
    The comment.

    `said` is what it says, None if that cannot be had: then an internal note stands for it. `root` is the comment
    that began its conversation, `post` what it stands below, if that is known, and `stars` those of a review. `words`
    translate what is not of the comment.
    """
    text, cleaned = await _written(comment, said or "", account, words)
    if said is None:
        count_miss(Miss.SET_ASIDE)
        text, cleaned = words(_set_aside(_link(comment, account))), ""
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
        rating = words(Text("{row} ({stars} of {most})", row=_STAR * stars, stars=stars, most=MOST_STARS))
        text, shown["rating"] = f"{rating}\n\n{text}", stars
        cleaned = f"<p>{rating}</p>\n{cleaned}" if cleaned else ""
    return ExternalResource(
        external_id=account.comment_id(comment),
        message=text,
        html_message=cleaned,
        created_at=comment.written_at if comment.dated else now,
        author=author_of(comment, account=account, root=root.id, words=words),
        thread_id=account.id_of(root),
        display_info=[(DISPLAY_TYPE, shown)],
        allow_channelback=False if post and not post.takes_comments else None,
        internal_note=said is None,
        fields={"subject": words(_subject(comment, title, account))[:_MOST_SUBJECT_CHARS], "tags": _tags(comment)},
    )


def _subject(comment: Comment, title: str, account: SiteAccount) -> Text:
    if not title:
        return Text("Comment at {site}", site=account.site)
    return Text("Review of {title}", title=title) if comment.type == REVIEW else Text("Re: {title}", title=title)


def _tags(comment: Comment) -> list[str]:
    tags = ["wordpress"]
    if comment.type != COMMENT:
        tags.append("wordpress_" + _NOT_IN_TAGS.sub("_", comment.type.lower())[:_MOST_TAG_CHARS])
    if comment.status == WAITING:
        tags.append("wordpress_waiting")
    return tags


def _link(comment: Comment, account: SiteAccount) -> str:
    return CommentId(account.site, comment.post, comment.id).link


async def _written(comment: Comment, said: str, account: SiteAccount, words: Words) -> tuple[str, str]:
    """What the comment says, as text and as HTML. One that is too much for either is told in part, with its link."""
    link = _link(comment, account)
    try:
        cleaned = await clean_html(said, site=account.site)
        text = await plain_text(cleaned)
    except MarkupFailed:
        _log.warning("comment %d is told in part: its markup takes too long", comment.id)
        return f"{one_line(said, _MOST_CHARS_ON_A_LINE)}\n\n{words(_cut(link))}", ""
    if len(said) > MOST_CHARS:
        return f"{text[:_MOST_TEXT_CHARS]}\n\n{words(_cut(link))}", ""
    if not text.strip():
        return words(_not_shown(link) if "<" in said else NOTHING_WRITTEN), cleaned
    return text, cleaned


def _set_aside(link: str) -> Text:
    return Text("(The site does not give what this comment says, or it is too much. Read it there: {link})", link=link)


def _cut(link: str) -> Text:
    return Text("[This comment was cut. All of it: {link}]", link=link)


def _not_shown(link: str) -> Text:
    return Text("(what cannot be shown here: {link})", link=link)


def author_of(comment: Comment, *, account: SiteAccount, root: int, words: Words = as_written) -> Author:
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
    return Author(external_id, name=name or words(Text("Anonymous")), image_url=comment.avatar_url)
