# SPDX-License-Identifier: Apache-2.0
"""
A second proof that a call is of the account's own Zendesk, where the configuration asks for one: the token that its
sealed metadata holds is still good there.

Whoever has stolen a metadata can call with it only for as long as the account exists in Zendesk, and its token is good.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sealock_edge.sealing import OpenAccount
from sealock_edge.zendesk_api.api import ZendeskApi, ZendeskBusy, ZendeskRefused, ZendeskUnavailable
from sealock_edge.zendesk_api.pauses import token_name

PROVED_SECONDS: Final = 300.0
"""How long a proof counts before Zendesk is asked again."""
KEPT_SECONDS: Final = 3_600.0
"""How long the last proof counts while Zendesk cannot be asked."""
AGAIN_SECONDS: Final = 30.0
"""How long Zendesk is not asked again after it could not be asked."""
REFUSED_SECONDS: Final = 60.0
"""How long a refusal counts before Zendesk is asked again."""
MOST: Final = 10_000
"""How many accounts are remembered; beyond that the one goes that called longest ago, and is asked for again."""


class NotProved(Exception):
    """The account's Zendesk does not accept its token, or it has none."""


class ProofUnavailable(Exception):
    """Zendesk could not be asked, and has not vouched for the account lately. In `retry_after` whole seconds it may."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("Zendesk could not be asked")
        self.retry_after = retry_after


@dataclass(slots=True)
class _Known:
    proved_at: float | None = None
    ask_at: float = 0.0
    """When Zendesk is asked again."""
    refused: bool = False
    asking: asyncio.Task[None] | None = None


class Legitimacy:
    """Asks the account's Zendesk, once for all of its calls in some minutes, and for calls at the same time."""

    def __init__(self, api: ZendeskApi, clock: Callable[[], float]) -> None:
        """`clock` is monotonic, in seconds."""
        self._api = api
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()

    async def check(self, account: OpenAccount, request_id: str) -> None:
        """Raises `NotProved` and `ProofUnavailable`."""
        known = self._of(account)
        if self._clock() >= known.ask_at:
            if known.asking is None:
                known.asking = asyncio.create_task(self._ask(known, account, request_id))
            # Who hangs up does not take the answer from those who wait with it.
            await asyncio.shield(known.asking)
        if known.refused:
            raise NotProved
        if known.proved_at is None or self._clock() - known.proved_at >= KEPT_SECONDS:
            raise ProofUnavailable(max(1, round(known.ask_at - self._clock())))

    async def _ask(self, known: _Known, account: OpenAccount, request_id: str) -> None:
        pause = AGAIN_SECONDS
        try:
            await self._api.validate(account, request_id=request_id)
        except ZendeskRefused:
            known.refused, known.proved_at, pause = True, None, REFUSED_SECONDS
        except ZendeskBusy as busy:
            pause = max(AGAIN_SECONDS, busy.retry_after)
        except ZendeskUnavailable:
            pass
        else:
            known.refused, known.proved_at, pause = False, self._clock(), PROVED_SECONDS
        finally:
            known.ask_at, known.asking = self._clock() + pause, None

    def _of(self, account: OpenAccount) -> _Known:
        name = token_name(account)
        known = self._known.setdefault(name, _Known())
        self._known.move_to_end(name)
        if len(self._known) > MOST:
            self._known.popitem(last=False)
        return known
