# SPDX-License-Identifier: Apache-2.0
"""What could not be read when its turn came: remembered, so that a pull goes on, and asked for again later."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from sealock_connector import InvalidRequest

EVERY_PULL = 10
"""So many times it is asked for again in the next pull, and after that at longer and longer intervals."""
LONGEST_MINUTES = 24 * 60
PASSING_MINUTES = 16
"""The longest interval where Meta only failed: that is over at any time."""
MOST_POSTS = 10
"""So many posts are remembered."""
MOST_UNLISTED = 20
"""So many times something is looked for that is in no list any more. Then it counts as deleted."""
_MOST_TRIES = 255
_POST = struct.Struct(">6sIIBB")
_HASH_BYTES = 4
_MOST_AT_IT = 3
_LATEST = 2**32 - 1


class Unread(NamedTuple):
    """Something that could not be read. Instants are seconds since 1970."""

    at: int
    """A conversation's last change, or how far a post was read."""
    asked: int = 0
    """When it was asked for last."""
    tries: int = 0

    def is_due(self, now: int) -> bool:
        """Whether it is asked for again."""
        minutes = 2 ** min(self.tries - EVERY_PULL, 20) if self.tries > EVERY_PULL else 0
        return now - self.asked >= 60 * min(minutes, LONGEST_MINUTES) or now < self.asked

    def again(self, at: int, now: int, *, passing: bool) -> Unread:
        """The same after one more attempt; `passing`: Meta only failed."""
        longest = EVERY_PULL + PASSING_MINUTES.bit_length() - 1 if passing else _MOST_TRIES
        return Unread(at, now, max(1, min(self.tries + 1, longest)))


class UnreadPost(NamedTuple):
    """A post whose comments could not be read: how far they were brought before, and of that second these."""

    unread: Unread
    at_it: tuple[bytes, ...] = ()


class UnreadPosts:
    """
    The posts whose comments could not be read, as one pull finds and leaves them.

    A cursor forgets what is older than its overlap, so each of these has a place of its own, from which it goes on.
    """

    def __init__(self, known: Mapping[bytes, UnreadPost] | None = None) -> None:
        self._known = dict(known or {})
        self._reached = 0
        """The second up to which this and earlier pulls brought everything that could be read."""
        self._last: dict[str, tuple[int, tuple[bytes, ...]]] = {}
        """Of each post, the second of the comment that came last, and those of that second."""
        self._kept: Mapping[bytes, UnreadPost] | None = None

    def begin(self, reached: datetime) -> None:
        """Take note of how far earlier pulls came."""
        self._reached = int(reached.timestamp())

    def kept(self) -> Mapping[bytes, UnreadPost]:
        """What is to be remembered now."""
        if self._kept is None:
            self._kept = dict(self._known)
        return self._kept

    def knows(self, post: str) -> bool:
        """Whether the post's comments could not be read."""
        return _name(post) in self._known

    def is_due(self, post: str, now: datetime) -> bool:
        """Whether the post's comments are asked for now, if they are at all."""
        known = self._known.get(_name(post))
        return known is None or known.unread.is_due(int(now.timestamp()))

    def since(self, post: str, since: datetime) -> datetime:
        """From when on the post's comments are asked for, where others are asked for from `since` on."""
        known = self._known.get(_name(post))
        return min(since, datetime.fromtimestamp(known.unread.at, UTC)) if known else since

    def is_news(self, post: str, at: datetime, comment: str) -> bool:
        """Whether a comment that is too old for the cursor was not brought, because the post could not be read."""
        known, second = self._known.get(_name(post)), int(at.timestamp())
        if known is None or second < known.unread.at:
            return False
        return second > known.unread.at or _hash(comment) not in known.at_it

    def went_on(self, post: str, at: datetime, comment: str) -> None:
        """A comment of the post came."""
        second, before = int(at.timestamp()), self._last.get(post, (0, ()))
        same = before[1] if before[0] == second else ()
        self._last[post] = second, (*same, _hash(comment))[-_MOST_AT_IT:]
        self._reached = max(self._reached, second)
        if (known := self._known.get(_name(post))) is not None and second >= known.unread.at:
            self._put(post, Unread(second), self._last[post][1])

    def remember(self, post: str, now: datetime, *, passing: bool) -> bool:
        """
        Remember a post that cannot be read; false where there is no room. `passing`: Meta only failed.

        It is asked for again from how far this pull is, or from where an earlier one had to leave it.
        """
        known = self._known.get(_name(post))
        if known is None:
            if len(self._known) >= MOST_POSTS:
                return False
            second, at_it = self._last.get(post, (0, ()))
            known = UnreadPost(Unread(self._reached), at_it if second == self._reached else ())
        self._put(post, known.unread.again(known.unread.at, int(now.timestamp()), passing=passing), known.at_it)
        return True

    def give_up_one(self) -> int:
        """Forget the one that was asked for most often; how often that was."""
        name = max(self._known, key=lambda each: self._known[each].unread.tries)
        self._kept = None
        return self._known.pop(name).unread.tries

    def was_read(self, post: str) -> None:
        """Nothing is left of the post."""
        if self._known.pop(_name(post), None) is not None:
            self._kept = None

    def without_unlisted(self, listed: Collection[str], now: datetime) -> int:
        """Take note of what is listed; forgets, and counts, what was not listed for so long that it must be gone."""
        names, second, gone = {_name(post) for post in listed}, int(now.timestamp()), 0
        for name, (unread, at_it) in list(self._known.items()):
            if name not in names and unread.is_due(second):
                self._known[name] = UnreadPost(unread.again(unread.at, second, passing=False), at_it)
                self._kept = None
                if unread.tries >= MOST_UNLISTED:
                    del self._known[name]
                    gone += 1
        return gone

    def _put(self, post: str, unread: Unread, at_it: tuple[bytes, ...]) -> None:
        self._known[_name(post)] = UnreadPost(unread, at_it)
        self._kept = None


def dump_posts(posts: Mapping[bytes, UnreadPost]) -> bytes:
    """The posts as bytes: at most 281."""
    return bytes([len(posts)]) + b"".join(_dumped(posts))


def _dumped(posts: Mapping[bytes, UnreadPost]) -> Iterator[bytes]:
    for name, (unread, at_it) in posts.items():
        at, asked = (min(max(each, 0), _LATEST) for each in (unread.at, unread.asked))
        yield _POST.pack(name, at, asked, unread.tries, len(at_it))
        yield from at_it


def load_posts(state: bytes, begin: int) -> tuple[Mapping[bytes, UnreadPost], int]:
    """What `dump_posts` made, and where it ends in the state. Raises `InvalidRequest`."""
    posts: dict[bytes, UnreadPost] = {}
    try:
        left, place = state[begin], begin + 1
        for _ in range(left):
            name, at, asked, tries, count = _POST.unpack_from(state, place)
            place += _POST.size
            end = place + count * _HASH_BYTES
            hashes = tuple(state[each : each + _HASH_BYTES] for each in range(place, end, _HASH_BYTES))
            posts[name], place = UnreadPost(Unread(at, asked, tries), hashes), end
    except (struct.error, IndexError):
        raise InvalidRequest("the state is not this connector's") from None
    if place > len(state):
        raise InvalidRequest("the state is not this connector's")
    return posts, place


def _name(post: str) -> bytes:
    return hashlib.blake2b(post.encode(), digest_size=6).digest()


def _hash(comment: str) -> bytes:
    return hashlib.blake2b(comment.encode(), digest_size=_HASH_BYTES).digest()
