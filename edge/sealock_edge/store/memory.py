# SPDX-License-Identifier: Apache-2.0
"""A store of one process: nobody else sees it, and it ends with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sealock_edge.store.store import (
    HINT_SECONDS,
    MOST_ACCOUNTS,
    MOST_UNWATCHED,
    WATCH_SECONDS,
    Claim,
    Hint,
    Told,
)
from sealock_edge.store.waiting import WaitingHints


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
    waiting: WaitingHints = field(default_factory=WaitingHints)
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
        self._unwatched: dict[str, WaitingHints] = {}
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
            unwatched = self._unwatched.pop(watched, None) or WaitingHints()
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
