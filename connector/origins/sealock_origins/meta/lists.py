# SPDX-License-Identifier: Apache-2.0
"""
Lists of the Graph API: gone through from portion to portion, with less at once where Meta gives no more.

"Please reduce the amount of data you're asking for" comes on any list, for any `limit`, and for single items. So each
list says which fields it can do without: an item that cannot be had with all of them is asked for with fewer.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sealock_connector import Cause, Miss, OriginUnavailable, count_miss
from sealock_connector.egress import TooMuchAsked
from sealock_connector.lists import Lists, Part
from sealock_origins.meta.failures import Meaning, Refused

Field = str | tuple[str, "Fields"]
Fields = tuple[Field, ...]
"""Names, or a name with the fields of what it holds."""
Item = Mapping[str, Any]
Query = Mapping[str, str]

_MISSING = object()
_log = logging.getLogger(__name__)

MOST_AT_ONCE = 100
"""Meta gives at most this many items at once on the edges used here."""
_NOT_REPEATED = {"access_token", "appsecret_proof", "fields", "limit"}
"""Of the next portion's address: what is secret, and what is said anew with each portion."""
_OF_THE_FIELDS = {Meaning.NOT_PERMITTED, Meaning.BAD_REQUEST, Meaning.NOT_VISIBLE}
"""What a call may be refused for because of a single field."""


def selection(fields: Fields) -> str:
    """The value of a call's `fields`: `id,from{id,name}`."""
    return ",".join(field if isinstance(field, str) else f"{field[0]}{{{selection(field[1])}}}" for field in fields)


@dataclass(frozen=True, slots=True)
class Portion:
    """Some items of a list, and which of the list's sets of fields they came with: 0 for all fields."""

    items: Sequence[Item]
    step: int = 0


def is_too_much(error: Exception) -> bool:
    """Whether less may be given where this was refused."""
    if isinstance(error, Refused):
        return error.meaning is Meaning.TRANSIENT
    return isinstance(error, TooMuchAsked)


class GraphLists:
    """
    Goes through the lists of one access token. It remembers, for as long as it is there, how much of which list Meta
    gave at once, and which sets of fields it refused.
    """

    def __init__(self, call: Callable[[str, Query], Awaitable[Item]]) -> None:
        """`call` gets what is at a path."""
        self._call = call
        self._sizes: dict[tuple[str, int], Lists] = {}
        self._refused: dict[Sequence[Fields], int] = {}

    async def portions(
        self, path: str, steps: Sequence[Fields], *, limit: int, query: Query
    ) -> AsyncGenerator[Portion]:
        """
        The list at the path; each item once. An empty portion may well have another one after it.

        `steps` are sets of fields, each smaller than the one before. Where a set is refused, as when one field of it
        needs a permission, the next is asked for. Raises `Refused` and the SDK's errors.
        """
        walk = _Walk(self, path, steps, query)
        lists = self._sizes.setdefault((path.rpartition("/")[2], limit), Lists(limit, too_much=is_too_much))
        async with aclosing(lists.walk(walk.part, query, steps=max(len(steps) - 1, 0))) as walked:
            async for each in walked:
                for portion in each.items:
                    yield portion

    async def one(self, path: str, steps: Sequence[Fields], query: Query) -> tuple[Item, int]:
        """What is at the path with the first set of fields that Meta gives, and which one that is."""
        last = len(steps) - 1
        for step in range(self._refused.get(tuple(steps), 0), len(steps)):
            try:
                return await self._call(path, {**query, **selecting(steps[step])}), step
            except (Refused, TooMuchAsked) as error:
                of_fields = isinstance(error, Refused) and error.meaning in _OF_THE_FIELDS
                if step == last or not (of_fields or is_too_much(error)):
                    raise
        raise AssertionError("there is a last set of fields")

    async def answer(self, path: str, steps: Sequence[Fields], step: int, query: Query) -> tuple[Item, int]:
        """The answer with the set of fields of this step, or with the first after it that is not refused."""
        first: Refused | None = None
        for at in range(max(step, self._refused.get(tuple(steps), 0)), len(steps)):
            try:
                answer = await self._call(path, {**query, **selecting(steps[at])})
            except Refused as refused:
                first = first or refused
                if refused.meaning not in _OF_THE_FIELDS or at == len(steps) - 1:
                    raise first from None
                continue
            if first is not None:
                self._refused[tuple(steps)] = at
                count_miss(Miss.FIELDS)
            return answer, at
        raise AssertionError("there is a last set of fields")


class _Walk:
    """One list that is gone through."""

    def __init__(self, lists: GraphLists, path: str, steps: Sequence[Fields], first: Query) -> None:
        self._lists = lists
        self._path = path
        self._steps = steps or [()]
        self._first = dict(first)
        self._begun_again = False
        self._seen: set[str] = set()
        self._places = {tuple(sorted(self._first.items()))}

    async def part(self, asked: Query, size: int, step: int) -> Part[Portion, Query]:
        """A part of it: one portion, and where the next one is."""
        answer, used = await self._answer(asked, size, step)
        data, paging = answer.get("data", _MISSING), answer.get("paging")
        if isinstance(data, dict):
            data = list(data.values())  # a list with gaps, as PHP writes it
        if not isinstance(data, list) and data is not None and not (data is _MISSING and paging):
            raise OriginUnavailable("Meta's list is none", cause=Cause.UNREADABLE)
        items = [item for item in self._objects(data) if self._is_new(item)]
        return Part([Portion(items, used)], self._following(paging))

    def _objects(self, data: Any) -> Iterator[Item]:
        """What a list holds; what is neither an object nor nothing is passed over."""
        for item in data if isinstance(data, list) else ():
            if isinstance(item, dict):
                yield item
            elif item is not None:
                count_miss(Miss.PASSED_OVER)
                _log.warning("an item of %s passed over: it is no object", self._path.rpartition("/")[2])

    def _following(self, paging: Any) -> Query | None:
        """Where the list goes on; nowhere, if that is where it was before."""
        address = paging.get("next") if isinstance(paging, dict) else None
        following = _query_of(address) if isinstance(address, str) else None
        place = tuple(sorted(following.items())) if following is not None else None
        if place in self._places:
            _log.warning("Meta's list of %s leads back to where it was: it ends here", self._path.rpartition("/")[2])
            return None
        if place is not None:
            self._places.add(place)
        return following

    async def _answer(self, asked: Query, size: int, step: int) -> tuple[Item, int]:
        limited = {**asked, "limit": str(size)}
        try:
            return await self._lists.answer(self._path, self._steps, step, limited)
        except Refused as refused:
            if refused.meaning is not Meaning.BAD_REQUEST or asked == self._first or self._begun_again:
                raise
        # The place in the list is no good any more: begin again, without what came before.
        self._begun_again = True
        self._places.clear()
        return await self._lists.answer(self._path, self._steps, step, {**self._first, "limit": str(size)})

    def _is_new(self, item: Item) -> bool:
        name = item.get("id")
        if not isinstance(name, str | int):
            return True
        name = str(name)
        new = name not in self._seen
        self._seen.add(name)
        return new


def selecting(fields: Fields) -> dict[str, str]:
    """The fields as a call's parameter; none for none."""
    return {"fields": selection(fields)} if fields else {}


def _query_of(address: str) -> dict[str, str]:
    """The next portion's place. Its address is not followed: it holds a token, and the path stays the same."""
    try:
        return {name: value for name, value in parse_qsl(urlsplit(address).query) if name not in _NOT_REPEATED}
    except ValueError:
        raise OriginUnavailable("Meta's next page has no address", cause=Cause.UNREADABLE) from None
