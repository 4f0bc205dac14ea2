# SPDX-License-Identifier: Apache-2.0
"""A Zendesk account's API by https on loopback, under its real name, that answers as a test says."""

from __future__ import annotations

import io
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import trustme
from prometheus_client import CollectorRegistry

from sealock.edge.v1.account_pb2 import Account
from sealock_edge.sealing import OpenAccount
from sealock_edge.store import MemoryStore, Store
from sealock_edge.telemetry import IntegrationMetrics, Journal, Metrics
from sealock_edge.zendesk import ZendeskHosts
from sealock_edge.zendesk_api import Caller, RefusedAccounts, Telling, Waits, ZendeskClient
from tests.connector.loopback_http import Answer, Request, Site, site
from tests.edge.zendesk_files import rerouted

INTEGRATION_ID = "org.example.guestbook"
PUSH = "/api/v2/any_channel/push"
VALIDATE = "/api/v2/any_channel/validate_token"
REPORT = "/api/v2/any_channel/channelback/report_error"
TOKEN = "canary-token"
WAITS = Waits(to_connect=5, for_answer=10, between_tries=0.001)


class Clock:
    """Monotonic seconds that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def account(subdomain: str = "example", **changes: Any) -> OpenAccount:
    fields = {"instance_push_id": "push-1", "zendesk_access_token": TOKEN, "account_id": "account-1", **changes}
    return OpenAccount(Account(subdomain=subdomain, **fields), INTEGRATION_ID, stale=False)


def resource(external_id: str, *, parent_id: str = "", **more: Any) -> dict[str, Any]:
    return {"external_id": external_id, "message": "Hello", **({"parent_id": parent_id} if parent_id else {}), **more}


def resources(count: int) -> list[dict[str, Any]]:
    return [resource(f"r{number}") for number in range(count)]


def told(codes: Iterable[tuple[str, str]]) -> Answer:
    """A push's answer with these codes by id."""
    results = [{"external_resource_id": each, "status": {"code": code}} for each, code in codes]
    return json_answer({"results": results})


def json_answer(body: Any, status: int = 200, **headers: str) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"content-type": "application/json", **headers})


Said = Answer | Awaitable[Answer]


@dataclass
class ScriptedZendesk:
    """What the account's host is asked, and what it answers: one of `answers` after the other, then `otherwise`."""

    answers: list[Answer | Callable[[Request], Said]] = field(default_factory=list)
    otherwise: Callable[[Request], Said] = lambda request: told((each, "success") for each in pushed_ids(request))
    here: Site = None  # type: ignore[assignment]
    elsewhere: Site = None  # type: ignore[assignment]

    def answer(self, request: Request) -> Said:
        answer = self.answers.pop(0) if self.answers else self.otherwise
        return answer(request) if callable(answer) else answer

    @property
    def requests(self) -> list[Request]:
        return self.here.requests

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.body) for request in self.requests]

    @property
    def pushes(self) -> list[list[str]]:
        """The ids of each push that came."""
        return [pushed_ids(request) for request in self.requests if request.target == PUSH]


def pushed_ids(request: Request) -> list[str]:
    return [each["external_id"] for each in json.loads(request.body).get("external_resources", [])]


@dataclass
class Place:
    """A client, the Zendesk that it reaches, and what it said of its calls."""

    zendesk: ScriptedZendesk
    client: ZendeskClient
    another: Callable[[], ZendeskClient]
    """Another process's client, with the same store."""
    clock: Clock
    log: io.BytesIO
    registry: CollectorRegistry
    refused: RefusedAccounts

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def metric(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, {"integration": "guestbook", **labels}) or 0.0


@asynccontextmanager
async def place(store: Store | None = None, *, waits: Waits = WAITS) -> AsyncIterator[Place]:
    authority = trustme.CA()
    serving, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("example.zendesk.com", "other.zendesk.com", "evil.example").configure_cert(serving)
    authority.configure_trust(trusting)
    zendesk, clock, log, registry = ScriptedZendesk(), Clock(), io.BytesIO(), CollectorRegistry()
    refused = RefusedAccounts(lambda: datetime.fromtimestamp(clock(), UTC))
    telling = Telling(
        {INTEGRATION_ID: IntegrationMetrics(Metrics(registry), "guestbook")},
        Journal(log, lambda: datetime.now(UTC)),
        refused,
    )
    known = store or MemoryStore(clock, 3600)
    addresses = {
        "example.zendesk.com": ["8.8.4.4"],
        "other.zendesk.com": ["8.8.4.4"],
        "stranger.zendesk.com": ["8.8.4.4"],
        "evil.example": ["8.8.8.8"],
        "inside.zendesk.com": ["10.0.0.8"],
        "metadata.zendesk.com": ["169.254.169.254"],
    }
    clients: list[ZendeskClient] = []

    def another() -> ZendeskClient:
        caller = Caller(
            ZendeskHosts(),
            lambda: datetime.now(UTC),
            tls=trusting,
            waits=waits,
            connections=lambda allows: rerouted(allows, addresses, ports),
        )
        clients.append(ZendeskClient(caller, known, telling, clock=clock))
        return clients[-1]

    async with (
        site(zendesk.answer, ssl=serving) as zendesk.here,
        site(lambda _: Answer(), ssl=serving) as zendesk.elsewhere,
    ):
        ports = {"8.8.4.4": zendesk.here.port, "8.8.8.8": zendesk.elsewhere.port}
        try:
            yield Place(zendesk, another(), another, clock, log, registry, refused)
        finally:
            for client in clients:
                await client.close()
