# SPDX-License-Identifier: Apache-2.0
"""Hints: what a webhook told, in the connector's own bytes, sealed for as long as it waits for a pull."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from sealock_edge.calls import Integration
from sealock_edge.sealing import Purpose, Sealer
from sealock_edge.store import Hint, Store, hint_id, watched_name

TOLD_AT_ONCE: Final = 16
"""Of the origin accounts that one webhook tells of."""


class Hints:
    """Seals hints, and opens them again. One belongs to an integration, and opens for no other."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def seal(self, hint: bytes, integration_id: str) -> Hint:
        """The hint as a store keeps it."""
        sealed = self._sealer.seal(hint, purpose=Purpose.HINT, owner=(integration_id,))
        return Hint(hint_id(integration_id, hint), sealed)

    def open(self, hint: Hint, integration_id: str) -> bytes:
        """The connector's bytes. Raises `Unsealable`: it was not sealed for this integration, or its key is gone."""
        return self._sealer.open(hint.sealed, purpose=Purpose.HINT, owner=(integration_id,)).plain


async def tell(
    store: Store, hints: Hints, integration: Integration, deliveries: Mapping[str, Sequence[bytes]]
) -> tuple[str, ...]:
    """
    Keep what a webhook told, by origin account key: when this returns, it is safe. The accounts that watch, by name.

    Raises `StoreAway`: not all of it is kept, so the origin has to send it again, which is harmless.
    """
    metrics = integration.metrics
    accounts: dict[str, None] = {}
    every = list(deliveries.items())
    for start in range(0, len(every), TOLD_AT_ONCE):
        some = every[start : start + TOLD_AT_ONCE]
        sealed = [(key, [hints.seal(each, integration.id) for each in told]) for key, told in some]
        found = await asyncio.gather(
            *(store.tell(watched_name(integration.id, key), told) for key, told in sealed), return_exceptions=True
        )
        for (_, told), answer in zip(sealed, found, strict=True):
            if isinstance(answer, BaseException):
                raise answer
            metrics.hints("came", len(told))
            metrics.hints("dropped", answer.dropped)
            metrics.webhook_told(watched=bool(answer.accounts))
            accounts.update(dict.fromkeys(answer.accounts))
    return tuple(accounts)
