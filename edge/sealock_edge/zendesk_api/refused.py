# SPDX-License-Identifier: Apache-2.0
"""
The accounts whose pushes Zendesk refuses: since when and why, for the dashboard.

It is a memory of this process and no record. What is kept of an account is its random id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sealock_edge.zendesk_api.api import Refusal

MOST: Final = 1_000
"""How many are remembered; beyond that the one that was refused longest ago goes."""
FORGOTTEN: Final = timedelta(hours=3)
"""An account that was not refused again for so long is pushed for by another process, or has nothing to push."""
WHY: Final = {
    Refusal.TOKEN: "Zendesk no longer accepts this account's token. An administrator has to save the account again in "
    "Zendesk.",
    Refusal.FORBIDDEN: "Zendesk does not let this account push: it has to be active there, and the integration's push "
    "client has to be approved.",
}
"""What people read, in English."""
OTHERWISE: Final = "Zendesk refuses this account's pushes. Whoever runs this integration finds in its log why."
SENTENCES: Final = (*WHY.values(), OTHERWISE)
"""All of them, for those who translate."""


@dataclass(slots=True)
class RefusedAccount:
    """An account whose last push was refused."""

    account_id: str
    since: datetime
    last: datetime
    why: str

    @property
    def short_id(self) -> str:
        """So much of its id as tells it from others, and opens nothing."""
        return self.account_id[:8]


class RefusedAccounts:
    """Takes note of how pushes end."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._accounts: dict[tuple[str, str], RefusedAccount] = {}
        """By integration and account, the one that was refused longest ago first."""

    def refused(self, integration: str, account_id: str, refusal: Refusal) -> None:
        """A push of the account was refused, or not made because an earlier one was."""
        now, why = self._now(), WHY.get(refusal, OTHERWISE)
        known = self._accounts.pop((integration, account_id), None)
        if known is None or (refusal is not Refusal.EARLIER and known.why != why):
            known = RefusedAccount(account_id, now, now, why)
        known.last = now
        self._accounts[integration, account_id] = known
        if len(self._accounts) > MOST:
            del self._accounts[next(iter(self._accounts))]

    def pushed(self, integration: str, account_id: str) -> None:
        """A push of the account was taken."""
        self._accounts.pop((integration, account_id), None)

    def of(self, integration: str) -> Sequence[RefusedAccount]:
        """Those of an integration, the one that has been refused longest first."""
        heard_of = self._now() - FORGOTTEN
        for key in [key for key, each in self._accounts.items() if each.last < heard_of]:
            del self._accounts[key]
        found = [each for (path, _), each in self._accounts.items() if path == integration]
        return sorted(found, key=lambda each: each.since)
