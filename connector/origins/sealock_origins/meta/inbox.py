# SPDX-License-Identifier: Apache-2.0
"""Pulling messages: conversation by conversation, each oldest first, from where the last pull ended."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sealock_connector import (
    AccountRevoked,
    ConnectorError,
    ExternalResource,
    Miss,
    OriginUnavailable,
    count_miss,
)
from sealock_origins.meta.failures import Meaning, Refused, is_of_one_item
from sealock_origins.meta.messages import Conversation, Conversations, Message, nameless
from sealock_origins.meta.position import MOST_UNLISTED, InboxPosition

SETTLING = timedelta(minutes=1)
"""What the account itself wrote in the last minute waits: it may be a reply that is being sent just now."""
MOST_AHEAD = timedelta(minutes=10)
"""Clocks may differ by this much: what is later than that has no place in time."""
MOST_REFUSED = 3
"""After so many conversations that cannot be read, and none that can, the others are not asked for."""

_log = logging.getLogger(__name__)


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


Failure = Refused | OriginUnavailable
Step = tuple[ExternalResource | None, InboxPosition]


class _Reads:
    """What became of the conversations of one pull."""

    def __init__(self) -> None:
        self.any_read = False
        self.failed = 0
        """How many cannot be read of which that is news."""
        self.first: Failure | None = None
        """The failure of the first of them."""
        self.complete = True
        """Whether the position may pass everything that was looked at."""


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

    async def steps(self, position: InboxPosition) -> AsyncIterator[Step]:
        """
        What is new, and the position after each. Raises `Refused` for what concerns the whole account.

        A conversation that cannot be read now does not stop the others: it is remembered, and asked for again in later
        pulls. The pull in which that begins ends with the failure, once everything else came: so it is told once.
        """
        reads = _Reads()
        listed, position = await self._changed(position)
        for visit in _visits(listed, position):
            conversation = visit.conversation
            if visit.again and not position.reaches(conversation.id, conversation.changed):
                continue  # forgotten meanwhile, for want of room; nothing of it was new
            try:
                messages = await self._messages(conversation, position)
            except (Refused, OriginUnavailable) as error:
                if not is_of_one_item(error):
                    raise
                position = self._remembered(position, conversation, error, reads)
                if reads.complete:
                    position = position.with_conversation(conversation.changed, waiting=visit.waiting)
                yield None, position
                await self._end_if_all_fail(error, reads)
                continue
            reads.any_read = True
            reads.complete = reads.complete and not any(map(self._may_be_a_reply_under_way, messages))
            for step in self._steps_of(visit, messages, position, reads):
                position = step[1]
                yield step
        if reads.complete:
            yield None, position.settled()
        if reads.first is not None:
            raise reads.first

    def _steps_of(
        self, visit: _Visit, messages: Sequence[Message], position: InboxPosition, reads: _Reads
    ) -> Iterator[Step]:
        """What the new messages of a conversation become."""
        conversation = visit.conversation
        for number, message in enumerate(messages, 1):
            if self._may_be_a_reply_under_way(message):
                break
            last, at = number == len(messages), int(message.at.timestamp())
            position = position.with_message(conversation.id, message.id, at, last=last)
            if reads.complete and last:
                position = position.with_conversation(conversation.changed, waiting=visit.waiting)
            yield self._resource(message), position
        if not messages:
            position = position.with_read(conversation.id)
            if reads.complete:
                position = position.with_conversation(conversation.changed, waiting=visit.waiting)
            yield None, position

    def _remembered(
        self, position: InboxPosition, conversation: Conversation, error: Failure, reads: _Reads
    ) -> InboxPosition:
        """
        The position, with a conversation that cannot be read.

        Where there are too many already, the one that was asked for most often is given up; but if none can be read,
        nothing is, and the position goes no further.
        """
        now, passing = int(self.now().timestamp()), _is_passing(error)
        if not position.is_unread(conversation.id):
            count_miss(Miss.POSTPONED)
            _log.warning("a conversation cannot be read now, and is asked for again later: %s", error)
            reads.first = reads.first or error
            reads.failed += 1
        remembered = position.with_unread(conversation.id, conversation.changed, now, passing=passing)
        if remembered is None and reads.any_read:
            oldest = max(position.unread, key=lambda name: position.unread[name].tries)
            position = _given_up(position, oldest, "there are too many of them")
            remembered = position.with_unread(conversation.id, conversation.changed, now, passing=passing)
        reads.complete = reads.complete and remembered is not None
        return remembered or position

    async def _end_if_all_fail(self, error: Failure, reads: _Reads) -> None:
        """
        Where conversation after conversation fails and none is read: raises what that means.

        The first refusal for lack of a permission is reason enough to look whether the account is dead.
        """
        if reads.any_read:
            return
        if reads.first is error and isinstance(error, Refused) and error.meaning is Meaning.NOT_PERMITTED:
            meaning = await self.explain(error)
            if isinstance(meaning, AccountRevoked):
                raise meaning
        if reads.failed >= MOST_REFUSED:
            raise error

    async def _changed(self, position: InboxPosition) -> tuple[Sequence[Conversation], InboxPosition]:
        """
        The conversations that are looked at, and the position before them.

        One whose change is ahead of the clock, or is not told, counts as changed now: later than that the position
        must not go, or what is written to others meanwhile would be behind it.
        """
        now = int(self.now().timestamp())
        latest = now + MOST_AHEAD.total_seconds()
        listed = await self.conversations.changed(lambda changed: position.concerns(changed, now))
        found = [each if each.changed <= latest else each._replace(changed=now) for each in listed]
        wanted = sorted(each for each in found if position.wants(each.id, each.changed, now))
        return wanted, _without_unlisted(position, found, now)

    async def _messages(self, conversation: Conversation, position: InboxPosition) -> list[Message]:
        """What is new in a conversation, oldest first."""
        unknown = _unknown(position, conversation.id)
        found, latest = [], datetime.fromtimestamp(conversation.changed, UTC)
        last = position.through(conversation.id) or latest
        told = await self.conversations.messages(conversation.id, unknown)
        if 0 < self.conversations.newest_only <= len(told):
            count_miss(Miss.GIVEN_UP)
            _log.warning("only the newest %d messages of a conversation can be read, and all are new", len(told))
        for message in told:
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
        if not message.sender and not message.receiver:
            return replace(message, sender=person or nameless(conversation.id), sender_name=conversation.name)
        if message.sender == person:
            return replace(message, sender_name=message.sender_name or conversation.name)
        if message.receiver == person and person:
            return replace(message, echo=True)
        if message.is_from(self.own) and not message.receiver:
            return replace(message, receiver=person or nameless(conversation.id))
        return message if message.person(self.own) else replace(message, sender=person or nameless(conversation.id))

    def _resource(self, message: Message) -> ExternalResource | None:
        return None if self.sent_from_zendesk(message.id) else self.as_resource(message)

    def _may_be_a_reply_under_way(self, message: Message) -> bool:
        young = message.at > self.now() - SETTLING
        return young and message.is_from(self.own) and not self.sent_from_zendesk(message.id)


def _is_passing(error: Failure) -> bool:
    return not isinstance(error, Refused) or error.meaning is Meaning.TRANSIENT


def _without_unlisted(position: InboxPosition, listed: Sequence[Conversation], now: int) -> InboxPosition:
    """The position, once more without those that were looked for in the list so often that they must be deleted."""
    if not position.unread:
        return position
    there = position
    for each in listed:
        there = there.with_read(each.id)
    for name, unread in there.unread.items():
        if unread.is_due(now):
            tried = position.with_try(name, now)
            position = tried if unread.tries < MOST_UNLISTED else _given_up(position, name, "it is not listed any more")
    return position


def _given_up(position: InboxPosition, name: bytes, why: str) -> InboxPosition:
    count_miss(Miss.GIVEN_UP)
    _log.error("a conversation that could not be read %d times is given up: %s", position.unread[name].tries, why)
    return position.without(name)


def _unknown(position: InboxPosition, conversation: str) -> Callable[[Message], bool]:
    return lambda message: not position.knows(conversation, message.id, int(message.at.timestamp()))
