# SPDX-License-Identifier: Apache-2.0
"""
Reading lists in pages, when an origin may not be able to give as much at once as it is asked for.

An answer that is too large, too late, or at which the origin fails, is asked for again in smaller parts, down to a
single item, and at last with fewer of its fields: so that one item that cannot be had does not keep back all others.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from functools import partial
from typing import Final, Generic, NamedTuple, TypeVar

from sealock_connector.egress import AnswerTooLarge, TooMuchAsked
from sealock_connector.errors import Cause, OriginUnavailable

__all__ = ["Got", "Lists", "Part", "Walked"]

MOST_PARTS: Final = 1_000
"""Even a list that never ends is followed no further."""
_SLOWLY: Final = 8
"""Of what was too late, or failed, an eighth is asked for next: each try may take its time."""
_MOST_SUCCESSES: Final = 16

_T = TypeVar("_T")
_P = TypeVar("_P")


class Got(NamedTuple, Generic[_T]):
    """An answer, and what it took to have it."""

    answer: _T
    size: int
    """How many items were asked for."""
    step: int
    """0: with all fields. Else the item was asked for alone, and with fewer of them."""


class Part(NamedTuple, Generic[_T, _P]):
    """A part of a list, and where the list goes on: None at its end."""

    items: Sequence[_T]
    following: _P | None


class Walked(NamedTuple, Generic[_T]):
    """Items of a list, in its order."""

    items: Sequence[_T]
    step: int
    """Above 0: the one item came only with fewer fields, so it should be set aside, with its link."""


def is_too_much(error: Exception) -> bool:
    """Whether less may be had where this error came."""
    return isinstance(error, TooMuchAsked)


class Lists:
    """
    How much an origin is asked for at once, for the time of one pull: what was learned holds for all its lists.

    At first `most` items. Where that is too much, fewer, down to `least`; after answers that came, more again, and the
    more slowly the more often that was too much. `too_much` tells an error that may go away when less is asked for.
    """

    def __init__(self, most: int, *, least: int = 1, too_much: Callable[[Exception], bool] = is_too_much) -> None:
        self._most = most
        self._least = least
        self._too_much = too_much
        self._successes = 0
        self._needed = 1
        self._grew = False
        self.size = most
        """How many items are asked for next."""

    async def ask(
        self, call: Callable[[int, int], Awaitable[_T]], *, steps: int = 0, most: int | None = None
    ) -> Got[_T]:
        """
        What `call(size, step)` gives, asked for less until it comes. `most` is how many there are to ask for.

        Step 0 asks for all fields. Where even `least` items are too much, steps from 1 to `steps` follow: each asks
        for fewer fields. Raises the first error where the last step is too much as well, and any other error at once.
        """
        first: Exception | None = None
        step = 0
        while True:
            size = self.size if most is None else min(self.size, most)
            try:
                answer = await call(size, step)
            except Exception as error:
                if not self._too_much(error):
                    raise
                first = first or error
                if size > self._least:
                    self._ask_for_less(error, size)
                elif step < steps:
                    step += 1
                else:
                    raise first from None
            else:
                if size == self.size:
                    self._came()
                return Got(answer, size, step)

    async def walk(
        self, call: Callable[[_P, int, int], Awaitable[Part[_T, _P]]], first: _P, *, steps: int = 0
    ) -> AsyncGenerator[Walked[_T]]:
        """
        All parts of a list, from the position `first` on: `call(position, size, step)` gives the one that begins there.

        Raises what `ask` raises, and `OriginUnavailable` for a list that leads back to where it was, or does not end.
        """
        position = first
        for _ in range(MOST_PARTS):
            got = await self.ask(partial(call, position), steps=steps)
            yield Walked(got.answer.items, got.step)
            if got.answer.following is None:
                return
            if got.answer.following == position:
                raise OriginUnavailable("the origin's list leads back to itself", cause=Cause.UNREADABLE)
            position = got.answer.following
        raise OriginUnavailable("the origin's list does not end", cause=Cause.UNREADABLE)

    def _ask_for_less(self, error: Exception, than: int) -> None:
        cheap = isinstance(error, AnswerTooLarge)
        if not cheap:
            self._needed = _SLOWLY
        elif self._grew:
            self._needed = min(self._needed * 2, _MOST_SUCCESSES)
        self.size = max(self._least, than // (2 if cheap else _SLOWLY))
        self._successes, self._grew = 0, False

    def _came(self) -> None:
        self._successes += 1
        if self.size == self._most:
            self._needed, self._grew = 1, False
        elif self._successes >= self._needed:
            self.size, self._successes, self._grew = min(self._most, self.size * 2), 0, True
