# SPDX-License-Identifier: Apache-2.0
"""A store of one process: nobody else sees it, and it ends with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sealock_edge.store.store import (
    HINT_SECONDS,
    MOST_HINTS,
    MOST_OFFERED,
    WATCH_SECONDS,
    Claim,
    Hint,
    Told,
)

MOST_ACCOUNTS: Final = 4096
"""How many accounts are known; beyond that the one goes that was seen longest ago."""


@dataclass(slots=True)
class _Waiting:
    """Hints that wait, oldest first: what each is, when it came, and the state that it was read for."""

    hints: dict[str, tuple[str, float, str]] = field(default_factory=dict)

    def add(self, hints: Iterable[Hint], now: float) -> int:
        for hint in hints:
            self.hints.setdefault(hint.id, (hint.sealed, now, ""))
        dropped = max(0, len(self.hints) - MOST_HINTS)
        for each in list(self.hints)[:dropped]:
            del self.hints[each]
        return dropped

    def all(self, now: float) -> list[Hint]:
        self.hints = {each: held for each, held in self.hints.items() if held[1] + HINT_SECONDS > now}
        return [Hint(each, held[0]) for each, held in self.hints.items()]

    def offered(self, now: float) -> tuple[Hint, ...]:
        return tuple(self.all(now)[:MOST_OFFERED])

    def read_for(self, read: Iterable[str], state: str) -> None:
        for each in read:
            if each in self.hints:
                sealed, came_at, _ = self.hints[each]
                self.hints[each] = sealed, came_at, state

    def gone(self, read: Iterable[str]) -> None:
        for each in read:
            self.hints.pop(each, None)

    def has_arrived(self, state: str) -> None:
        if state:
            self.gone([each for each, held in self.hints.items() if held[2] == state])


@dataclass(slots=True)
class _Known:
    """One account."""

    metadata: str = field(repr=False)
    until: float
    state: str | None = field(default=None, repr=False)
    """As Zendesk sent it last; None before a pull."""
    pushed: str | None = field(default=None, repr=False)
    watched: str = ""
    watches_until: float = 0.0
    waiting: _Waiting = field(default_factory=_Waiting)
    tells: int = 0
    owner: str = ""
    claimed_until: float = 0.0


class MemoryStore:
    """A `Store` that this process alone has."""

    def __init__(self, clock: Callable[[], float], seconds: float, *, most: int = MOST_ACCOUNTS) -> None:
        """`clock` is in seconds; `seconds` is how long an account is known after it was seen."""
        self._clock = clock
        self._life = seconds
        self._most = most
        self._known: dict[str, _Known] = {}
        self._early: dict[str, _Waiting] = {}
        self._pauses: dict[str, float] = {}

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    async def note(self, account: str, metadata: str) -> None:
        """See `Store`."""
        self._seen(account, metadata)

    async def find(self, account: str) -> str | None:
        """See `Store`."""
        known = self._find(account)
        return known.metadata if known is not None else None

    async def pulled(self, account: str, metadata: str, state: str) -> tuple[Hint, ...]:
        """See `Store`."""
        known = self._seen(account, metadata)
        if known.state != state:
            known.state, known.pushed = state, None
        known.waiting.has_arrived(state)
        return known.waiting.offered(self._clock())

    async def answered(self, account: str, *, watched: str, metadata: str, state: str, read: Sequence[str]) -> int:
        """See `Store`."""
        now, known = self._clock(), self._seen(account, metadata)
        known.waiting.read_for(read, state)
        is_new = known.watched != watched or known.watches_until <= now
        known.watched, known.watches_until = watched, now + WATCH_SECONDS
        early = self._early.get(watched) if watched and is_new else None
        return known.waiting.add(early.all(now), now) if early is not None else 0

    async def tell(self, watched: str, hints: Sequence[Hint]) -> Told:
        """See `Store`."""
        now = self._clock()
        watching = [
            account for account, known in self._known.items() if known.watched == watched and known.watches_until > now
        ]
        dropped = 0
        for account in watching:
            self._known[account].tells += 1
            dropped += self._known[account].waiting.add(hints, now)
        if not watching and hints:
            dropped = self._early.setdefault(watched, _Waiting()).add(hints, now)
        return Told(tuple(watching), dropped)

    async def claim(self, account: str, owner: str, seconds: float) -> Claim | None:
        """See `Store`."""
        now, known = self._clock(), self._find(account)
        if known is None or known.state is None or (known.owner not in {"", owner} and known.claimed_until > now):
            return None
        known.owner, known.claimed_until = owner, now + seconds
        state = known.state if known.pushed is None else known.pushed
        return Claim(known.metadata, state, known.waiting.offered(now), known.tells)

    async def pushed(self, account: str, owner: str, *, state: str, read: Sequence[str]) -> bool:
        """See `Store`."""
        known = self._owned(account, owner)
        if known is None:
            return False
        known.pushed = state
        known.waiting.gone(read)
        return True

    async def release(self, account: str, owner: str, tells: int) -> bool:
        """See `Store`."""
        known = self._owned(account, owner)
        if known is None:
            return True
        if known.tells != tells:
            return False
        known.owner, known.claimed_until = "", 0.0
        return True

    async def pause(self, what: str, seconds: float) -> None:
        """See `Store`."""
        now = self._clock()
        self._pauses = {name: until for name, until in self._pauses.items() if until > now}
        self._pauses[what] = max(self._pauses.get(what, 0.0), now + seconds)

    async def paused(self, what: str) -> float:
        """See `Store`."""
        return max(0.0, self._pauses.get(what, 0.0) - self._clock())

    async def forget(self, account: str) -> None:
        """See `Store`."""
        self._known.pop(account, None)

    def _seen(self, account: str, metadata: str) -> _Known:
        known = self._known.pop(account, None) or _Known(metadata, 0.0)
        known.metadata, known.until = metadata, self._clock() + self._life
        self._known[account] = known
        if len(self._known) > self._most:
            del self._known[next(iter(self._known))]
        return known

    def _find(self, account: str) -> _Known | None:
        known = self._known.get(account)
        return known if known is not None and known.until > self._clock() else None

    def _owned(self, account: str, owner: str) -> _Known | None:
        known = self._find(account)
        return known if known is not None and known.owner == owner and known.claimed_until > self._clock() else None
