# SPDX-License-Identifier: Apache-2.0
"""
The accounts whose pulls fail: since when, why, and what can be done, for the dashboard and the log.

It is a memory of this process and no record. What is kept of an account is its random id, and nothing of what is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from sealock_edge.outcomes import Outcome
from sealock_edge.pages import filled
from sealock_edge.telemetry import Journal

MOST: Final = 1_000
"""How many are remembered; beyond that the one that failed longest ago goes."""
SAID_AGAIN: Final = timedelta(hours=1)
FORGOTTEN: Final = timedelta(hours=1)
"""An account that was not heard of for so long is answered by another process, or was deleted."""


@dataclass(slots=True)
class AccountInTrouble:
    """An account with which something is not well, since when, and when it was heard of last."""

    account_id: str
    since: datetime
    last: datetime
    why: str
    """
    A sentence for people, in English: what is so, and who can do what; `{origin}` in it is what people call the origin.
    """

    @property
    def short_id(self) -> str:
        """So much of its id as tells it from others, and opens nothing."""
        return self.account_id[:8]


Troubled = TypeVar("Troubled", bound=AccountInTrouble)


class AccountsInTrouble(Generic[Troubled]):
    """Those that this process heard of lately, at most `MOST`."""

    def __init__(self, now: Callable[[], datetime], forgotten: timedelta) -> None:
        """An account that was not heard of for so long is forgotten."""
        self._now = now
        self._forgotten = forgotten
        self._accounts: dict[tuple[str, str], Troubled] = {}
        """By integration and account, the one that was heard of longest ago first."""

    def take(self, integration: str, account_id: str) -> Troubled | None:
        """Take an account out, if it is there."""
        return self._accounts.pop((integration, account_id), None)

    def put(self, integration: str, account: Troubled) -> None:
        """Put one in that is not there; of too many the one that was heard of longest ago goes."""
        self._accounts[integration, account.account_id] = account
        if len(self._accounts) > MOST:
            del self._accounts[next(iter(self._accounts))]

    def of(self, integration: str) -> Sequence[Troubled]:
        """Those of an integration, the one that has been so longest first."""
        heard_of = self._now() - self._forgotten
        for key in [key for key, each in self._accounts.items() if each.last < heard_of]:
            del self._accounts[key]
        found = [each for (path, _), each in self._accounts.items() if path == integration]
        return sorted(found, key=lambda each: each.since)


@dataclass(slots=True)
class FailingAccount(AccountInTrouble):
    """An account whose last pull failed here."""

    outcome: Outcome
    cause: str
    told_at: datetime


class FailingAccounts:
    """Takes note of how each pull ended."""

    def __init__(self, clock: Callable[[], datetime], journal: Journal, why: Callable[[Outcome, str], str]) -> None:
        """
        The journal gets a line when an account begins to fail, then each hour, and when it is well again. `why` gives
        the sentence for how a pull ended and its cause.
        """
        self._why = why
        self._clock = clock
        self._journal = journal
        self._accounts: AccountsInTrouble[FailingAccount] = AccountsInTrouble(clock, FORGOTTEN)

    def pulled(self, integration: str, account_id: str, outcome: Outcome, cause: str, *, origin: str) -> None:
        """A pull of the account ended so; `origin` is what people call the origin."""
        if outcome is Outcome.OK:
            if (well := self._accounts.take(integration, account_id)) is not None:
                self._journal.account_well(integration=integration, account_id=account_id, since=well.since)
            return
        if outcome is Outcome.CLIENT_LEFT:
            return
        now = self._clock()
        known = self._accounts.take(integration, account_id)
        if known is None or (known.outcome, known.cause) != (outcome, cause) or now - known.told_at >= SAID_AGAIN:
            since = known.since if known is not None else now
            known = FailingAccount(account_id, since, now, self._why(outcome, cause), outcome, cause, now)
            self._journal.account_failing(
                integration=integration,
                account_id=account_id,
                since=known.since,
                outcome=outcome,
                cause=cause,
                why=filled(known.why, origin=origin),
            )
        known.last = now
        self._accounts.put(integration, known)

    def of(self, integration: str) -> Sequence[FailingAccount]:
        """Those of an integration, the one that has failed longest first."""
        return self._accounts.of(integration)
