# SPDX-License-Identifier: Apache-2.0
"""What the edge asks of such a memory."""

from __future__ import annotations

from typing import Final, Protocol

MOST_ACCOUNTS: Final = 4096
"""How many accounts are remembered; beyond that the one that was noted longest ago goes. Each takes 5 kB at most."""


class RecentAccounts(Protocol):
    """
    Sealed metadata by integration and account.

    Both methods wait, so that a store outside this machine can be one. Neither raises: what cannot be kept or found is
    not there, and the next pull brings it again.
    """

    async def note(self, integration_id: str, account_id: str, metadata: str) -> None:
        """Remember the metadata for at least as long as a link that is made now leads anywhere."""
        ...

    async def find(self, integration_id: str, account_id: str) -> str | None:
        """The metadata that was noted last; None if there is none, or only one from too long ago."""
        ...
