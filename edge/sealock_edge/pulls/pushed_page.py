# SPDX-License-Identifier: Apache-2.0
"""One page of what is new in an account, pulled by the edge of its own accord and pushed to Zendesk."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sealock_edge.calls import Call, Integration
from sealock_edge.connectors import Budget, ConnectorError
from sealock_edge.outcomes import Endpoint, Outcome
from sealock_edge.pulls.hints import Hints
from sealock_edge.pulls.pulling import PullAnswers, Pulled, pulled
from sealock_edge.sealing import Accounts, OpenAccount, TooLarge, Unsealable
from sealock_edge.store import Claim, Store
from sealock_edge.zendesk import Sealed
from sealock_edge.zendesk.errors import FaultyAnswer, ZendeskNotNamed
from sealock_edge.zendesk_api import ZendeskApi, ZendeskBusy, ZendeskRefused, ZendeskUnavailable

PAUSE_SECONDS: Final = 60.0
"""How long an account is left alone whose origin asked for fewer calls and did not say for how long."""


class Nudged(StrEnum):
    """How a pull after a webhook ended, by the names of metrics and logs."""

    PUSHED = "pushed"
    """Zendesk has all of it."""
    NOTHING_NEW = "nothing_new"
    PARTLY = "partly"
    """Zendesk did not take all of it."""
    REFUSED = "refused"
    """The account cannot push, or not any more."""
    BUSY = "busy"
    """Its Zendesk wants no calls for now."""
    ZENDESK_UNAVAILABLE = "zendesk_unavailable"
    PAUSED = "paused"
    """The origin asked for fewer calls."""
    FAILED = "failed"
    """The connector did not answer, or said that the account is dead."""
    GONE = "gone"
    """The account does not open any more, or may not use the edge."""
    STORE_AWAY = "store_away"
    ELSEWHERE = "elsewhere"
    """Another process is at it, and goes on with what came meanwhile; or no edge knows the account."""
    TOO_MANY = "too_many"
    """It was not even begun: too many waited."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is pulled: an account by its name in the store, the owner of its claim, the claim, and the call for it."""

    account: str
    owner: str
    claim: Claim
    call: Call


class PushedPages:
    """
    Pulls pages by the same code as Zendesk's own pulls, and pushes them.

    A renewed account and replies that failed late are left to Zendesk's own next pull, which gets them again: a push
    has no place for them.
    """

    def __init__(
        self,
        store: Store,
        hints: Hints,
        accounts: Accounts,
        answers: PullAnswers,
        api: ZendeskApi,
        *,
        new_id: Callable[[], str],
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """A pull may take so many seconds. `clock` is monotonic, in seconds."""
        self._store = store
        self._hints = hints
        self._accounts = accounts
        self._answers = answers
        self._api = api
        self._new_id = new_id
        self._seconds = seconds
        self._clock = clock

    def new_call(self, integration: Integration) -> Call:
        """The call of one pull."""
        now = self._clock()
        budget = Budget(now + self._seconds, self._clock)
        return Call(self._new_id(), now, budget, integration=integration, endpoint=Endpoint.PULL)

    async def push(self, page: Page, integration: Integration) -> tuple[Nudged, bool]:
        """
        How the page ended, and whether another one is to follow. The call has the account and the count of resources.

        Raises `StoreAway`.
        """
        claim, call = page.claim, page.call
        try:
            account = self._accounts.open_metadata(claim.metadata, integration.id)
            state = self._accounts.open_state(claim.state, account)
        except (Unsealable, ZendeskNotNamed):
            return Nudged.GONE, False
        call.account_id, call.locale = account.account_id, account.record.locale
        if await self._api.may_push(account) is not None:
            return Nudged.REFUSED, False
        if await self._store.paused(_paused(page.account)) > 0:
            return Nudged.PAUSED, False
        offer = self._hints.offer(claim.hints, integration)
        try:
            found = await pulled(call, account, state.data, hints=offer.hints)
            sealed = self._accounts.renewed_state(account, claim.state, state, found.response.state)
            ended = await self._push(found, account, call, integration, state=sealed)
        except (ConnectorError, FaultyAnswer, TooLarge):
            return Nudged.FAILED, False
        if found.answered and ended in {Nudged.PUSHED, Nudged.NOTHING_NEW}:
            read = offer.read_by(found)
            await self._store.pushed(page.account, page.owner, state=sealed, read=read)
            integration.metrics.hints("read", len(read))
        if found.problem is not None:
            return await self._cut_short(page.account, found), False
        return ended, found.response.more and ended is Nudged.PUSHED

    async def _push(
        self, found: Pulled, account: OpenAccount, call: Call, integration: Integration, *, state: str
    ) -> Nudged:
        links = self._answers.file_link(account, integration)
        answer = await self._answers.of(found.response, integration, links, Sealed(state=state), locale=call.locale)
        call.resources = answer.answered
        if not answer.answered:
            return Nudged.NOTHING_NEW
        try:
            result = await self._api.push(account, answer.body["external_resources"], request_id=call.request_id)
        except ZendeskRefused:
            return Nudged.REFUSED
        except ZendeskBusy:
            return Nudged.BUSY
        except ZendeskUnavailable:
            return Nudged.ZENDESK_UNAVAILABLE
        return Nudged.PUSHED if result.complete else Nudged.PARTLY

    async def _cut_short(self, account: str, found: Pulled) -> Nudged:
        """What the origin's quota, or its failure, makes of it."""
        if found.problem is None or found.problem.outcome is not Outcome.ORIGIN_THROTTLED:
            return Nudged.FAILED
        await self._store.pause(_paused(account), found.retry_after or PAUSE_SECONDS)
        return Nudged.PAUSED


def _paused(account: str) -> str:
    """What a pause of an account's own pulls is called in the store."""
    return f"nudge:{account}"
