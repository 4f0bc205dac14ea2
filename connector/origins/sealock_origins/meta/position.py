# SPDX-License-Identifier: Apache-2.0
"""
How far the pulls of an account have come, in few bytes: of its messages, conversation by conversation, and of whatever
could not be read when its turn came. That is remembered, so that a pull goes on, and asked for again later.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sealock_connector import Cursor, InvalidRequest

POSTS_OVERLAP = timedelta(hours=6)
"""Posts and comments that show so late, because they were hidden or held back, are still found."""
CURSOR_BYTES = 1_800
OVERLAP = 120
"""Seconds that are looked at again: what is written shows in the list a moment later."""
MOST_BYTES = 1_600
MOST_UNREAD = 24
"""So many conversations that could not be read are remembered."""
_BOTH = struct.Struct(">BH")
_HEAD = struct.Struct(">BQQQQ")
_ENTRY = struct.Struct(">6sIB")
_UNREAD = struct.Struct(">6sIIIBB")
_PLAIN, _WITH_UNREAD = 1, 2
"""The versions of a state; what could not be read makes the difference."""
_HASH_BYTES = 4
_MOST_AT_ONCE = 20
_WHOLE = 0x80
_LATEST = 2**32 - 1
EVERY_PULL = 10
"""So many times it is asked for again in the next pull, and after that at longer and longer intervals."""
LONGEST_MINUTES = 24 * 60
PASSING_MINUTES = 16
"""The longest interval where Meta only failed: that is over at any time."""
MOST_UNREAD_POSTS = 10
"""So many posts are remembered."""
MOST_UNLISTED = 20
"""So many times something is looked for that is in no list any more. Then it counts as deleted."""
_MOST_TRIES = 255
_POST = struct.Struct(">6sIIBB")
MOST_AT_IT = 3


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


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a conversation is done: up to this second, and of that second these messages."""

    through: int
    at_it: tuple[bytes, ...]
    whole: bool = False
    """Whether nothing was left of it. If not, more of that second may wait."""


@dataclass(frozen=True, slots=True)
class InboxPosition:
    """Which messages are done with. Instants are whole seconds since 1970, as Meta's are."""

    floor: int = 0
    low: int = 0
    upto: int = 0
    """The last change of the conversation that was finished last."""
    reached: Mapping[bytes, Reached] = field(default_factory=dict)
    forgotten: int = 0
    """How far the conversations were done for which there was no room: nothing up to here is looked at again."""
    unread: Mapping[bytes, Unread] = field(default_factory=dict)
    """The conversations that could not be read, each with its last change. How far they are done is kept."""

    @classmethod
    def begin(cls, start: int) -> InboxPosition:
        """The position before everything that was written from `start` on."""
        return cls(start, start, start)

    @classmethod
    def load(cls, state: bytes) -> InboxPosition:
        """Read what `dump` made. Raises `InvalidRequest`."""
        try:
            version, floor, low, upto, forgotten = _HEAD.unpack_from(state)
            reached, unread, at = {}, {}, _HEAD.size
            if version == _WITH_UNREAD:
                left, at = state[at], at + 1
                for _ in range(left):
                    name, through, changed, asked, tries, count = _UNREAD.unpack_from(state, at)
                    hashes, at = _hashes(state, at + _UNREAD.size, count)
                    reached[name], unread[name] = Reached(through, hashes), Unread(changed, asked, tries)
            while at < len(state):
                name, age, count = _ENTRY.unpack_from(state, at)
                hashes, at = _hashes(state, at + _ENTRY.size, count & ~_WHOLE)
                reached[name] = Reached(floor + age, hashes, bool(count & _WHOLE))
        except (struct.error, IndexError):
            raise InvalidRequest("the state is not this connector's") from None
        if version not in {_PLAIN, _WITH_UNREAD} or at != len(state):
            raise InvalidRequest("the state is not this connector's")
        return cls(floor, low, upto, reached, forgotten, unread)

    def not_before(self, start: int) -> InboxPosition:
        """The same, without what was written before `start`."""
        if start <= self.floor and not self.unread:
            return self
        unread = {name: each for name, each in self.unread.items() if each.at >= start}
        remaining = {
            name: each if each.through >= start else Reached(start, ())
            for name, each in self.reached.items()
            if name in unread or each.through >= start
        }
        floor, low, upto = (max(each, start) for each in (self.floor, self.low, self.upto))
        return replace(self, floor=floor, low=low, upto=upto, reached=remaining, unread=unread)

    def dump(self) -> bytes:
        """The state's bytes, at most 1,600."""
        version = _WITH_UNREAD if self.unread else _PLAIN
        parts = [_HEAD.pack(version, self.floor, self.low, self.upto, self.forgotten)]
        if self.unread:
            parts.append(bytes([len(self.unread)]))
        for name, unread in self.unread.items():
            done = self.reached[name]
            numbers = (min(max(each, 0), _LATEST) for each in (done.through, unread.at, unread.asked))
            parts += [_UNREAD.pack(name, *numbers, unread.tries, len(done.at_it)), *done.at_it]
        for name, reached in self.reached.items():
            if name not in self.unread:
                age = min(max(reached.through - self.floor, 0), _LATEST)
                count = len(reached.at_it) | (_WHOLE if reached.whole else 0)
                parts += [_ENTRY.pack(name, age, count), *reached.at_it]
        return b"".join(parts)

    def concerns(self, changed: int, now: int = 0) -> bool:
        """Whether a conversation that last changed then can hold news, or comes before one that is asked for again."""
        return changed >= self.low or any(each.at <= changed and each.is_due(now) for each in self.unread.values())

    def wants(self, conversation: str, changed: int, now: int) -> bool:
        """Whether the conversation is looked at now."""
        unread = self.unread.get(name_of(conversation))
        if unread is None:
            return changed >= self.low
        return changed > unread.at or unread.is_due(now)

    def reaches(self, conversation: str, changed: int) -> bool:
        """Whether the whole conversation was done up to its last change."""
        name = name_of(conversation)
        reached = self.reached.get(name)
        return reached is not None and reached.whole and reached.through >= changed and name not in self.unread

    def knows(self, conversation: str, message: str, at: int) -> bool:
        """Whether the message is done with."""
        name = name_of(conversation)
        reached = self.reached.get(name)
        if at < self.floor and name not in self.unread:
            return True
        if reached is None or at > reached.through:
            return False
        return at < reached.through or hash_of(message) in reached.at_it

    def through(self, conversation: str) -> datetime | None:
        """Up to when the conversation is done, if that is remembered."""
        reached = self.reached.get(name_of(conversation))
        return datetime.fromtimestamp(reached.through, UTC) if reached else None

    def with_message(self, conversation: str, message: str, at: int, *, last: bool) -> InboxPosition:
        """
        The same, with one more message of a conversation done; they come in the order of their time.

        `last` says that nothing is left of the conversation.
        """
        name = name_of(conversation)
        before = self.reached.get(name)
        same = before.at_it if before and before.through == at else ()
        others = {each: reached for each, reached in self.reached.items() if each != name}
        unread = self.with_read(conversation).unread if last else dict(self.unread)
        if name in unread:
            unread = {**unread, name: Unread(unread[name].at)}
        most = MOST_AT_IT if name in unread else _MOST_AT_ONCE
        now = Reached(at, (*same, hash_of(message))[-most:], whole=last)
        return self._holding({**others, name: now}, unread)

    def with_unread(self, conversation: str, changed: int, now: int, *, passing: bool) -> InboxPosition | None:
        """
        The same, with a conversation remembered that cannot be read now; None where there is no room for it.

        `passing`: Meta only failed.
        """
        name = name_of(conversation)
        done = self.reached.get(name, Reached(self.floor, ()))
        reached = {**self.reached, name: Reached(done.through, done.at_it[-MOST_AT_IT:])}
        before = self.unread.get(name, Unread(changed))
        unread = {**self.unread, name: before.again(changed, now, passing=passing)}
        return self._holding(reached, unread) if len(unread) <= MOST_UNREAD else None

    def is_unread(self, conversation: str) -> bool:
        """Whether it is remembered that the conversation could not be read."""
        return name_of(conversation) in self.unread

    def with_read(self, conversation: str) -> InboxPosition:
        """The same, once the conversation was read and nothing is left of it."""
        return self.without(name_of(conversation)) if self.is_unread(conversation) else self

    def with_try(self, unread: bytes, now: int) -> InboxPosition:
        """The same, once one that could not be read was looked for in vain."""
        before = self.unread[unread]
        return replace(self, unread={**self.unread, unread: before.again(before.at, now, passing=False)})

    def without(self, unread: bytes) -> InboxPosition:
        """The same without one that could not be read, by the name that `unread` has it under."""
        return replace(self, unread={name: each for name, each in self.unread.items() if name != unread})

    def with_conversation(self, changed: int, *, waiting: int | None = None) -> InboxPosition:
        """
        The same, with everything done up to a conversation that last changed then.

        `waiting` is the last change of the oldest one that is still to be looked at again.
        """
        upto = max(self.upto, changed)
        again = upto - OVERLAP if waiting is None else min(upto - OVERLAP, waiting)
        return replace(self, upto=upto, low=max(self.low, again, min(self.forgotten + 1, upto)))

    def settled(self) -> InboxPosition:
        """The same, once all conversations are done."""
        remaining = {
            name: each for name, each in self.reached.items() if each.through >= self.low or name in self.unread
        }
        return replace(self, floor=max(self.floor, self.low), reached=remaining)

    def _holding(self, reached: Mapping[bytes, Reached], unread: Mapping[bytes, Unread]) -> InboxPosition:
        """
        With these, but for those that were done longest ago, if there are too many.

        Should one of these go on before all are done, its messages since `floor` come again; Zendesk skips them.
        """
        size = _HEAD.size + 1 + sum(_size(each, unread=name in unread) for name, each in reached.items())
        remaining, forgotten = dict(reached), self.forgotten
        for name, each in sorted(reached.items(), key=lambda item: item[1].through) if size > MOST_BYTES else ():
            if size > MOST_BYTES and name not in unread:
                size -= _size(remaining.pop(name), unread=False)
                forgotten = max(forgotten, each.through - (not each.whole))
        return replace(self, reached=remaining, unread=unread, forgotten=forgotten)


def _size(reached: Reached, *, unread: bool) -> int:
    if unread:
        return _UNREAD.size + _HASH_BYTES * len(reached.at_it)
    return _ENTRY.size + _HASH_BYTES * len(reached.at_it)


def _hashes(state: bytes, begin: int, count: int) -> tuple[tuple[bytes, ...], int]:
    """So many hashes of a state, and where they end."""
    end = begin + count * _HASH_BYTES
    return tuple(state[at : at + _HASH_BYTES] for at in range(begin, end, _HASH_BYTES)), end


def name_of(conversation: str) -> bytes:
    """What a conversation or post is called in a state."""
    return hashlib.blake2b(conversation.encode(), digest_size=6).digest()


def hash_of(message: str) -> bytes:
    """What a message or comment is called in a state."""
    return hashlib.blake2b(message.encode(), digest_size=_HASH_BYTES).digest()


class UnreadPost(NamedTuple):
    """A post whose comments could not be read: how far they were brought before, and of that second these."""

    unread: Unread
    at_it: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Position:
    """Which posts and comments, and which messages are done with. Together at most 3,684 bytes."""

    posts: Cursor
    inbox: InboxPosition
    unread: Mapping[bytes, UnreadPost] = field(default_factory=dict)
    """The posts whose comments could not be read."""

    @classmethod
    def load(cls, state: bytes, *, since: int, messages_since: int) -> Position:
        """Read a state; an empty one begins at `since`, in seconds. Raises `InvalidRequest`."""
        start = datetime.fromtimestamp(since, UTC)
        if not state:
            return cls(_cursor(b"", start), InboxPosition.begin(messages_since))
        try:
            version, size = _BOTH.unpack_from(state)
        except struct.error:
            raise InvalidRequest("the state is not this connector's") from None
        middle = _BOTH.size + size
        if version not in {_PLAIN, _WITH_UNREAD} or middle > len(state):
            raise InvalidRequest("the state is not this connector's")
        posts = _cursor(state[_BOTH.size : middle], start)
        unread, middle = _load_posts(state, middle) if version == _WITH_UNREAD else ({}, middle)
        return cls(posts, InboxPosition.load(state[middle:]).not_before(messages_since), unread)

    def dump(self) -> bytes:
        """The state's bytes."""
        posts, unread = self.posts.dump(), _dump_posts(self.unread) if self.unread else b""
        return _BOTH.pack(_WITH_UNREAD if unread else _PLAIN, len(posts)) + posts + unread + self.inbox.dump()

    def with_posts(self, posts: Cursor) -> Position:
        """The same, with posts and comments that far."""
        return replace(self, posts=posts)

    def with_unread(self, unread: Mapping[bytes, UnreadPost]) -> Position:
        """The same, with these posts whose comments could not be read."""
        return replace(self, unread=unread)

    def with_inbox(self, inbox: InboxPosition) -> Position:
        """The same, with messages that far."""
        return replace(self, inbox=inbox)


def _cursor(state: bytes, start: datetime) -> Cursor:
    return Cursor.load(state, overlap=POSTS_OVERLAP, start=start, most_bytes=CURSOR_BYTES)


def _dump_posts(posts: Mapping[bytes, UnreadPost]) -> bytes:
    """The posts as bytes: at most 281."""
    return bytes([len(posts)]) + b"".join(_dumped(posts))


def _dumped(posts: Mapping[bytes, UnreadPost]) -> Iterator[bytes]:
    for name, (unread, at_it) in posts.items():
        at, asked = (min(max(each, 0), _LATEST) for each in (unread.at, unread.asked))
        yield _POST.pack(name, at, asked, unread.tries, len(at_it))
        yield from at_it


def _load_posts(state: bytes, begin: int) -> tuple[Mapping[bytes, UnreadPost], int]:
    """What `_dump_posts` made, and where it ends in the state. Raises `InvalidRequest`."""
    posts: dict[bytes, UnreadPost] = {}
    try:
        left, place = state[begin], begin + 1
        for _ in range(left):
            name, at, asked, tries, count = _POST.unpack_from(state, place)
            hashes, place = _hashes(state, place + _POST.size, count)
            posts[name] = UnreadPost(Unread(at, asked, tries), hashes)
    except (struct.error, IndexError):
        raise InvalidRequest("the state is not this connector's") from None
    if place > len(state):
        raise InvalidRequest("the state is not this connector's")
    return posts, place
