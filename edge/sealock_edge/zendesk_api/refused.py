# SPDX-License-Identifier: Apache-2.0
"""
The accounts whose pushes Zendesk refuses: since when and why, for the dashboard.

It is a memory of this process and no record. What is kept of an account is its random id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sealock_edge.failing_accounts import AccountInTrouble, AccountsInTrouble
from sealock_edge.zendesk_api.api import Refusal

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


class RefusedAccounts:
    """Takes note of how pushes end."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._accounts: AccountsInTrouble[AccountInTrouble] = AccountsInTrouble(now, FORGOTTEN)

    def refused(self, integration: str, account_id: str, refusal: Refusal) -> None:
        """A push of the account was refused, or not made because an earlier one was."""
        now, why = self._now(), WHY.get(refusal, OTHERWISE)
        known = self._accounts.take(integration, account_id)
        if known is None or (refusal is not Refusal.EARLIER and known.why != why):
            known = AccountInTrouble(account_id, now, now, why)
        known.last = now
        self._accounts.put(integration, known)

    def pushed(self, integration: str, account_id: str) -> None:
        """A push of the account was taken."""
        self._accounts.take(integration, account_id)

    def of(self, integration: str) -> Sequence[AccountInTrouble]:
        """Those of an integration, the one that has been refused longest first."""
        return self._accounts.of(integration)
