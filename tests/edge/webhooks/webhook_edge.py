# SPDX-License-Identifier: Apache-2.0
"""An edge whose connector takes webhooks, its store, and raw connections to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sealock.connector.v1.describe_pb2 import Capability
from sealock.connector.v1.webhook_pb2 import (
    HttpHeader,
    ReceiveWebhookRequest,
    ReceiveWebhookResponse,
    WebhookDelivery,
)
from sealock_edge.store import MemoryStore, Store, StoreAway
from tests.edge.edge_under_test import EdgeUnderTest, MovedClock, add_key, build, settings, under_test
from tests.edge.scripted_connector import ALL_CAPABILITIES, ScriptedConnector, described

CAPABLE = described()
WITHOUT_WEBHOOKS = described(capabilities=[each for each in ALL_CAPABILITIES if each != Capability.CAPABILITY_WEBHOOK])


def answer(
    status: int = 200,
    body: bytes = b"ok",
    headers: Sequence[tuple[str, str]] = (),
    deliveries: Mapping[str, Sequence[bytes]] | None = None,
) -> ReceiveWebhookResponse:
    """What a connector says of a webhook."""
    return ReceiveWebhookResponse(
        status=status,
        body=body,
        headers=[HttpHeader(name=name, value=value) for name, value in headers],
        deliveries=[WebhookDelivery(origin_account_key=key, hints=hints) for key, hints in (deliveries or {}).items()],
    )


@dataclass
class AwayAtTimes:
    """A store that can be sent away, and counts what is asked of it."""

    store: Store
    is_away: bool = False
    asked: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.store, name)
        if name in ("open", "close"):
            return method

        async def call(*given: Any, **named: Any) -> Any:
            self.asked.append(name)
            if self.is_away:
                raise StoreAway
            return await method(*given, **named)

        return call


@dataclass
class WebhookEdge:
    """The edge, its connector, and what it keeps."""

    edge: EdgeUnderTest
    connector: ScriptedConnector
    store: AwayAtTimes

    @property
    def received(self) -> list[ReceiveWebhookRequest]:
        return [call.request for call in self.connector.seen("ReceiveWebhook")]

    def says(self, *answers: Any) -> None:
        self.connector.script("ReceiveWebhook", *answers)

    async def webhook(self, deliveries: Mapping[str, Sequence[bytes]] | None = None, *, status: int = 200) -> None:
        """An origin tells of these accounts."""
        self.says(answer(deliveries=deliveries))
        result = await self.edge.client.simulate_post("/guestbook/webhook", body=b"{}")
        assert result.status_code == status, result.text


@asynccontextmanager
async def webhook_edge(
    connector: ScriptedConnector, folder: Path, clock: MovedClock, *, zendesk: str = "", **changes: Any
) -> AsyncIterator[WebhookEdge]:
    """`changes` are settings of the edge, `zendesk` is where the local Zendesk is; without one nothing is pushed."""
    connector.script("Describe", CAPABLE)
    keys = folder / "webhook-keys"
    add_key(keys, clock)
    store = AwayAtTimes(MemoryStore(lambda: clock().timestamp(), 86_400))
    tables = settings(connector.target, **changes)
    if zendesk:
        tables["zendesk"] = {"development_origins": [zendesk]}
    else:
        del tables["integrations"]["guestbook"]["push_client_id"]
    built, ring, log = build(tables, keys, clock, store=store)
    handle = under_test(built, ring, keys, clock, log)
    async with handle.client:
        await handle.get("manifest.json")
        yield WebhookEdge(handle, connector, store)


async def exchange(url: str, *parts: bytes, pause: float = 0) -> bytes:
    """Send these bytes on a connection of their own, and all that comes back until it ends."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        async with asyncio.timeout(30):
            return await reader.read()
    finally:
        writer.close()
