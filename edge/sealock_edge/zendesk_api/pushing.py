# SPDX-License-Identifier: Apache-2.0
"""A push under way: what goes next, and what the results make of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from sealock_edge.zendesk import limits
from sealock_edge.zendesk.rest import Fate, Result, ResultCode
from sealock_edge.zendesk_api.api import Missing, PushResult

MOST_STOPS: Final = 12
"""How often something may stop a push, or make it smaller. What waits then is left to the next pull."""


@dataclass(slots=True)
class _Waiting:
    """A resource that Zendesk does not have yet."""

    external_id: str
    parent_id: str
    conversation: str
    """What it shares with those that stand on the same ticket: their thread, or else what began it."""
    written: bytes = field(repr=False)
    tried_without_parent: bool = False


class Push:
    """
    Gives out resources in their order, but parents first, as many as one call takes, until each is there or missing.

    What was halted goes on behind what stopped it. A resource whose parent Zendesk did not find goes once more: after
    the parent, if that is still to be sent, else at the end. What Zendesk does not take keeps the rest of its
    conversation back, and what goes to the end takes it along: a ticket never gets a later message first.
    """

    def __init__(self, resources: Iterable[Mapping[str, Any]]) -> None:
        waiting = _read(resources)
        self._order = [each.external_id for each in waiting]
        self._waiting = deque(_parents_first(waiting))
        self._there: set[str] = set()
        self._missing: dict[str, str] = {}
        self._broken: set[str] = set()
        """Conversations of which something is missing."""
        self._suspects = 0
        """How many of the next have one among them that Zendesk does not take."""
        self._stops = 0

    def batch(self) -> list[bytes]:
        """What the next call carries, each as JSON; empty: the push is over."""
        self._sent = self._next()
        return [each.written for each in self._sent]

    @property
    def sent(self) -> Sequence[str]:
        """The ids of what `batch` gave out last."""
        return [each.external_id for each in self._sent]

    def settle(self, results: Sequence[Result]) -> None:
        """These are the results of what `batch` gave out last, one for each in its order."""
        again: list[_Waiting] = []
        orphans: list[_Waiting] = []
        stopped = False
        for each, result in zip(self._sent, results, strict=True):
            if result.fate is Fate.THERE:
                self._there.add(each.external_id)
            elif result.fate is Fate.AGAIN:
                again.append(each)
            elif result.fate is Fate.AFTER_PARENT and not each.tried_without_parent:
                each.tried_without_parent = True
                orphans.append(each)
            else:
                self._missing[each.external_id] = result.code
                self._broken.add(each.conversation)
                stopped = True
        self._suspects = max(0, self._suspects - len(self._sent))
        if stopped or orphans or again:
            self._stops += 1
            self._put_back(again, orphans)

    def not_taken(self) -> None:
        """Zendesk refused what `batch` gave out last as a whole: it goes in halves, to find what is not taken."""
        self._stops += 1
        self._suspects = len(self._sent)
        if len(self._sent) > 1:
            self._waiting.extendleft(reversed(self._sent))
            return
        self._suspects = 0
        self._missing[self._sent[0].external_id] = ResultCode.NOT_TAKEN
        self._broken.add(self._sent[0].conversation)
        self._put_back((), ())

    def result(self) -> PushResult:
        """What became of all of it."""
        left = dict.fromkeys((each.external_id for each in self._waiting), ResultCode.HALTED)
        missing = {**left, **self._missing}
        ids = list(dict.fromkeys(self._order))
        return PushResult(
            there=tuple(each for each in ids if each in self._there),
            missing=tuple(Missing(each, missing[each]) for each in ids if each in missing and each not in self._there),
        )

    def _next(self) -> list[_Waiting]:
        if self._stops >= MOST_STOPS:
            return []
        taken: list[_Waiting] = []
        most = max(1, self._suspects // 2) if self._suspects else limits.PUSH_ITEMS
        size = 0
        while self._waiting and len(taken) < most:
            size += len(self._waiting[0].written)
            if taken and size > limits.PUSH_BYTES:
                break
            taken.append(self._waiting.popleft())
        return taken

    def _put_back(self, again: Sequence[_Waiting], orphans: Sequence[_Waiting]) -> None:
        """What was halted is next, behind what had no parent and has it now; without one it is last."""
        at_once = [each for each in orphans if each.parent_id in self._there]
        last = [each for each in orphans if each.parent_id not in self._there]
        late = {each.conversation for each in last}
        others = [*again, *self._waiting]
        behind = [each for each in others if each.conversation in late]
        waiting = _parents_first(
            [*at_once, *(each for each in others if each.conversation not in late), *last, *behind]
        )
        self._waiting.clear()
        for each in waiting:
            if each.parent_id in self._missing:
                self._missing[each.external_id] = ResultCode.NO_PARENT
            elif each.conversation in self._broken:
                self._missing[each.external_id] = ResultCode.HALTED
            else:
                self._waiting.append(each)


def _read(resources: Iterable[Mapping[str, Any]]) -> list[_Waiting]:
    """What is to be pushed, each with its conversation."""
    conversations: dict[str, str] = {}
    waiting: list[_Waiting] = []
    for each in resources:
        external_id, parent_id = each["external_id"], each.get("parent_id", "")
        conversation = each.get("thread_id") or conversations.get(parent_id) or parent_id or external_id
        conversations[external_id] = conversation
        waiting.append(_Waiting(external_id, parent_id, conversation, orjson.dumps(each)))
    return waiting


def _parents_first(waiting: Sequence[_Waiting]) -> list[_Waiting]:
    """In the same order, but each that came before its parent right behind it."""
    to_come = {each.external_id for each in waiting}
    early: dict[str, list[_Waiting]] = {}
    ordered: list[_Waiting] = []
    for each in waiting:
        if each.parent_id in to_come and each.parent_id != each.external_id:
            early.setdefault(each.parent_id, []).append(each)
            continue
        next_ones = [each]
        while next_ones:
            placed = next_ones.pop()
            ordered.append(placed)
            to_come.discard(placed.external_id)
            next_ones.extend(reversed(early.pop(placed.external_id, ())))
    # Those that are each other's parents.
    return [*ordered, *(each for children in early.values() for each in children)]
