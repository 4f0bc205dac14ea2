# SPDX-License-Identifier: Apache-2.0
"""Conversations, and the messages in them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sealock_origins.meta.budget import Budgets
from sealock_origins.meta.graph import Graph, digits, elements, instant, read_items, text
from sealock_origins.meta.lists import MOST_AT_ONCE, Fields, Item
from sealock_origins.meta.messages.message import Message

CALLS_A_SECOND = 2
"""Meta's limit for conversations of one account."""
LIST_FIELDS: Sequence[Fields] = (("id", "updated_time", "participants"), ("id", "updated_time"))
_OLD_ENOUGH = 25
"""After so many conversations in a row without news no older one has any: Meta's order is nearly that of time."""


class Conversation(NamedTuple):
    """A conversation of an account with a person."""

    changed: int
    """Its last change, in seconds since 1970."""
    id: str
    person: str = ""
    """With whom it is, if that is told."""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Conversations:
    """The messages of one account, of one platform."""

    graph: Graph
    budgets: Budgets
    path: str
    """Where its conversations are: `1001/conversations`."""
    platform: str
    fields: Sequence[Fields]
    own: Collection[str] = ()
    """The ids and the user name that the account itself takes part with."""
    newest_only: int = 0
    """So many messages of a conversation can be read, no more; 0: all."""

    async def changed(self, concerns: Callable[[int], bool]) -> list[Conversation]:
        """
        Those whose last change, in seconds since 1970, `concerns` the caller, the one that changed first at first.

        Meta lists the newest first. So the list is read until many of it in a row concern nobody.
        """
        found: dict[str, Conversation] = {}
        old = 0
        portions = self.graph.portions(self.path, *LIST_FIELDS, platform=self.platform)
        async with aclosing(portions):
            async for portion in portions:
                await self._turn()
                for each in self._read(portion.items):
                    old = 0 if concerns(each.changed) else old + 1
                    if not old:
                        found[each.id] = max(each, found.get(each.id, each))
                if old >= _OLD_ENOUGH:
                    break
        return sorted(found.values())

    def _read(self, items: Sequence[Item]) -> Iterator[Conversation]:
        for item in items:
            if found := text(item.get("id")):
                others = [each for each in elements(item.get("participants")) if not self._is_own(each)]
                other = others[0] if len(others) == 1 else {}
                changed = int(instant(item.get("updated_time")).timestamp())
                name = text(other.get("name")) or text(other.get("username"))
                yield Conversation(changed, found, digits(other.get("id")), name)

    def _is_own(self, participant: Item) -> bool:
        return digits(participant.get("id")) in self.own or text(participant.get("username")) in self.own

    async def messages(self, conversation: str, wanted: Callable[[Message], bool]) -> list[Message]:
        """
        A conversation's messages, oldest first, back to the first one that is not wanted.

        Those that cannot be read are passed over, counted, and in the log.
        """
        found: list[Message] = []
        seen = 0
        await self._turn()
        limit = self.newest_only or MOST_AT_ONCE
        portions = self.graph.portions(f"{conversation}/messages", *self.fields, limit=limit)
        async with aclosing(portions):
            async for portion in portions:
                read = list(read_items(Message.read, portion.items, portion.step, "message"))
                new = [message for message in read if wanted(message)]
                found += new
                seen += len(portion.items)
                if len(new) < len(read) or 0 < self.newest_only <= seen:
                    break
                await self._turn()
        found.reverse()  # what shares a second stays in its order
        return sorted(found, key=lambda message: message.at)

    async def with_person(self, person: str, *, since: datetime | None = None) -> list[Message]:
        """The messages exchanged with a person, oldest first; a hundred of the newest without `since`."""
        await self._turn()
        answer = await self.graph.get(self.path, LIST_FIELDS[-1], platform=self.platform, user_id=person, limit="1")
        for item in elements(answer):
            if item.get("id"):
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


def last_written_by(person: str, messages: Sequence[Message]) -> datetime | None:
    """When the person wrote last; None if nothing of theirs is there."""
    return max((message.at for message in messages if message.sender == person), default=None)
