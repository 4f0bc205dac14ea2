# SPDX-License-Identifier: Apache-2.0
"""`ZendeskApi` as it is: over HTTPS, within what Zendesk asks for, with what becomes of each call counted."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from sealock_edge.sealing import OpenAccount
from sealock_edge.store import Store
from sealock_edge.zendesk.rest import (
    ApiCall,
    check_nothing_wrong,
    push_body,
    read_results,
    report_body,
    validate_body,
)
from sealock_edge.zendesk_api.api import PushResult, Refusal, ZendeskBusy, ZendeskRefused, ZendeskUnavailable
from sealock_edge.zendesk_api.calling import Caller, NotTaken
from sealock_edge.zendesk_api.pauses import Pauses
from sealock_edge.zendesk_api.pushing import Push
from sealock_edge.zendesk_api.telling import Telling

Said = TypeVar("Said")

PUSH_SECONDS: Final = 30.0
"""In how long a push has to be over."""
SECONDS: Final = 10.0
"""In how long any other call has to be."""
_REMEMBERED: Final = frozenset({Refusal.TOKEN, Refusal.FORBIDDEN, Refusal.NOT_FOUND, Refusal.LED_AWAY})


@dataclass(frozen=True, slots=True)
class _Asked:
    """A call, whose it is, and until when, on the event loop's clock."""

    call: ApiCall
    account: OpenAccount
    request_id: str
    until: float


def _until(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


class ZendeskClient:
    """See `ZendeskApi`."""

    def __init__(
        self, caller: Caller, store: Store, telling: Telling, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` is monotonic, in seconds: it tells how long pauses last."""
        self._caller = caller
        self._pauses = Pauses(store, clock)
        self._telling = telling

    async def may_push(self, account: OpenAccount) -> Refusal | None:
        """See `ZendeskApi`."""
        if not account.record.zendesk_access_token or not account.record.instance_push_id:
            return Refusal.NO_TOKEN
        refusal = await self._pauses.refused(account)
        if refusal is not None:
            self._telling.not_pushed_for(account, refusal)
        return refusal

    async def push(
        self, account: OpenAccount, resources: Sequence[Mapping[str, Any]], *, request_id: str
    ) -> PushResult:
        """See `ZendeskApi`."""
        if (refusal := await self.may_push(account)) is not None:
            raise ZendeskRefused(refusal)
        push, asked = Push(resources), _Asked(ApiCall.PUSH, account, request_id, _until(PUSH_SECONDS))
        for number in itertools.count(1):
            if not (batch := push.batch()):
                break
            own_id = request_id if number == 1 else f"{request_id[:56]}-{number}"
            body = push_body(account.record.instance_push_id, own_id, batch)
            try:
                results = await self._call(asked, body, partial(read_results, sent=push.sent))
            except NotTaken:
                push.not_taken()
            else:
                push.settle(results)
        result = push.result()
        self._telling.pushed(account, result, request_id)
        return result

    async def validate(self, account: OpenAccount, *, request_id: str) -> None:
        """See `ZendeskApi`."""
        await self._told(
            ApiCall.VALIDATE, account, request_id, validate_body(account.record.instance_push_id, request_id)
        )

    async def report_error(self, account: OpenAccount, *, external_id: str, description: str, request_id: str) -> None:
        """See `ZendeskApi`."""
        body = report_body(account.record.instance_push_id, request_id, external_id, description)
        await self._told(ApiCall.REPORT, account, request_id, body)

    async def close(self) -> None:
        """See `ZendeskApi`."""
        await self._caller.close()

    async def _told(self, call: ApiCall, account: OpenAccount, request_id: str, body: bytes) -> None:
        try:
            await self._call(_Asked(call, account, request_id, _until(SECONDS)), body, check_nothing_wrong)
        except NotTaken:
            raise ZendeskRefused(Refusal.NOT_TAKEN) from None

    async def _call(self, asked: _Asked, body: bytes, read: Callable[[bytes], Said]) -> Said:
        call, account, request_id = asked.call, asked.account, asked.request_id
        if (left := await self._pauses.busy(account)) > 0:
            self._telling.called(call, account, "waiting")
            raise ZendeskBusy(left)
        began, outcome = time.monotonic(), "broken_off"
        try:
            said = await self._caller.call(account, call.path, body, read=read, until=asked.until)
            outcome = "ok"
            return said
        except ZendeskBusy as busy:
            outcome = "busy"
            if await self._pauses.note_busy(account, busy.retry_after):
                self._telling.busy(call, account, busy.retry_after, request_id)
            raise
        except ZendeskRefused as refused:
            outcome = refused.refusal
            if call is ApiCall.PUSH:
                self._telling.not_pushed_for(account, refused.refusal)
            if await self._is_news(call, account, refused.refusal):
                self._telling.refused(call, account, refused.refusal, request_id)
            raise
        except ZendeskUnavailable:
            outcome = "unavailable"
            raise
        except NotTaken:
            outcome = Refusal.NOT_TAKEN
            raise
        finally:
            self._telling.called(call, account, outcome, time.monotonic() - began)

    async def _is_news(self, call: ApiCall, account: OpenAccount, refusal: Refusal) -> bool:
        # What report_error does not find is a reply: the account may be pushed for all the same.
        if refusal not in _REMEMBERED or (call is ApiCall.REPORT and refusal is Refusal.NOT_FOUND):
            return False
        return await self._pauses.note_refused(account, refusal)
