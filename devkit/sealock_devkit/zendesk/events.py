# SPDX-License-Identifier: Apache-2.0
"""Tells the service what happened, in batches (protocol: event callbacks)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

from sealock_devkit.zendesk.context import Context
from sealock_devkit.zendesk.limits import Finding, Findings, check_status
from sealock_devkit.zendesk.service_calls import Call, CallFailed, ServiceCalls
from sealock_devkit.zendesk.store import EventRecord, Integration

A_DAY = 86_400.0


class EventOutbox:
    """Collects events and sends them when the window is over. Nothing is repeated when a call fails."""

    def __init__(self, context: Context, calls: ServiceCalls) -> None:
        self._context = context
        self._calls = calls
        self._sending = asyncio.Lock()

    def add(self, integration: Integration, type_id: str, data: dict[str, Any], *, error: str = "") -> None:
        """Put an event into the outbox. A part of the caller's transaction."""
        event: dict[str, Any] = {
            "type_id": type_id,
            "timestamp": self._context.now(),
            "subdomain": self._context.settings.subdomain,
            "integration_name": integration.manifest.name,
            "integration_id": integration.manifest.id,
            "data": data,
        }
        if error:
            event["error"] = error
        wanted = "event_callback_url" in integration.manifest.urls
        status = "waiting" if wanted else "unwanted"
        keep = self._context.settings.calls_kept
        self._context.store.events.add(integration.id, event, status=status, now=self._context.now(), keep=keep)
        self._context.changes.announce()

    async def run(self) -> None:
        """Send what comes, until cancelled."""
        store = self._context.store
        while True:
            if await self._context.changes.wait_until(lambda: store.events.waiting_count() > 0, A_DAY):
                await asyncio.sleep(self._context.settings.event_window_seconds)
                await self.flush()

    async def flush(self) -> None:
        """Send everything that waits, now."""
        async with self._sending:
            numbers = self._context.store.events.waiting_integrations()
            await asyncio.gather(*(self._send_all(number) for number in numbers))

    async def _send_all(self, integration_id: int) -> None:
        store = self._context.store
        integration = store.integrations.get(integration_id)
        while batch := store.events.waiting(integration_id, max(1, self._context.settings.event_batch)):
            status = await self._send(integration, batch)
            store.events.settle(batch, status)
            self._context.changes.announce()

    async def _send(self, integration: Integration, batch: list[EventRecord]) -> str:
        url = integration.manifest.urls.get("event_callback_url")
        if url is None:
            return "unwanted"
        call = Call(
            kind="event_callback",
            url=url,
            json={"events": [json.loads(event.body) for event in batch]},
            sent=tuple(("type_id", event.type_id) for event in batch),
            timeout=self._context.settings.event_timeout_seconds,
            integration_id=integration.id,
        )
        try:
            answer = await self._calls.send(call)
        except CallFailed as failure:
            problem = failure.problem
            self._record(integration, failure.findings, failure.call_id)
        else:
            if 200 <= answer.status < 300:
                return "delivered"
            problem, findings = f"HTTP {answer.status}", Findings()
            check_status(answer.status, "a status of 2xx", findings)
            self._record(integration, findings, answer.call_id)
        self._context.console.warn(f"{len(batch)} events for {integration.manifest.name} not delivered: {problem}")
        return "failed"

    def _record(self, integration: Integration, findings: Iterable[Finding], call_id: int) -> None:
        self._context.record("event_callback", findings, integration_id=integration.id, call_id=call_id)
