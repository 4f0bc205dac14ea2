# SPDX-License-Identifier: Apache-2.0
"""Sends agents' replies to the service until it took or refused them (protocol: channelback)."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from sealock_devkit.zendesk.context import A_DAY, Context
from sealock_devkit.zendesk.engine.events import EventOutbox
from sealock_devkit.zendesk.engine.files import attachment_url
from sealock_devkit.zendesk.engine.placement import allows_channelback, id_scope
from sealock_devkit.zendesk.engine.service_calls import Answer, Call, CallFailed, ServiceCalls, read_answer, said_in
from sealock_devkit.zendesk.judge import Finding, Findings, check_channelback_answer
from sealock_devkit.zendesk.settings import Settings
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
        self._lost: dict[int, list[str]] = {}
        """By reply: the ids in answers that a fault threw away. Zendesk cannot know them, but they must come again."""
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
            self._lost.pop(replies[0].id, None)

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
            ticket_id=reply.ticket_id,
        )
        at = self._context.now()
        try:
            answer = await self._calls.send(call)
        except CallFailed as failure:
            self._record(account, failure.findings, failure.call_id)
            self._remember_lost(reply, failure.lost)
            return Outcome(Attempt(at, None, failure.problem, failure.milliseconds, failure.call_id), again=True)
        read = read_answer(answer, _checked, self._context.settings)
        others = [*self._lost.get(reply.id, ()), *_posted(answer.second)]
        self._record(account, [*read.findings, *_one_id([*others, *_posted(answer)])], answer.call_id)
        if read.body is not None:
            return Outcome(Attempt(at, answer.status, "delivered", answer.milliseconds, answer.call_id), read.body)
        attempt = Attempt(at, answer.status, read.problem, answer.milliseconds, answer.call_id)
        if answer.status == 401 and self._context.settings.channelback_401_flags:
            self._store.accounts.ask_for_update(account.id, self._context.now(), read.problem)
        obeyed = self._context.settings.channelback_retry_after == "obeyed"
        wait = _retry_after(answer, self._context) if obeyed else None
        return Outcome(attempt, again=may_pass(answer.status, self._context.settings), wait_seconds=wait)

    def _record(self, account: Account, findings: Iterable[Finding], call_id: int | None) -> None:
        ids = {"integration_id": account.integration_id, "account_id": account.id, "call_id": call_id}
        self._context.record("channelback", findings, **ids)

    def _remember_lost(self, reply: Reply, answer: Answer | None) -> None:
        ids = _posted(answer)
        if ids:
            self._lost.setdefault(reply.id, []).extend(ids)

    def _form(self, reply: Reply, account: Account, integration: Integration) -> list[tuple[str, str]]:
        text = self._store.tickets.comment(reply.comment_id).body
        if self._context.settings.channelback_text == "html":
            text = "".join(f"<p>{html.escape(line)}</p>" for line in text.splitlines())
        empty = self._context.settings.channelback_missing_ids == "empty"
        ids = (("parent_id", reply.parent_id), ("thread_id", reply.thread_id), ("recipient_id", reply.recipient_id))
        files = self._store.files.of_comment(reply.comment_id) if integration.manifest.channelback_files else []
        return [
            *(("file_urls[]", attachment_url(self._context, file)) for file in files),
            ("message", text),
            *((name, value or "") for name, value in ids if value is not None or empty),
            ("metadata", account.metadata),
            ("request_unique_identifier", reply.request_unique_identifier),
        ]

    def _delivered(self, reply: Reply, account: Account, integration: Integration, body: dict[str, Any]) -> None:
        external_id = body["external_id"]
        with self._store.database.transaction():
            now = self._context.now()
            reply = self._store.replies.finish(reply.id, status="delivered", external_id=external_id, finished_at=now)
            self._store.tickets.update_comment(reply.comment_id, external_id=external_id)
            before = self._store.tickets.get(reply.ticket_id).allow_channelback
            allowed = allows_channelback(body, self._context.settings, before=before)
            self._store.tickets.update(reply.ticket_id, allow_channelback=allowed)
            if "metadata" in body:
                self._store.accounts.update(account.id, metadata=body["metadata"])
            if body.get("metadata_needs_update"):
                self._store.accounts.ask_for_update(account.id, now, said_in(body))
            self._link_external_id(reply, account, integration)
            self._tell(reply, account, integration, "")
        again = f" after {len(reply.tries)} attempts" if len(reply.tries) > 1 else ""
        self._context.console.good(f"ticket {reply.ticket_id}: reply delivered{again}")
        self._context.changes.announce()

    def _link_external_id(self, reply: Reply, account: Account, integration: Integration) -> None:
        scope = id_scope(account, self._context.settings)
        if not self._store.resources.claim(scope, reply.external_id, reply.request_unique_identifier):
            rule = "an id that is not another resource's: a pull must not bring replies back"
            finding = Finding("external_id", rule, "advice", "the id of a resource that was imported")
            self._record(account, [finding], None)
            return
        self._store.resources.link_comment(scope, reply.external_id, reply.ticket_id, reply.comment_id)
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
            self._store.tickets.update_comment(reply.comment_id, problem=problem, undelivered=True)
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


def may_pass(status: int, settings: Settings) -> bool:
    """Whether a reply is sent again after an answer of this status that did not deliver it."""
    choices = {
        200: settings.channelback_invalid_answer,
        401: settings.channelback_401,
        429: settings.channelback_429,
    }
    by_class = {4: settings.channelback_4xx, 5: settings.channelback_5xx}
    return choices.get(status, by_class.get(status // 100)) == "retry"


def _checked(body: Any, findings: Findings) -> Any:
    check_channelback_answer(body, findings)
    return body


def _retry_after(answer: Answer, context: Context) -> float | None:
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
        return max(0.0, (until - context.clock()).total_seconds())
    except (ValueError, TypeError):
        return None


def _posted(answer: Answer | None) -> list[str]:
    """The id that an answer gave the reply, if it did."""
    try:
        external_id = answer.json()["external_id"] if answer is not None and answer.status == 200 else None
    except (ValueError, TypeError, KeyError):
        return []
    return [external_id] if isinstance(external_id, str) else []


def _one_id(ids: Sequence[str]) -> list[Finding]:
    if len(set(ids)) < 2:
        return []
    rule = "the same external_id for the same request_unique_identifier"
    return [Finding("external_id", rule, "documented", f"{len(set(ids))} different ids")]
