# SPDX-License-Identifier: Apache-2.0
"""Hints of one account, or of one origin account that nobody watches, in the memory of one process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sealock_edge.store.store import HINT_SECONDS, MOST_HINTS, MOST_OFFERED, Hint


@dataclass(slots=True)
class _Held:
    sealed: str = field(repr=False)
    until: float
    number: int
    read_for: str = field(default="", repr=False)


@dataclass(slots=True)
class WaitingHints:
    """Hints that wait, oldest first."""

    _held: dict[str, _Held] = field(default_factory=dict)
    _numbers: int = 0
    _given: int = 0
    """The number of the last one that was given where not all were."""

    def add(self, hints: Iterable[Hint], now: float) -> int:
        """The same telling again changes nothing; another one of the same hint takes its place. How many went."""
        self.all(now)
        for hint in hints:
            known = self._held.get(hint.id)
            if known is None:
                self._numbers += 1
                self._held[hint.id] = _Held(hint.sealed, now + HINT_SECONDS, self._numbers)
            elif known.sealed != hint.sealed:
                self._held[hint.id] = _Held(hint.sealed, now + HINT_SECONDS, known.number)
        dropped = max(0, len(self._held) - MOST_HINTS)
        for each in list(self._held)[:dropped]:
            del self._held[each]
        return dropped

    def all(self, now: float) -> list[Hint]:
        """Those whose time is not over."""
        for each in [each for each, held in self._held.items() if held.until <= now]:
            del self._held[each]
        return [Hint(each, held.sealed) for each, held in self._held.items()]

    def offered(self, now: float) -> tuple[Hint, ...]:
        """At most `MOST_OFFERED`; where more wait, those after the last one that was given, and round again."""
        hints = self.all(now)
        if len(hints) <= MOST_OFFERED:
            return tuple(hints)
        start = sum(held.number <= self._given for held in self._held.values())
        given = (hints[start:] + hints[:start])[:MOST_OFFERED]
        self._given = self._held[given[-1].id].number
        return tuple(given)

    def read_for(self, read: Iterable[Hint], state: str) -> None:
        """They go when Zendesk has this state."""
        for held in self._as_given(read):
            held[1].read_for = state

    def gone(self, read: Iterable[Hint]) -> None:
        """Nobody needs them any more."""
        for each, _ in self._as_given(read):
            del self._held[each]

    def arrived(self, state: str) -> None:
        """Zendesk has this state."""
        for each in [each for each, held in self._held.items() if held.read_for and held.read_for == state]:
            del self._held[each]

    def _as_given(self, read: Iterable[Hint]) -> list[tuple[str, _Held]]:
        given = {hint.id: hint.sealed for hint in read}
        return [(each, held) for each, held in self._held.items() if given.get(each) == held.sealed]
