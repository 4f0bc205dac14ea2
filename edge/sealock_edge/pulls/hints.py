# SPDX-License-Identifier: Apache-2.0
"""Hints: what a webhook told, in the connector's own bytes, sealed for as long as it waits for a pull."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sealock.connector.v1.describe_pb2 import Capability
from sealock_edge.calls import Integration
from sealock_edge.pulls.pulling import Pulled
from sealock_edge.sealing import Purpose, Sealer, Unsealable
from sealock_edge.store import Hint, Store, StoreAway, account_name, hint_id, watched_name

_WEBHOOK: Final = Capability.CAPABILITY_WEBHOOK
TOLD_AT_ONCE: Final = 16
"""Of the origin accounts that one webhook tells of."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The hints that a pull is given."""

    given: Mapping[bytes, Hint] = field(repr=False)
    """Each as the store gave it, by the connector's bytes, oldest first."""
    lost: tuple[Hint, ...] = ()
    """Those that do not open any more: their key is gone."""
    remembered: bool = True
    """Whether the store was told of the pull, and is to be told of its answer."""

    @property
    def hints(self) -> Sequence[bytes]:
        """What the connector is given."""
        return tuple(self.given)

    def read_by(self, pulled: Pulled) -> tuple[Hint, ...]:
        """Which of them the pull has read, as the store gave them. Those that are lost are as good."""
        if not pulled.complete or not (self.given or self.lost):
            return ()
        unread = set(pulled.response.unread_hints)
        return (*(each for hint, each in self.given.items() if hint not in unread), *self.lost)


NOTHING: Final = Offer({}, remembered=False)


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

    def offer(self, hints: Iterable[Hint], integration: Integration) -> Offer:
        """What a pull is given of those that wait."""
        given: dict[bytes, Hint] = {}
        lost = []
        for each in hints:
            try:
                given[self.open(each, integration.id)] = each
            except Unsealable:
                lost.append(each)
        integration.metrics.hints("offered", len(given))
        integration.metrics.hints("lost", len(lost))
        return Offer(given, tuple(lost))


class ZendesksPulls:
    """What is remembered of the pulls that Zendesk makes, for connectors with webhooks alone."""

    def __init__(self, store: Store, hints: Hints) -> None:
        self._store = store
        self._hints = hints

    async def begun(self, integration: Integration, account_id: str, metadata: str, state: str) -> Offer:
        """
        Zendesk called with these: what the pull is given; `NOTHING` where nothing is remembered of it.

        A store that is away does not hold a pull up: the hints wait for the next one.
        """
        if not integration.connector.has(_WEBHOOK):
            return NOTHING
        try:
            waiting = await self._store.pulled(account_name(integration.id, account_id), metadata, state)
        except StoreAway:
            integration.metrics.pull_without_hints()
            return NOTHING
        return self._hints.offer(waiting, integration)

    async def ended(
        self,
        integration: Integration,
        account_id: str,
        called_with: str,
        *,
        watched: str,
        metadata: str,
        state: str,
        read: Sequence[Hint],
    ) -> None:
        """
        Zendesk, which called with the metadata `called_with`, is about to be answered so; `watched` is the connector's
        name for the origin account.
        """
        integration.metrics.hints("read", len(read))
        try:
            dropped = await self._store.answered(
                account_name(integration.id, account_id),
                called_with,
                watched=watched_name(integration.id, watched),
                metadata=metadata,
                state=state,
                read=read,
            )
        except StoreAway:
            # What was read is offered again, which is harmless.
            integration.metrics.pull_without_hints()
            return
        integration.metrics.hints("dropped", dropped)


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
