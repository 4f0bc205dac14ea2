# SPDX-License-Identifier: Apache-2.0
"""Pulling messages: conversation by conversation, each oldest first, from where the last pull ended."""

from __future__ import annotations

import hashlib
import logging
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sealock_connector import (
    AccountRevoked,
    ConnectorError,
    ExternalResource,
    InvalidRequest,
    Miss,
    OriginUnavailable,
    count_miss,
)
from sealock_connector.egress import TooMuchAsked
from sealock_origins.meta.failures import OF_THE_ACCOUNT, Meaning, Refused
from sealock_origins.meta.messages import Conversation, Conversations, Message

OVERLAP = 120
"""Seconds that are looked at again: what is written shows in the list a moment later."""
MOST_BYTES = 1_600
SETTLING = timedelta(minutes=1)
"""What the account itself wrote in the last minute waits: it may be a reply that is being sent just now."""
GIVE_UP_AFTER = timedelta(days=1)
"""So long a conversation that cannot be read is tried again, before it is given up."""
MOST_AHEAD = timedelta(minutes=10)
"""Clocks may differ by this much: what is later than that has no place in time."""
_VERSION = 1
_HEAD = struct.Struct(">BQQQQ")
_ENTRY = struct.Struct(">6sIB")
_HASH_BYTES = 4
_MOST_AT_ONCE = 20
_WHOLE = 0x80
_LATEST = 2**32 - 1

_log = logging.getLogger(__name__)


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
        remaining = {name: each for name, each in self.reached.items() if each.through >= start}
        return InboxPosition(start, max(self.low, start), max(self.upto, start), remaining, self.forgotten)

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

    def through(self, conversation: str) -> datetime | None:
        """Up to when the conversation is done, if that is remembered."""
        reached = self.reached.get(_name(conversation))
        return datetime.fromtimestamp(reached.through, UTC) if reached else None

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
        remaining = _fitted(every)
        left_out = [each.through - (not each.whole) for name, each in every.items() if name not in remaining]
        return replace(self, reached=remaining, forgotten=max([self.forgotten, *left_out]))

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
        remaining = {name: each for name, each in self.reached.items() if each.through >= self.low}
        return replace(self, floor=max(self.floor, self.low), reached=remaining)


def _fitted(reached: Mapping[bytes, Reached]) -> Mapping[bytes, Reached]:
    """
    Without the conversations that were done longest ago, if there are too many.

    Should one of them go on before all are done, its messages since `floor` come again; Zendesk skips them.
    """
    size = _HEAD.size + sum(map(_size, reached.values()))
    if size <= MOST_BYTES:
        return reached
    remaining = dict(sorted(reached.items(), key=lambda item: item[1].through))
    while size > MOST_BYTES:
        size -= _size(remaining.pop(next(iter(remaining))))
    return remaining


def _size(reached: Reached) -> int:
    return _ENTRY.size + _HASH_BYTES * len(reached.at_it)


def _name(conversation: str) -> bytes:
    return hashlib.blake2b(conversation.encode(), digest_size=6).digest()


def _hash(message: str) -> bytes:
    return hashlib.blake2b(message.encode(), digest_size=_HASH_BYTES).digest()


class _Visit(NamedTuple):
    """A conversation that is to be looked at."""

    conversation: Conversation
    again: bool
    """Whether it was done already, and is looked at for what shows late."""
    waiting: int | None
    """The last change of the first one after it that is looked at again: the position must not pass it by."""


def _visits(conversations: Sequence[Conversation], position: InboxPosition) -> list[_Visit]:
    """
    The order in which conversations are looked at: those with news first.

    What the overlap brings again comes last: a short pull would spend all its time on it, and never go on.
    """
    again = [each for each in conversations if position.reaches(each.id, each.changed)]
    news = [each for each in conversations if not position.reaches(each.id, each.changed)]
    waiting: list[int | None] = [each.changed for each in again]
    waiting.append(None)
    return [_Visit(each, again=False, waiting=waiting[0]) for each in news] + [
        _Visit(each, again=True, waiting=following) for each, following in zip(again, waiting[1:], strict=True)
    ]


@dataclass(slots=True)
class _Reads:
    """What became of the conversations of one pull."""

    refused: Refused | None = None
    """For lack of a permission."""
    any_read: bool = False


@dataclass(frozen=True, slots=True)
class InboxPuller:
    """One pull of an account's messages. `own` are the ids that the account itself writes with."""

    conversations: Conversations
    own: Collection[str]
    now: Callable[[], datetime]
    sent_from_zendesk: Callable[[str], bool]
    as_resource: Callable[[Message], ExternalResource | None]
    explain: Callable[[Refused], Awaitable[ConnectorError]]
    """What a refusal means for the account, which is looked at for that."""

    async def steps(self, position: InboxPosition) -> AsyncIterator[tuple[ExternalResource | None, InboxPosition]]:
        """
        What is new, and the position after each. Raises `Refused` for what concerns the whole account.

        A conversation that cannot be read now does not stop the others: it is tried again in the next pull.
        """
        complete, reads = True, _Reads()
        for visit in _visits(await self._changed(position), position):
            conversation = visit.conversation
            if visit.again and not position.reaches(conversation.id, conversation.changed):
                continue  # forgotten meanwhile, for want of room
            messages = await self._read(conversation, position, reads)
            if messages is None:
                complete = complete and conversation.changed < (self.now() - GIVE_UP_AFTER).timestamp()
                continue
            complete = complete and not any(map(self._may_be_a_reply_under_way, messages))
            for number, message in enumerate(messages, 1):
                if self._may_be_a_reply_under_way(message):
                    break
                last, at = number == len(messages), int(message.at.timestamp())
                position = position.with_message(conversation.id, message.id, at, last=last)
                if complete and last:
                    position = position.with_conversation(conversation.changed, waiting=visit.waiting)
                yield self._resource(message), position
            if complete and not messages:
                position = position.with_conversation(conversation.changed, waiting=visit.waiting)
                yield None, position
        await self._look_at_the_account(reads)
        if complete:
            yield None, position.settled()

    async def _read(self, conversation: Conversation, position: InboxPosition, reads: _Reads) -> list[Message] | None:
        """What is new in a conversation; None where it cannot be read now."""
        try:
            messages = await self._messages(conversation, position)
        except (Refused, OriginUnavailable) as error:
            if not _can_wait(error):
                raise
            count_miss(Miss.PASSED_OVER)
            _log.warning("a conversation cannot be read now: %s", error)
            if isinstance(error, Refused) and error.meaning is Meaning.NOT_PERMITTED:
                reads.refused = error
            return None
        reads.any_read = True
        return messages

    async def _look_at_the_account(self, reads: _Reads) -> None:
        """Where no conversation may be read: raises what that means, if it is not about these conversations."""
        if reads.refused is not None and not reads.any_read:
            meaning = await self.explain(reads.refused)
            if isinstance(meaning, AccountRevoked):
                raise meaning

    async def _changed(self, position: InboxPosition) -> Sequence[Conversation]:
        """The conversations that may hold news; none of them changes later than now."""
        latest = int((self.now() + MOST_AHEAD).timestamp())
        found = await self.conversations.changed(position.concerns)
        return sorted(each if each.changed <= latest else each._replace(changed=latest) for each in found)

    async def _messages(self, conversation: Conversation, position: InboxPosition) -> list[Message]:
        """What is new in a conversation, oldest first."""
        unknown = _unknown(position, conversation.id)
        found, latest = [], datetime.fromtimestamp(conversation.changed, UTC)
        last = position.through(conversation.id) or latest
        for message in await self.conversations.messages(conversation.id, unknown):
            # One that is ahead of the clock has the time of the one before it: it would hide all that follow.
            ahead = message.at > self.now() + MOST_AHEAD
            placed = replace(message, at=last) if ahead else message
            if not ahead or unknown(placed):
                found.append(self._completed(placed, conversation))
            last = max(last, placed.at) if found else last
        return found

    def _completed(self, message: Message, conversation: Conversation) -> Message:
        """The message with what its conversation says: with whom it is, whom they write to who are not that person."""
        person = conversation.person
        if message.sender == person:
            return replace(message, sender_name=message.sender_name or conversation.name)
        if message.receiver == person and person:
            return replace(message, echo=True)
        return replace(message, receiver=person) if message.is_from(self.own) and not message.receiver else message

    def _resource(self, message: Message) -> ExternalResource | None:
        return None if self.sent_from_zendesk(message.id) else self.as_resource(message)

    def _may_be_a_reply_under_way(self, message: Message) -> bool:
        young = message.at > self.now() - SETTLING
        return young and message.is_from(self.own) and not self.sent_from_zendesk(message.id)


def _can_wait(error: Refused | OriginUnavailable) -> bool:
    """Whether it is about one conversation: Meta refuses single ones for lack of a permission, too."""
    if isinstance(error, Refused):
        return error.meaning is Meaning.NOT_PERMITTED or error.meaning not in OF_THE_ACCOUNT
    return isinstance(error, TooMuchAsked)


def _unknown(position: InboxPosition, conversation: str) -> Callable[[Message], bool]:
    return lambda message: not position.knows(conversation, message.id, int(message.at.timestamp()))
