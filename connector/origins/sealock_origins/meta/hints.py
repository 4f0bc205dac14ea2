# SPDX-License-Identifier: Apache-2.0
"""Hints: what a webhook tells the next pull, because no list of Meta's shows it."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeVar

from sealock_connector import Miss, OriginUnavailable, Pull, count_miss
from sealock_origins.meta.failures import Meaning, Refused, is_of_one_item
from sealock_origins.meta.graph import Unreadable
from sealock_origins.meta.pull import all_of

MOST_HINTS = 1_000
"""So many of one webhook are told for one account; the contract takes no more."""
MOST_POSTS = 20
"""So many older posts are looked at in one pull."""
_POST = re.compile(rb"p([0-9]{1,25}(?:_[0-9]{1,25})?)")
_MENTION = re.compile(rb"m([0-9]{1,25})/([0-9]{0,25})")
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


def post_hint(post: str) -> bytes:
    """There is something new below this post, which may be older than those that pulls look at."""
    return f"p{post}".encode()


def mention_hint(media: str, comment: str) -> bytes:
    """The account is mentioned in this comment on somebody's post; an empty `comment`: in what the post says."""
    return f"m{media}/{comment}".encode()


class Hints:
    """The hints that one pull was given. What is none of these was made by another version, and is passed over."""

    def __init__(self, pull: Pull) -> None:
        self._pull = pull

    @property
    def posts(self) -> Sequence[str]:
        """The posts that have something new below them, each once."""
        found = map(_POST.fullmatch, self._pull.hints)
        return list(dict.fromkeys(hint[1].decode() for hint in found if hint))

    @property
    def mentions(self) -> Sequence[tuple[str, str]]:
        """Post and comment of each mention; the comment is empty where the post itself mentions the account."""
        found = map(_MENTION.fullmatch, self._pull.hints)
        return list(dict.fromkeys((hint[1].decode(), hint[2].decode()) for hint in found if hint))

    async def older_posts(self, listed: Collection[str], read: Callable[[str], Awaitable[_T]]) -> list[_T]:
        """The posts that have something new below them and that no list shows, as `read` gives them; at most 20."""
        asked = [post for post in self.posts if post not in listed]
        for post in asked[MOST_POSTS:]:
            self._pull.not_yet(post_hint(post))
        found = await all_of([self._older_post(post, read) for post in asked[:MOST_POSTS]])
        return [post for post in found if post is not None]

    async def _older_post(self, post: str, read: Callable[[str], Awaitable[_T]]) -> _T | None:
        try:
            return await read(post)
        except (Refused, OriginUnavailable, Unreadable) as error:
            self.failed(post_hint(post), error)
        return None

    def keep_posts(self, is_unread: Callable[[str], bool]) -> None:
        """The next pulls are told again of posts of which something could not be read."""
        for post in filter(is_unread, self.posts):
            self._pull.not_yet(post_hint(post))

    def failed(self, hint: bytes, error: Refused | OriginUnavailable | Unreadable) -> None:
        """
        Do without what a hint names: for now, and the next pulls are told of it again, or for good where nothing is
        left to be read. Raises the error where it concerns the whole account, or all calls.
        """
        gone = isinstance(error, Refused) and error.meaning is Meaning.GONE
        if gone or isinstance(error, Unreadable):
            count_miss(Miss.GIVEN_UP)
            _log.warning("what a webhook told of cannot be read, and is given up: %s", error)
        elif is_of_one_item(error):
            self._pull.not_yet(hint)
        else:
            raise error
