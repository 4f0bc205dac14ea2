# SPDX-License-Identifier: Apache-2.0
"""Pulling messages: conversation by conversation, each oldest first, from where the last pull ended."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sealock_connector import ExternalResource, OriginUnavailable
from sealock_origins.meta.failures import OF_THE_ACCOUNT, Refused
from sealock_origins.meta.fields import Fields
from sealock_origins.meta.graph import Graph
from sealock_origins.meta.inbox_position import InboxPosition
from sealock_origins.meta.messages import Message
from sealock_origins.meta.told import Unreadable, instant
from sealock_origins.meta.usage import Budgets

CALLS_A_SECOND = 2
"""Meta's limit for conversations of one account."""
SETTLING = timedelta(minutes=1)
"""What the account itself wrote in the last minute waits: it may be a reply that is being sent just now."""
PATIENCE = timedelta(days=1)
"""So long a conversation that cannot be read is tried again, before it is given up."""
_LIST_FIELDS: Fields = ("id", "updated_time")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Inbox:
    """The messages of one account, of one platform."""

    graph: Graph
    budgets: Budgets
    path: str
    """Where its conversations are: `1001/conversations`."""
    platform: str
    fields: Fields
    newest_only: int = 0
    """So many messages of a conversation can be read, no more; 0: all."""

    async def conversations(self, position: InboxPosition) -> list[tuple[int, str]]:
        """Those that can hold news: when each last changed, and its id, the one that waited longest first."""
        found: list[tuple[int, str]] = []
        async for page in self.graph.pages(self.path, _LIST_FIELDS, platform=self.platform):
            await self._turn()
            read = [(int(instant(item.get("updated_time")).timestamp()), str(item.get("id") or "")) for item in page]
            news = [each for each in read if each[1] and position.concerns(each[0])]
            found += news
            if read and not news:
                break
        return sorted(dict.fromkeys(found))

    async def messages(self, conversation: str, wanted: Callable[[Message], bool]) -> list[Message]:
        """
        A conversation's messages, oldest first, back to the first one that is not wanted.

        Those that cannot be read are passed over with a line in the log.
        """
        found: list[Message] = []
        limit = self.newest_only or 100
        await self._turn()
        async for page in self.graph.pages(f"{conversation}/messages", self.fields, limit=limit):
            read = [message for message in map(_readable, page) if message]
            new = [message for message in read if wanted(message)]
            found += new
            if self.newest_only or len(new) < len(read):
                break
            await self._turn()
        found.reverse()  # what shares a second stays in its order
        return sorted(found, key=lambda message: message.at)

    async def with_person(self, person: str, *, since: datetime | None = None) -> list[Message]:
        """The messages exchanged with a person, oldest first; a hundred of the newest without `since`."""
        await self._turn()
        answer = await self.graph.get(self.path, _LIST_FIELDS, platform=self.platform, user_id=person, limit="1")
        for item in answer.get("data") or ():
            if isinstance(item, dict) and item.get("id"):
                return await self.messages(str(item["id"]), _Newest(since))
        return []

    async def _turn(self) -> None:
        await self.budgets.pace(f"{self.graph.account} conversations", per_second=CALLS_A_SECOND)


class _Newest:
    """Wants messages since an instant, or a hundred of them."""

    def __init__(self, since: datetime | None) -> None:
        self._since = since
        self._seen = 0

    def __call__(self, message: Message) -> bool:
        self._seen += 1
        return message.at >= self._since if self._since else self._seen <= 100


class _Look(NamedTuple):
    """A conversation that is to be looked at."""

    changed: int
    conversation: str
    again: bool
    """Whether it was done already, and is looked at for what shows late."""
    waiting: int | None
    """The last change of the first one after it that is looked at again: the position must not pass it by."""


def _looks(conversations: Sequence[tuple[int, str]], position: InboxPosition) -> list[_Look]:
    """
    The order in which conversations are looked at: those with news first.

    What the overlap brings again comes last: a short pull would spend all its time on it, and never go on.
    """
    again = [each for each in conversations if position.reaches(each[1], each[0])]
    news = [each for each in conversations if not position.reaches(each[1], each[0])]
    waiting: list[int | None] = [changed for changed, _ in again]
    waiting.append(None)
    return [_Look(*each, again=False, waiting=waiting[0]) for each in news] + [
        _Look(*each, again=True, waiting=following) for each, following in zip(again, waiting[1:], strict=True)
    ]


@dataclass(frozen=True, slots=True)
class InboxPuller:
    """One pull of an account's messages. `own` are the ids that the account itself writes with."""

    inbox: Inbox
    own: Collection[str]
    now: Callable[[], datetime]
    sent_from_zendesk: Callable[[str], bool]
    as_resource: Callable[[Message], ExternalResource]

    async def steps(self, position: InboxPosition) -> AsyncIterator[tuple[ExternalResource | None, InboxPosition]]:
        """
        What is new, and the position after each. Raises `Refused` for what concerns the whole account.

        A conversation that cannot be read now does not stop the others: it is tried again in the next pull.
        """
        complete = True
        for look in _looks(await self.inbox.conversations(position), position):
            if look.again and not position.reaches(look.conversation, look.changed):
                continue  # forgotten meanwhile, for want of room
            try:
                messages = await self.inbox.messages(look.conversation, _unknown(position, look.conversation))
            except (Refused, OriginUnavailable) as error:
                if not self._can_wait(error):
                    raise
                _log.warning("a conversation cannot be read now")
                complete = complete and look.changed < (self.now() - PATIENCE).timestamp()
                continue
            complete = complete and not any(map(self._may_be_a_reply_under_way, messages))
            for number, message in enumerate(messages, 1):
                if self._may_be_a_reply_under_way(message):
                    break
                last, at = number == len(messages), int(message.at.timestamp())
                position = position.with_message(look.conversation, message.id, at, last=last)
                if complete and last:
                    position = position.with_conversation(look.changed, waiting=look.waiting)
                yield self._resource(message), position
            if complete and not messages:
                position = position.with_conversation(look.changed, waiting=look.waiting)
                yield None, position
        if complete:
            yield None, position.settled()

    def _resource(self, message: Message) -> ExternalResource | None:
        return None if self.sent_from_zendesk(message.id) else self.as_resource(message)

    def _may_be_a_reply_under_way(self, message: Message) -> bool:
        young = message.at > self.now() - SETTLING
        return young and message.sender in self.own and not self.sent_from_zendesk(message.id)

    def _can_wait(self, error: Refused | OriginUnavailable) -> bool:
        return isinstance(error, Refused) and error.meaning not in OF_THE_ACCOUNT


def _unknown(position: InboxPosition, conversation: str) -> Callable[[Message], bool]:
    return lambda message: not position.knows(conversation, message.id, int(message.at.timestamp()))


def _readable(item: Mapping[str, Any]) -> Message | None:
    try:
        return Message.read(item)
    except Unreadable as problem:
        _log.warning("a message passed over, it cannot be read: %s", problem)
        return None


def last_written_by(person: str, messages: Sequence[Message]) -> datetime | None:
    """When the person wrote last; None if nothing of theirs is there."""
    return max((message.at for message in messages if message.sender == person), default=None)
