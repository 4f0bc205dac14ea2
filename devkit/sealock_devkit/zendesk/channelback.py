# SPDX-License-Identifier: Apache-2.0
"""Sends agents' replies to the service until it took or refused them (protocol: channelback)."""

from __future__ import annotations

import asyncio
import html
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from sealock_devkit.zendesk.answers import read_answer
from sealock_devkit.zendesk.attachments import attachment_url
from sealock_devkit.zendesk.context import Context
from sealock_devkit.zendesk.events import A_DAY, EventOutbox
from sealock_devkit.zendesk.limits import Finding, check_channelback_answer
from sealock_devkit.zendesk.placement import id_scope
from sealock_devkit.zendesk.service_calls import Answer, Call, CallFailed, ServiceCalls
from sealock_devkit.zendesk.store import Account, Attempt, Integration, Reply

AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one call of the service went."""

    attempt: Attempt
    body: dict[str, Any] | None = None
    """The usable answer; `None` when there is none."""
    again: bool = False
    """Whether the same reply is sent again."""
    wait_seconds: float | None = None
    """The pause that the service asked for."""


class ChannelbackSender:
    """Sends each waiting reply; those of one ticket one after the other, and each under one identifier for ever."""

    def __init__(self, context: Context, calls: ServiceCalls, events: EventOutbox) -> None:
        self._context = context
        self._store = context.store
        self._calls = calls
        self._events = events
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """Send what waits, until cancelled. What is not settled then waits for the next start."""
        try:
            while True:
                for ticket_id in self._untended():
                    self._tasks[ticket_id] = asyncio.create_task(self._send_all(ticket_id))
                await self._context.changes.wait_until(lambda: bool(self._untended()), A_DAY)
        finally:
            tasks = list(self._tasks.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _untended(self) -> set[int]:
        self._tasks = {ticket_id: task for ticket_id, task in self._tasks.items() if not task.done()}
        return {reply.ticket_id for reply in self._store.replies.all("waiting")} - set(self._tasks)

    async def _send_all(self, ticket_id: int) -> None:
        while replies := [reply for reply in self._store.replies.all("waiting") if reply.ticket_id == ticket_id]:
            await self._settle(replies[0])

    async def _settle(self, reply: Reply) -> None:
        settings = self._context.settings
        while True:
            account = self._store.accounts.get(reply.account_id)
            integration = self._store.integrations.get(account.integration_id)
            url = integration.manifest.urls.get("channelback_url")
            if url is None or account.deleted_at or integration.removed_at:
                self._failed(reply, account, integration, "the account or its channel is gone")
                return
            async with self._slots:
                outcome = await self._try(reply, account, integration, url)
            reply = self._store.replies.add_attempt(reply, outcome.attempt)
            if outcome.body is not None:
                self._delivered(reply, account, integration, outcome.body)
                return
            made = len(reply.tries)
            if not outcome.again or made > settings.channelback_retries:
                self._failed(reply, account, integration, outcome.attempt.outcome)
                return
            pause = outcome.wait_seconds
            if pause is None:
                pause = settings.channelback_backoff_seconds * 2 ** (made - 1)
            pause = min(pause, settings.channelback_longest_wait_seconds)
            self._context.console.warn(
                f"ticket {reply.ticket_id}: reply not delivered ({outcome.attempt.outcome}), again in {pause:g} s"
            )
            self._context.changes.announce()
            await asyncio.sleep(pause)

    async def _try(self, reply: Reply, account: Account, integration: Integration, url: str) -> Outcome:
        call = Call(
            kind="channelback",
            url=url,
            form=tuple(self._form(reply, account, integration)),
            timeout=self._context.settings.channelback_timeout_seconds,
            integration_id=integration.id,
            account_id=account.id,
            request_id=reply.request_unique_identifier,
        )
        at = self._context.now()
        try:
            answer = await self._calls.send(call)
        except CallFailed as failure:
            return Outcome(Attempt(at, None, failure.problem, failure.milliseconds), again=True)
        read = read_answer(answer, check_channelback_answer)
        findings = [*read.findings, *_twins_differ(answer)]
        self._context.record(
            "channelback", findings, integration_id=integration.id, account_id=account.id, call_id=answer.call_id
        )
        if read.body is not None:
            return Outcome(Attempt(at, 200, "delivered", answer.milliseconds), read.body)
        attempt = Attempt(at, answer.status, read.problem, answer.milliseconds)
        return Outcome(
            attempt, again=self._again(answer.status, account), wait_seconds=_retry_after(answer, self._context)
        )

    def _form(self, reply: Reply, account: Account, integration: Integration) -> list[tuple[str, str]]:
        text = self._store.tickets.comment(reply.comment_id).body
        if self._context.settings.channelback_text == "html":
            text = "".join(f"<p>{html.escape(line)}</p>" for line in text.splitlines())
        ids = (("parent_id", reply.parent_id), ("thread_id", reply.thread_id), ("recipient_id", reply.recipient_id))
        files = self._store.files.of_comment(reply.comment_id) if integration.manifest.channelback_files else []
        return [
            *(("file_urls[]", attachment_url(self._context, file)) for file in files),
            ("message", text),
            *((name, value) for name, value in ids if value is not None),
            ("metadata", account.metadata),
            ("request_unique_identifier", reply.request_unique_identifier),
        ]

    def _again(self, status: int, account: Account) -> bool:
        if status == 401:
            self._store.accounts.update(account.id, needs_update=True)
            return self._context.settings.channelback_401 == "retry"
        return status == 429 or status >= 500

    def _delivered(self, reply: Reply, account: Account, integration: Integration, body: dict[str, Any]) -> None:
        external_id = body["external_id"]
        with self._store.database.transaction():
            now = self._context.now()
            reply = self._store.replies.finish(reply.id, status="delivered", external_id=external_id, finished_at=now)
            self._store.tickets.update_comment(reply.comment_id, external_id=external_id)
            self._store.tickets.update(reply.ticket_id, allow_channelback=body.get("allow_channelback", True))
            changes: dict[str, Any] = {"metadata": body["metadata"]} if "metadata" in body else {}
            changes |= {"needs_update": True} if body.get("metadata_needs_update") else {}
            if changes:
                self._store.accounts.update(account.id, **changes)
            self._tie(reply, account, integration)
            self._tell(reply, account, integration, "")
        again = f" after {len(reply.tries)} attempts" if len(reply.tries) > 1 else ""
        self._context.console.good(f"ticket {reply.ticket_id}: reply delivered{again}")
        self._context.changes.announce()

    def _tie(self, reply: Reply, account: Account, integration: Integration) -> None:
        scope = id_scope(account, self._context.settings)
        if not self._store.resources.claim(scope, reply.external_id, reply.request_unique_identifier):
            rule = "an id that is not another resource's: a pull must not bring replies back"
            finding = Finding("external_id", rule, "advice", "the id of a resource that was imported")
            self._context.record("channelback", [finding], integration_id=integration.id, account_id=account.id)
            return
        self._store.resources.tie(scope, reply.external_id, reply.ticket_id, reply.comment_id)
        event = {
            "type_id": "external_id_associated_with_channelback",
            "external_id": reply.external_id,
            "comment_id": reply.comment_id,
            "ticket_id": reply.ticket_id,
        }
        data = {"request_id": reply.request_unique_identifier, "resource_events": [event]}
        self._events.add(integration, "resources_created_from_external_ids", data, account_id=account.id)

    def _failed(self, reply: Reply, account: Account, integration: Integration, problem: str) -> None:
        with self._store.database.transaction():
            now = self._context.now()
            reply = self._store.replies.finish(reply.id, status="failed", problem=problem, finished_at=now)
            self._store.tickets.update_comment(reply.comment_id, problem=problem)
            self._tell(reply, account, integration, problem)
        self._context.console.bad(f"ticket {reply.ticket_id}: reply failed: {problem}")
        self._context.changes.announce()

    def _tell(self, reply: Reply, account: Account, integration: Integration, error: str) -> None:
        url = integration.manifest.urls.get("channelback_url", "")
        if url:
            data = {
                "integration_instance_name": account.name,
                "url": url,
                "request_id": reply.request_unique_identifier,
            }
            self._events.add(integration, "channelback", data, account_id=account.id, error=error)


def _retry_after(answer: Answer, context: Context) -> float | None:
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
        return max(0.0, (until - context.clock()).total_seconds())
    except (ValueError, TypeError):
        return None


def _twins_differ(answer: Answer) -> list[Finding]:
    if answer.twin is None or answer.twin.status != 200 or answer.status != 200:
        return []
    try:
        ids = [each.json()["external_id"] for each in (answer, answer.twin)]
    except (ValueError, TypeError, KeyError):
        return []
    if ids[0] == ids[1]:
        return []
    rule = "the same external_id for the same request_unique_identifier"
    return [Finding("external_id", rule, "documented", "two different ids")]
