# SPDX-License-Identifier: Apache-2.0
"""A comment as Zendesk takes it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from sealock_connector import Account, Author, ExternalResource
from sealock_connector.markup import MOST_CHARS, MarkupFailed, clean_html, one_line, plain_text
from sealock_origins.wordpress.comments import WAITING, Comment, Post
from sealock_origins.wordpress.ids import CommentId, guest_id, user_id

DISPLAY_TYPE = "https://wordpress.org/comment"
NOTHING_WRITTEN = "(a comment without text)"
_MOST_NAME_CHARS = 255
_MOST_SUBJECT_CHARS = 150
_MOST_TITLE_CHARS = 1_000
_MOST_CHARS_ON_A_LINE = 4_000
_MOST_TEXT_CHARS = 60_000
"""Of a comment that is cut, so that what is said of it does not exceed what Zendesk takes."""
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

    @classmethod
    def of(cls, account: Account) -> SiteAccount:
        """Read the values that `as_values` made. Raises `InvalidRequest`."""
        return account.values_as(cls)

    def as_values(self) -> dict[str, str | int | float | bool]:
        """What the account keeps."""
        return {name: getattr(self, name) for name in self.__slots__}

    def comment_id(self, comment: Comment) -> str:
        """The comment's external id."""
        return str(CommentId(self.site, comment.post, comment.id))


async def as_resource(comment: Comment, *, root: int, post: Post | None, account: SiteAccount) -> ExternalResource:
    """The comment; `root` is the comment that began its conversation, `post` what it stands below, if that is known."""
    text, cleaned = await _written(comment, account)
    title = one_line(post.title, _MOST_TITLE_CHARS) if post else ""
    shown = {
        "post": comment.post,
        "title": title,
        "comment": comment.id,
        "parent": comment.parent,
        "status": comment.status,
    }
    return ExternalResource(
        external_id=account.comment_id(comment),
        message=text.strip() or NOTHING_WRITTEN,
        html_message=cleaned,
        created_at=comment.written_at,
        author=author_of(comment, account=account),
        thread_id=str(CommentId(account.site, comment.post, root)),
        display_info=[(DISPLAY_TYPE, shown)],
        allow_channelback=False if post and not post.takes_comments else None,
        fields={
            "subject": f"Re: {title}"[:_MOST_SUBJECT_CHARS]
            if title
            else f"Comment at {account.site}"[:_MOST_SUBJECT_CHARS],
            "tags": ["wordpress", "wordpress_waiting"] if comment.status == WAITING else ["wordpress"],
        },
    )


async def _written(comment: Comment, account: SiteAccount) -> tuple[str, str]:
    """What the comment says, as text and as HTML. One that is too much for either is told in part, with its link."""
    whole = f"[This comment was cut. All of it: {account.comment_id(comment)}]"
    try:
        cleaned = await clean_html(comment.rendered, site=account.site)
        text = await plain_text(cleaned)
    except MarkupFailed:
        _log.warning("comment %d is told in part: its markup takes too long", comment.id)
        return f"{one_line(comment.rendered, _MOST_CHARS_ON_A_LINE)}\n\n{whole}", ""
    if len(comment.rendered) > MOST_CHARS:
        return f"{text[:_MOST_TEXT_CHARS]}\n\n{whole}", ""
    return text, cleaned


def author_of(comment: Comment, *, account: SiteAccount) -> Author:
    """Who wrote the comment: a user of the site, or a guest, who is known by name and e-mail only."""
    name = one_line(comment.author_name, _MOST_NAME_CHARS)
    if comment.author:
        external_id = user_id(account.site, comment.author)
    else:
        external_id = guest_id(account.site, account.guest_key, name=comment.author_name, email=comment.author_email)
    return Author(external_id, name=name or "Anonymous", image_url=comment.avatar_url)
