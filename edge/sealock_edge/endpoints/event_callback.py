# SPDX-License-Identifier: Apache-2.0
"""`POST /{integration}/event_callback?token=...`: Zendesk tells what happened, several events at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

import orjson
from falcon.asgi import Request, Response

from sealock.connector.v1.describe_pb2 import Capability
from sealock.connector.v1.event_pb2 import HandleEventRequest
from sealock_edge.calls import Call, Integration
from sealock_edge.connectors import ConnectorError
from sealock_edge.middleware import LARGEST_BODY, BodyRule
from sealock_edge.outcomes import Endpoint
from sealock_edge.problems import TooManyEvents
from sealock_edge.sealing import Accounts, EventTokens, OpenAccount, Unsealable
from sealock_edge.store import Store, StoreAway, account_name
from sealock_edge.telemetry import Journal
from sealock_edge.zendesk import (
    BadEvent,
    BadForm,
    Event,
    Events,
    OtherZendesk,
    ZendeskHosts,
    ZendeskNotNamed,
    read_events,
)
from sealock_edge.zendesk.requests import FormField, FormSpec, read_form

AT_ONCE = 8
"""How many events this process passes on at the same time, of those with an account and of the others each."""

MOST_IN_HAND = 2000
"""How many of each it has in hand; more are for later."""

OF_A_REQUEST = 2 * AT_ONCE
"""How many of one request are read and wait for their turn."""

MOST_LINES = 20
"""How many lines of the log a request writes about its events."""

_ENDS_AN_ACCOUNT = frozenset({"destroy_integration_instance", "deactivate_integration_instance"})
_QUERY = FormSpec(FormField("token", 511))


class _Turns:
    def __init__(self) -> None:
        self.turn = asyncio.Semaphore(AT_ONCE)
        self._in_hand = 0

    @contextmanager
    def room_for(self, count: int) -> Iterator[None]:
        if self._in_hand + count > MOST_IN_HAND:
            raise TooManyEvents
        self._in_hand += count
        try:
            yield
        finally:
            self._in_hand -= count


class _Kind(NamedTuple):
    """What one line of the log says of all events of a request that are alike."""

    kind: str
    account_id: str
    outcome: str


class EventCallback:
    """
    Handles each event on its own; a bad one never fails the others. Always 200 if the envelope can be read.

    A request needs the token of our manifest, which the manifest shows to anybody. So what it may cost is bounded for
    all requests together, and events with an account, which only Zendesk can send, do not wait for the others.

    An event is believed if it carries an account that opens and is of the Zendesk account that the event names, or,
    when it carries no account, if the Zendesk account may use the edge.
    """

    endpoint = Endpoint.EVENT_CALLBACK
    body = BodyRule("application/json", LARGEST_BODY)

    def __init__(
        self, accounts: Accounts, tokens: EventTokens, hosts: ZendeskHosts, journal: Journal, store: Store
    ) -> None:
        self._accounts = accounts
        self._store = store
        self._tokens = tokens
        self._hosts = hosts
        self._journal = journal
        self._of_accounts, self._of_others = _Turns(), _Turns()

    async def on_post(self, req: Request, resp: Response, integration: Integration) -> None:
        """Protocol: event callbacks. Raises `Unsealable` without the token, and `TooManyEvents`."""
        call: Call = req.context.call
        if not self._has_token(req, integration):
            raise Unsealable
        events = read_events(call.body)
        with_account = events.with_account()
        with self._of_accounts.room_for(with_account), self._of_others.room_for(len(events) - with_account):
            found = await self._handle_all(events, call, integration)
        outcomes: Counter[str] = Counter()
        for kind, count in found.items():
            outcomes[kind.outcome] += count
        for outcome, count in outcomes.items():
            integration.metrics.zendesk_events(outcome, count)
        for kind, count in found.most_common(MOST_LINES):
            self._journal.zendesk_events(
                request_id=call.request_id, integration=integration.config.path, count=count, **kind._asdict()
            )
        resp.content_type = "application/json"
        resp.data = orjson.dumps({"events": len(events), **outcomes})

    def _has_token(self, req: Request, integration: Integration) -> bool:
        try:
            token = read_form(req.query_string.encode("latin-1", "replace"), _QUERY).get("token", "")
        except BadForm:
            return False
        return self._tokens.is_ours(str(token), integration.id)

    async def _handle_all(self, events: Events, call: Call, integration: Integration) -> Counter[_Kind]:
        """How many came to what. Other calls have their turn after each of them."""
        found: Counter[_Kind] = Counter()
        left = iter(events)

        async def handle_the_next() -> None:
            for event in left:
                found[await self._handle(event, call, integration)] += 1
                await asyncio.sleep(0)

        await asyncio.gather(*(handle_the_next() for _ in range(min(len(events), OF_A_REQUEST))))
        return found

    async def _handle(self, event: Event | BadEvent, call: Call, integration: Integration) -> _Kind:
        if isinstance(event, BadEvent):
            return _Kind(event.type_id, "", "malformed")
        kind = event.event.type_id if event.event.WhichOneof("kind") else "unknown"
        try:
            account = self._believed(event, integration)
        except Unsealable:
            return _Kind(kind, "", "refused")
        except OtherZendesk:
            return _Kind(kind, "", "other_zendesk")
        except ZendeskNotNamed:
            return _Kind(kind, "", "zendesk_not_named")
        if account is None:
            async with self._of_others.turn:
                return _Kind(kind, "", await _passed_on(event, None, call, integration))
        async with self._of_accounts.turn:
            if kind in _ENDS_AN_ACCOUNT:
                # Where the store is away, it forgets the account by itself.
                with suppress(StoreAway):
                    await self._store.forget(account_name(integration.id, account.account_id))
            return _Kind(kind, account.account_id, await _passed_on(event, account, call, integration))

    def _believed(self, event: Event, integration: Integration) -> OpenAccount | None:
        """The event's account, if it has one. Raises `Unsealable`, `ZendeskNotNamed`, `OtherZendesk`."""
        if not event.metadata:
            self._hosts.check_named(event.event.subdomain)
            return None
        return self._accounts.open_metadata(event.metadata, integration.id, subdomain=event.event.subdomain)


async def _passed_on(event: Event, account: OpenAccount | None, call: Call, integration: Integration) -> str:
    request = HandleEventRequest(event=event.event)
    if account is not None:
        request.account_id = account.account_id
        request.account = account.record.connector_account
    try:
        description = await integration.connector.describe(call.request_id)
        if Capability.CAPABILITY_EVENTS not in description.capabilities:
            return "noted"
        await integration.connector.client.handle_event(request, call.budget, call.request_id)
    except ConnectorError:
        return "failed"
    return "passed_on"
