# SPDX-License-Identifier: Apache-2.0
"""A reply whose answer was lost: found by its mark, or by its words where a plugin blanks the mark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from sealock_connector import Reply
from sealock_origins.wordpress.ids import reply_user_agent
from sealock_origins.wordpress.replies.calls import ReplyCalls, Stored, StoredPage
from sealock_origins.wordpress.replies.files import FileLink
from sealock_origins.wordpress.replies.words import Kept, kept
from sealock_origins.wordpress.resources import SiteAccount

_PAGE = 50
_MOST_PAGES = 20
_CLOCKS_APART = timedelta(days=1)
"""How much the site's clock may differ from ours where a reply is known by its mark."""
_SAME_CLOCK = timedelta(minutes=2)
"""And how much, once that difference is known, where a reply is known by its words."""
_MARKED = "Sealock/"


@dataclass(frozen=True, slots=True)
class Sought:
    """What is known of a reply that may be at the site."""

    reply: Reply
    post: int
    parent: int
    text: str
    """Its words as markup, without the links of its files."""
    files: Sequence[FileLink] = ()
    """The links of its files, whose addresses no other reply has: they were uploaded for this one."""

    @property
    def mark(self) -> str:
        """The user agent that it was sent with."""
        return reply_user_agent(self.reply.account.id, self.reply.key)


class Finder:
    """Looks for replies among the comments of the account's user. `now` is our clock."""

    def __init__(self, calls: ReplyCalls, account: SiteAccount, now: Callable[[], datetime]) -> None:
        self._calls = calls
        self._account = account
        self._now = now

    async def find(self, sought: Sought, tried_at: datetime | None) -> Stored | None:
        """
        The reply as the site has it, whatever its status; None if it is not there.

        Only a reply that was tried before, at `tried_at`, is known by its words: they may be an earlier reply's.
        """
        alike: Stored | None = None
        for number in range(_MOST_PAGES):
            page = await self._calls.newest_below(
                sought.post, author=self._account.user_id, offset=number * _PAGE, count=_PAGE
            )
            for comment in page.comments:
                if comment.user_agent == sought.mark or _has_files(comment, sought):
                    return comment
                if alike is None and tried_at is not None and self._is_alike(comment, sought, page, tried_at):
                    alike = comment
            if not page.full or _is_before(page, tried_at):
                break
        return alike

    def _is_alike(self, comment: Stored, sought: Sought, page: StoredPage, tried_at: datetime) -> bool:
        """Whether a comment without a mark is the reply: same author, place and words, not written before it."""
        if _is_anothers(comment, sought) or comment.parent != sought.parent or not comment.author:
            return False
        ahead = page.site_time - self._now() if page.site_time else timedelta(0)
        if comment.written_at - ahead < tried_at - _SAME_CLOCK:
            return False
        markup = comment.shown if comment.raw is None else comment.raw
        return kept(sought.text, markup) in {Kept.WHOLE, Kept.MARKS_LOST}


def may_be(comment: Stored, sought: Sought) -> bool:
    """Whether what a site says that a reply became may be it, and not a comment that was there before."""
    if comment.user_agent == sought.mark:
        return True
    return comment.id > sought.parent and not _is_anothers(comment, sought)


def _is_anothers(comment: Stored, sought: Sought) -> bool:
    """Whether a comment has the mark of another reply; plugins cut marks, too."""
    return comment.user_agent.startswith(_MARKED) and not sought.mark.startswith(comment.user_agent)


def _has_files(comment: Stored, sought: Sought) -> bool:
    markup = comment.raw or comment.shown
    return bool(sought.files) and all(escape(each.address) in markup for each in sought.files)


def _is_before(page: StoredPage, tried_at: datetime | None) -> bool:
    """Whether the comments are all too old to be the reply."""
    if tried_at is None or not page.comments:
        return not page.comments
    return page.comments[-1].written_at < tried_at - _CLOCKS_APART
