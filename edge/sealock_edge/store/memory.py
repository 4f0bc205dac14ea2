# SPDX-License-Identifier: Apache-2.0
"""A store of one process: nobody else sees it, and it ends with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from sealock_edge.store.store import (
    HINT_SECONDS,
    MOST_ACCOUNTS,
    MOST_HINTS,
    MOST_OFFERED,
    MOST_UNWATCHED,
    WATCH_SECONDS,
    Claim,
    Hint,
    Told,
)


@dataclass(slots=True)
class _Held:
    sealed: str = field(repr=False)
    until: float
    number: int
    read_for: str = field(default="", repr=False)


@dataclass(slots=True)
class _WaitingHints:
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


@dataclass(slots=True)
class _Known:
    """One account."""

    metadata: str = field(repr=False)
    until: float = 0.0
    state: str | None = field(default=None, repr=False)
    """As Zendesk sent it last; None before a pull."""
    pushed: str | None = field(default=None, repr=False)
    pulled_at: float = 0.0
    watched: str = ""
    waiting: _WaitingHints = field(default_factory=_WaitingHints)
    tells: int = 0
    owner: str = ""
    claimed_until: float = 0.0


class MemoryStore:
    """A `Store` that this process alone has."""

    def __init__(self, clock: Callable[[], float], seconds: float, *, most: int = MOST_ACCOUNTS) -> None:
        """`clock` is in seconds; `seconds` is how long links to files lead anywhere."""
        self._clock = clock
        self._life = max(seconds, HINT_SECONDS)
        self._most = most
        self._known: dict[str, _Known] = {}
        self._watching: dict[str, dict[str, None]] = {}
        self._unwatched: dict[str, _WaitingHints] = {}
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
        known, now = self._seen(account, metadata), self._clock()
        if known.pulled_at + HINT_SECONDS <= now:
            self._watches(account, known, "")
        if known.state != state:
            known.state, known.pushed = state, None
        known.pulled_at = now
        known.waiting.arrived(state)
        return known.waiting.offered(now)

    async def answered(
        self, account: str, called_with: str, *, watched: str, metadata: str, state: str, read: Sequence[Hint]
    ) -> int:
        """See `Store`."""
        known = self._find(account)
        if known is None:
            return 0
        known.waiting.read_for(read, state)
        if known.metadata != called_with:
            return 0
        self._seen(account, metadata)
        if known.watched == watched:
            return 0
        self._watches(account, known, watched)
        unwatched, now = self._unwatched.get(watched), self._clock()
        return known.waiting.add(unwatched.all(now), now) if unwatched is not None else 0

    async def tell(self, watched: str, hints: Sequence[Hint]) -> Told:
        """See `Store`."""
        now, dropped, accounts = self._clock(), 0, []
        watching = [
            (account, known)
            for account in self._watching.get(watched, ())
            if (known := self._known[account]).pulled_at + HINT_SECONDS > now
        ]
        for account, known in watching:
            known.tells += 1
            dropped += known.waiting.add(hints, now)
            if known.pulled_at + WATCH_SECONDS > now:
                accounts.append(account)
        if not watching and hints:
            unwatched = self._unwatched.pop(watched, None) or _WaitingHints()
            self._unwatched[watched] = unwatched
            dropped = unwatched.add(hints, now)
            if len(self._unwatched) > MOST_UNWATCHED:
                del self._unwatched[next(iter(self._unwatched))]
        return Told(tuple(accounts), dropped)

    async def claim(self, account: str, owner: str, seconds: float) -> Claim | None:
        """See `Store`."""
        now, known = self._clock(), self._find(account)
        if known is None or known.state is None or (known.owner not in {"", owner} and known.claimed_until > now):
            return None
        known.owner, known.claimed_until = owner, now + seconds
        state = known.state if known.pushed is None else known.pushed
        return Claim(known.metadata, state, known.waiting.offered(now), known.tells)

    async def pushed(self, account: str, owner: str, *, state: str, read: Sequence[Hint]) -> bool:
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
        known = self._known.pop(account, None)
        if known is not None:
            self._watches(account, known, "")

    def _seen(self, account: str, metadata: str) -> _Known:
        now = self._clock()
        known = self._known.pop(account, None)
        if known is not None and known.until <= now:
            self._watches(account, known, "")
            known = None
        if known is None:
            known = _Known(metadata)
        known.metadata, known.until = metadata, now + self._life
        self._known[account] = known
        if len(self._known) > self._most:
            oldest = next(iter(self._known))
            self._watches(oldest, self._known.pop(oldest), "")
        return known

    def _watches(self, account: str, known: _Known, watched: str) -> None:
        """Let the account watch this and nothing else."""
        before = self._watching.get(known.watched)
        if before is not None:
            before.pop(account, None)
            if not before:
                del self._watching[known.watched]
        known.watched = watched
        if watched:
            self._watching.setdefault(watched, {})[account] = None

    def _find(self, account: str) -> _Known | None:
        known = self._known.get(account)
        return known if known is not None and known.until > self._clock() else None

    def _owned(self, account: str, owner: str) -> _Known | None:
        known = self._find(account)
        return known if known is not None and known.owner == owner and known.claimed_until > self._clock() else None
