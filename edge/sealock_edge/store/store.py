# SPDX-License-Identifier: Apache-2.0
"""
What the processes of all edges know together of accounts that are called for: the latest, and no record.

An edge that is told by an origin's webhook has to know which accounts watch that origin account, and how Zendesk keeps
them. Each pull teaches it. All that is lost comes again with the next pull, but for hints: they wait here until Zendesk
is seen to have the answer that carried what they led to.

Accounts and what they watch stand under names that tell nobody anything, and all else is sealed: who reads a store
reads nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

MOST_HINTS: Final = 1000
"""So many hints wait for one account, or for one origin account that nobody watches yet; beyond that the oldest go."""
MOST_OFFERED: Final = 100
"""So many of them one pull is given: as many as the contract takes."""
MOST_UNWATCHED: Final = 1000
"""For so many origin accounts that nobody watches hints wait; beyond that those go that came longest ago."""
MOST_ACCOUNTS: Final = 100_000
"""So many accounts a store on one machine knows; beyond that the one goes that was seen longest ago."""
HINT_SECONDS: Final = 86_400.0
"""How long a hint waits for a pull that reads it, and how long after its last pull an account is given hints."""
WATCH_SECONDS: Final = 900.0
"""How long after its last pull an account is one to pull for at once: some of Zendesk's intervals."""


class StoreAway(Exception):
    """The store did not do what it was asked, or did not say so in time. What was asked may be asked again."""


class Hint(NamedTuple):
    """
    What a webhook told for the next pulls.

    `id` names it: the same one twice is one. `sealed` is what it is, sealed anew each time that it is told: by it the
    store knows a hint that was told again from the one that a pull has just read.
    """

    id: str
    sealed: str


class Told(NamedTuple):
    """
    Whom a webhook concerned: `accounts` that Zendesk called for within `WATCH_SECONDS`, so that a pull for them is
    worth it, and how many older hints were `dropped` for its own.
    """

    accounts: tuple[str, ...]
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """An account of which one process pulls, while no other does."""

    metadata: str = field(repr=False)
    """As Zendesk keeps it, sealed."""
    state: str = field(repr=False)
    """Where to go on, sealed: the state of the last page that was pushed, or else the one that Zendesk sent last."""
    hints: tuple[Hint, ...]
    """Those that wait, as `Store.pulled` gives them."""
    tells: int
    """How often a webhook told of the account so far."""


class Store(Protocol):
    """
    Accounts by name: how Zendesk keeps them, what they watch, and which hints wait for them.

    Every method is one step that happens whole or not at all, whoever else does what meanwhile, and may be repeated
    when its answer was lost. Each raises `StoreAway`.
    """

    async def open(self) -> None:
        """Get ready. A store that is away does not hold this up."""
        ...

    async def close(self) -> None:
        """Give up what is held open."""
        ...

    async def note(self, account: str, metadata: str) -> None:
        """Remember how Zendesk keeps the account, for as long as links to files lead anywhere."""
        ...

    async def find(self, account: str) -> str | None:
        """The metadata that was noted last, by any method; None if there is none, or only one from too long ago."""
        ...

    async def pulled(self, account: str, metadata: str, state: str) -> tuple[Hint, ...]:
        """
        Zendesk called for the account with these: the hints for this pull, oldest first, at most `MOST_OFFERED`.

        Zendesk has the answer that ended in this state, so the hints that were read for it are gone. Where more wait
        than one pull is given, each begins after the last one that was given, so that all have their turn.
        """
        ...

    async def answered(
        self, account: str, called_with: str, *, watched: str, metadata: str, state: str, read: Sequence[Hint]
    ) -> int:
        """
        Zendesk, which called with the metadata `called_with`, is about to be answered so.

        The hints that were `read` go when Zendesk calls with this state, but for those that were told again since they
        were given. The account watches `watched` and nothing else, or nothing if that is empty; if it did not before,
        it gets the hints that came while nobody did. An answer to a call with metadata that is not the last (the
        account was edited) changes neither this nor the metadata, and one for an account that is not known (it was
        forgotten) changes nothing. Returns how many hints were dropped because more than `MOST_HINTS` waited.
        """
        ...

    async def tell(self, watched: str, hints: Sequence[Hint]) -> Told:
        """
        A webhook told of this origin account: the hints are safe, for each account that watches it.

        An account that Zendesk does not call for any more is given them for `HINT_SECONDS`. Without any account that
        watches they wait for those that do first, `HINT_SECONDS` at most, and for `MOST_UNWATCHED` origin accounts.
        """
        ...

    async def claim(self, account: str, owner: str, seconds: float) -> Claim | None:
        """
        Let `owner` alone pull of its own accord for so long; None while another does, or for an account not known.

        The same owner claims again what it has, for longer.
        """
        ...

    async def pushed(self, account: str, owner: str, *, state: str, read: Sequence[Hint]) -> bool:
        """
        Zendesk took all that a pull of `owner` brought, up to this state: its hints are gone, the next goes on here.

        Those that were told again since they were given stay. The next goes on here until Zendesk calls with another
        state than before. False, and nothing is changed, if the claim ended or is another's by now.
        """
        ...

    async def release(self, account: str, owner: str, tells: int) -> bool:
        """
        End the claim of `owner`, unless a webhook told of the account since it told `tells` times: then it goes on.

        True if it ended, also where it had ended already.
        """
        ...

    async def pause(self, what: str, seconds: float) -> None:
        """Let nobody call for this for so long; a longer pause stays."""
        ...

    async def paused(self, what: str) -> float:
        """How many seconds of a pause are left; 0 without one."""
        ...

    async def forget(self, account: str) -> None:
        """Know nothing of the account any more, its hints included."""
        ...


class Noted(Protocol):
    """Is told how each call of a store went."""

    def __call__(self, problem: str) -> None:
        """`problem` is empty if it went well, and else what failed, in a word."""
        ...


def unnoted(problem: str) -> None:
    """Nobody is told."""
