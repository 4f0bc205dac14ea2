# SPDX-License-Identifier: Apache-2.0
"""Tells the service what happened, in batches (protocol: event callbacks)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from random import Random
from typing import Any, TypeVar

from sealock_devkit.zendesk.context import A_DAY, Context
from sealock_devkit.zendesk.engine.faults import Fault, Faults
from sealock_devkit.zendesk.engine.service_calls import Call, CallFailed, ServiceCalls
from sealock_devkit.zendesk.judge import Finding, Findings, check_status
from sealock_devkit.zendesk.store import EventRecord, Integration

Item = TypeVar("Item")


def another_order(items: Sequence[Item], seed: str) -> list[Item]:
    """The items in an order that is not theirs, if there are two or more. No two of them may be equal."""
    random = Random(seed)  # noqa: S311 - it has to be repeatable
    mixed = list(items)
    while len(mixed) > 1 and mixed == list(items):
        random.shuffle(mixed)
    return mixed


KIND = "event_callback"
EVERYTHING = -1


class EventOutbox:
    """Collects events and sends them when the window is over."""

    def __init__(self, context: Context, calls: ServiceCalls, faults: Faults) -> None:
        self._context = context
        self._calls = calls
        self._faults = faults
        self._sending = asyncio.Lock()

    def add(
        self,
        integration: Integration,
        type_id: str,
        data: dict[str, Any],
        *,
        account_id: int | None = None,
        error: str = "",
    ) -> None:
        """
        Put an event into the outbox. A part of the caller's transaction.

        `account_id`: whose event it is, where it is one account's; the service is not told.
        """
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
        now, keep = self._context.now(), self._context.settings.calls_kept
        self._context.store.events.add(integration.id, account_id, event, status=status, now=now, keep=keep)
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
        while batch := store.events.waiting(integration_id, self._batch_size):
            fault = self._faults.take_order(KIND)
            if fault is None:
                await self._settle(integration, batch)
                continue
            await asyncio.sleep(fault.seconds)
            for each in self._reordered(integration_id, fault):
                await self._settle(integration, each, "reorder")

    @property
    def _batch_size(self) -> int:
        return max(1, self._context.settings.event_batch)

    def _reordered(self, integration_id: int, fault: Fault) -> list[list[EventRecord]]:
        """The calls that wait, as many as faults are there for, in another order, and so what each carries."""
        size = self._batch_size
        waiting = self._context.store.events.waiting(integration_id, EVERYTHING)
        batches = [another_order(waiting[:size], f"{fault.seed} {fault.hits}")]
        while len(batches) * size < len(waiting) and (more := self._faults.take_order(KIND)):
            begin = len(batches) * size
            batches.append(another_order(waiting[begin : begin + size], f"{more.seed} {more.hits}"))
        return another_order(batches, f"{fault.seed} {fault.hits}")

    async def _settle(self, integration: Integration, batch: list[EventRecord], fault: str = "") -> None:
        settings = self._context.settings
        if settings.event_order == "mixed" and not fault:
            batch = another_order(batch, str(batch[0].id))
        status = await self._send(integration, batch, fault)
        for repetition in range(settings.event_retries):
            if status != "failed":
                break
            await asyncio.sleep(settings.event_backoff_seconds * 2**repetition)
            status = await self._send(integration, batch, fault)
        self._context.store.events.settle(batch, status)
        self._context.changes.announce()

    async def _send(self, integration: Integration, batch: list[EventRecord], fault: str) -> str:
        url = integration.manifest.urls.get("event_callback_url")
        if url is None:
            return "unwanted"
        call = Call(
            kind=KIND,
            url=url,
            json={"events": [json.loads(event.body) for event in batch]},
            sent=tuple(("type_id", event.type_id) for event in batch),
            timeout=self._context.settings.event_timeout_seconds,
            integration_id=integration.id,
            fault=fault,
        )
        try:
            answer = await self._calls.send(call)
        except CallFailed as failure:
            problem = failure.problem
            self._record(integration, failure.findings, failure.call_id)
            self._context.store.events.delivered_by(failure.call_id, batch)
        else:
            for each in filter(None, (answer, answer.second)):
                self._context.store.events.delivered_by(each.call_id, batch)
            if 200 <= answer.status < 300:
                if all(_tells_nothing(event) for event in batch):
                    self._context.store.calls.brought_nothing(answer.call_id)
                return "delivered"
            problem, findings = f"HTTP {answer.status}", Findings()
            check_status(answer.status, "a status of 2xx", findings)
            self._record(integration, findings, answer.call_id)
        self._context.console.warn(f"{len(batch)} events for {integration.manifest.name} not delivered: {problem}")
        return "failed"

    def _record(self, integration: Integration, findings: Iterable[Finding], call_id: int) -> None:
        self._context.record("event_callback", findings, integration_id=integration.id, call_id=call_id)


def _tells_nothing(event: EventRecord) -> bool:
    """Whether it tells of a pull that went well and had nothing new."""
    if event.type_id != "pull_request":
        return False
    body = json.loads(event.body)
    return not (body.get("error") or body["data"]["duplicate_external_ids"])
