# SPDX-License-Identifier: Apache-2.0
"""
How far the messages of an account have come.

Meta lists conversations by when they last changed, and knows no "messages since". So conversations are gone through
by that time, the one that waited longest first, and each as far as it goes:

* all messages before `floor` are done, in every conversation,
* all conversations that last changed before `low` are done,
* of those gone through since then it is remembered how far each was, until all are done and `floor` moves up.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sealock_connector import InvalidRequest

OVERLAP = 120
"""Seconds that are looked at again: what is written shows in the list a moment later."""
MOST_BYTES = 1_600
_VERSION = 1
_HEAD = struct.Struct(">BQQQQ")
_ENTRY = struct.Struct(">6sIB")
_HASH_BYTES = 4
_MOST_AT_ONCE = 20
_WHOLE = 0x80
_LATEST = 2**32 - 1


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

    @classmethod
    def begin(cls, start: int) -> InboxPosition:
        """The position before everything that was written from `start` on."""
        return cls(start, start, start)

    @classmethod
    def load(cls, state: bytes) -> InboxPosition:
        """Read what `dump` made. Raises `InvalidRequest`."""
        try:
            version, floor, low, upto, forgotten = _HEAD.unpack_from(state)
            reached, at = {}, _HEAD.size
            while at < len(state):
                name, age, count = _ENTRY.unpack_from(state, at)
                at += _ENTRY.size
                count, whole = count & ~_WHOLE, bool(count & _WHOLE)
                end = at + count * _HASH_BYTES
                hashes = tuple(state[start : start + _HASH_BYTES] for start in range(at, end, _HASH_BYTES))
                reached[name], at = Reached(floor + age, hashes, whole), end
        except struct.error:
            raise InvalidRequest("the state is not this connector's") from None
        if version != _VERSION or at != len(state):
            raise InvalidRequest("the state is not this connector's")
        return cls(floor, low, upto, reached, forgotten)

    def not_before(self, start: int) -> InboxPosition:
        """The same, without what was written before `start`."""
        if start <= self.floor:
            return self
        kept = {name: each for name, each in self.reached.items() if each.through >= start}
        return InboxPosition(start, max(self.low, start), max(self.upto, start), kept, self.forgotten)

    def dump(self) -> bytes:
        """The state's bytes, at most 1,600."""
        parts = [_HEAD.pack(_VERSION, self.floor, self.low, self.upto, self.forgotten)]
        for name, reached in self.reached.items():
            age = min(max(reached.through - self.floor, 0), _LATEST)
            count = len(reached.at_it) | (_WHOLE if reached.whole else 0)
            parts += [_ENTRY.pack(name, age, count), *reached.at_it]
        return b"".join(parts)

    def concerns(self, changed: int) -> bool:
        """Whether a conversation that last changed then can hold news."""
        return changed >= self.low

    def reaches(self, conversation: str, changed: int) -> bool:
        """Whether the whole conversation was done up to its last change."""
        reached = self.reached.get(_name(conversation))
        return reached is not None and reached.whole and reached.through >= changed

    def knows(self, conversation: str, message: str, at: int) -> bool:
        """Whether the message is done with."""
        if at < self.floor:
            return True
        reached = self.reached.get(_name(conversation))
        if reached is None or at > reached.through:
            return False
        return at < reached.through or _hash(message) in reached.at_it

    def with_message(self, conversation: str, message: str, at: int, *, last: bool) -> InboxPosition:
        """
        The same, with one more message of a conversation done; they come in the order of their time.

        `last` says that nothing is left of the conversation.
        """
        name = _name(conversation)
        before = self.reached.get(name)
        same = before.at_it if before and before.through == at else ()
        others = {each: reached for each, reached in self.reached.items() if each != name}
        now = Reached(at, (*same, _hash(message))[-_MOST_AT_ONCE:], whole=last)
        every = {**others, name: now}
        kept = _fitted(every)
        left_out = [each.through - (not each.whole) for name, each in every.items() if name not in kept]
        return replace(self, reached=kept, forgotten=max([self.forgotten, *left_out]))

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
        kept = {name: each for name, each in self.reached.items() if each.through >= self.low}
        return replace(self, floor=max(self.floor, self.low), reached=kept)


def _fitted(reached: Mapping[bytes, Reached]) -> Mapping[bytes, Reached]:
    """
    Without the conversations that were done longest ago, if there are too many.

    Should one of them go on before all are done, its messages since `floor` come again; Zendesk skips them.
    """
    size = _HEAD.size + sum(map(_size, reached.values()))
    if size <= MOST_BYTES:
        return reached
    kept = dict(sorted(reached.items(), key=lambda item: item[1].through))
    while size > MOST_BYTES:
        size -= _size(kept.pop(next(iter(kept))))
    return kept


def _size(reached: Reached) -> int:
    return _ENTRY.size + _HASH_BYTES * len(reached.at_it)


def _name(conversation: str) -> bytes:
    return hashlib.blake2b(conversation.encode(), digest_size=6).digest()


def _hash(message: str) -> bytes:
    return hashlib.blake2b(message.encode(), digest_size=_HASH_BYTES).digest()
