# SPDX-License-Identifier: Apache-2.0
"""`POST /{integration}/event_callback?token=...`: Zendesk tells what happened, several events at once."""

from __future__ import annotations

import asyncio
from collections import Counter

import orjson
from falcon.asgi import Request, Response

from sealock.connector.v1.describe_pb2 import Capability
from sealock.connector.v1.event_pb2 import HandleEventRequest
from sealock_edge.calls import Call, Integration
from sealock_edge.connectors import ConnectorError
from sealock_edge.middleware import LARGEST_BODY, BodyRule
from sealock_edge.outcomes import Endpoint
from sealock_edge.sealing import Accounts, EventTokens, OpenAccount, Unsealable
from sealock_edge.telemetry import Journal
from sealock_edge.zendesk import BadEvent, BadForm, Event, OtherZendesk, ZendeskHosts, ZendeskNotNamed, read_events
from sealock_edge.zendesk.requests import FormField, FormSpec, read_form

AT_ONCE = 8
"""How many events of one request are passed on at the same time."""

_QUERY = FormSpec(FormField("token", 511))


class EventCallback:
    """
    Handles each event on its own; a bad one never fails the others. Always 200 if the envelope can be read.

    An event is believed if it carries an account that opens and is of the Zendesk account that the event names, or,
    when it carries no account, if the URL has the token of our manifest and the Zendesk account may use the edge.
    """

    endpoint = Endpoint.EVENT_CALLBACK
    body = BodyRule("application/json", LARGEST_BODY)

    def __init__(self, accounts: Accounts, tokens: EventTokens, hosts: ZendeskHosts, journal: Journal) -> None:
        self._accounts = accounts
        self._tokens = tokens
        self._hosts = hosts
        self._journal = journal

    async def on_post(self, req: Request, resp: Response, integration: Integration) -> None:
        """Protocol: event callbacks."""
        call: Call = req.context.call
        events = read_events(call.body)
        ours = self._has_token(req, integration)
        turns = asyncio.Semaphore(AT_ONCE)

        async def handled(event: Event | BadEvent) -> str:
            async with turns:
                return await self._handle(event, call, integration, ours=ours)

        outcomes = Counter(await asyncio.gather(*(handled(event) for event in events)))
        resp.content_type = "application/json"
        resp.data = orjson.dumps({"events": len(events), **outcomes})

    def _has_token(self, req: Request, integration: Integration) -> bool:
        try:
            token = read_form(req.query_string.encode("latin-1", "replace"), _QUERY).get("token", "")
        except BadForm:
            return False
        return self._tokens.is_ours(str(token), integration.id)

    async def _handle(self, event: Event | BadEvent, call: Call, integration: Integration, *, ours: bool) -> str:
        account: OpenAccount | None = None
        if isinstance(event, BadEvent):
            outcome = "malformed"
            kind = event.type_id
        else:
            kind = event.event.type_id if event.event.WhichOneof("kind") else "unknown"
            try:
                account = self._believed(event, integration, ours=ours)
            except Unsealable:
                outcome = "refused"
            except OtherZendesk:
                outcome = "other_zendesk"
            except ZendeskNotNamed:
                outcome = "zendesk_not_named"
            else:
                outcome = await _passed_on(event, account, call, integration)
        integration.metrics.zendesk_event(outcome)
        self._journal.zendesk_event(
            request_id=call.request_id,
            integration=integration.config.path,
            kind=kind,
            account_id=account.account_id if account is not None else "",
            outcome=outcome,
        )
        return outcome

    def _believed(self, event: Event, integration: Integration, *, ours: bool) -> OpenAccount | None:
        """The event's account, if it has one. Raises `Unsealable`, `ZendeskNotNamed`, `OtherZendesk`."""
        if not event.metadata:
            if not ours:
                raise Unsealable
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
