# SPDX-License-Identifier: Apache-2.0
"""Asks the service for new resources, one account at a time (protocol: pull)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from sealock_devkit.zendesk.context import Context
from sealock_devkit.zendesk.engine.events import EventOutbox
from sealock_devkit.zendesk.engine.files import with_absolute_files
from sealock_devkit.zendesk.engine.lifecycle import Lifecycle
from sealock_devkit.zendesk.engine.placement import id_scope
from sealock_devkit.zendesk.engine.service_calls import Call, CallFailed, ServiceCalls, read_answer, said_in
from sealock_devkit.zendesk.judge import Findings, check_external_resource, check_pull_answer
from sealock_devkit.zendesk.settings import Settings
from sealock_devkit.zendesk.store import Account, Integration

INSIDE = "external_resources["
"""How the path of what is wrong inside one resource begins."""


class NotPullable(Exception):
    """The account cannot be pulled: it is deleted or inactive, or its manifest has no pull_url."""


@dataclass(frozen=True, slots=True)
class PullResult:
    """How one pull went."""

    request_id: str
    status: int | None
    """The HTTP status; `None` when no answer came."""
    milliseconds: float
    received: int = 0
    """How many resources were accepted."""
    duplicates: int = 0
    """How many came that were known already."""
    problem: str = ""
    call_id: int | None = None
    asks_update: bool = False
    """Whether the answer asks for the administrator."""
    reason: str = ""
    """Why, in the service's words."""


class Puller:
    """Pulls each active account when it is due, and never twice at the same time."""

    def __init__(self, context: Context, calls: ServiceCalls, events: EventOutbox, lifecycle: Lifecycle) -> None:
        self._context = context
        self._store = context.store
        self._calls = calls
        self._events = events
        self._lifecycle = lifecycle
        self._locks: dict[int, asyncio.Lock] = {}
        self._in_flight = 0

    @property
    def busy(self) -> bool:
        """Whether a pull is in flight."""
        return self._in_flight > 0

    async def pull(self, account_id: int) -> PullResult:
        """Pull an account now; after a pull of it that is in flight, if they must not overlap. Raises `NotPullable`."""
        async with self._turn(account_id):
            account = self._store.accounts.get(account_id)
            integration = self._store.integrations.get(account.integration_id)
            if account.deleted_at or not account.active or "pull_url" not in integration.manifest.urls:
                raise NotPullable(f"account {account.name} is not pulled")
            started_at = self._context.now()
            result = await self._pull(account, integration)
            keep = self._context.settings.calls_kept
            self._store.pulls.add(keep, account_id=account_id, started_at=started_at, **asdict(result))
        self._say(account, result)
        self._context.changes.announce()
        return result

    @asynccontextmanager
    async def _turn(self, account_id: int) -> AsyncGenerator[None]:
        lock = self._locks.setdefault(account_id, asyncio.Lock())
        async with nullcontext() if self._context.settings.pulls_overlap else lock:
            self._in_flight += 1
            try:
                yield
            finally:
                self._in_flight -= 1

    async def _pull(self, account: Account, integration: Integration) -> PullResult:
        request_id, settings = self._context.new_id(), self._context.settings
        escape = _with_backslashes if settings.pull_escaping == "backslashes" else str
        call = Call(
            kind="pull",
            url=integration.manifest.urls["pull_url"],
            form=(("metadata", escape(account.metadata)), ("state", escape(account.state))),
            timeout=settings.pull_timeout_seconds,
            integration_id=integration.id,
            account_id=account.id,
            request_id=request_id,
        )
        try:
            answer = await self._calls.send(call)
        except CallFailed as failure:
            ids = {"integration_id": integration.id, "account_id": account.id, "call_id": failure.call_id}
            self._context.record("pull", failure.findings, **ids)
            result = PullResult(
                request_id, None, failure.milliseconds, problem=failure.problem, call_id=failure.call_id
            )
            return self._ended(account, integration, result, [])
        check = partial(check_pull, settings=settings, manifest_url=integration.manifest_url)
        read = read_answer(answer, check, settings)
        self._context.record(
            "pull", read.findings, integration_id=integration.id, account_id=account.id, call_id=answer.call_id
        )
        if read.body is None:
            result = PullResult(
                request_id, answer.status, answer.milliseconds, problem=read.problem, call_id=answer.call_id
            )
            return self._ended(account, integration, result, [])
        result = PullResult(
            request_id,
            answer.status,
            answer.milliseconds,
            call_id=answer.call_id,
            asks_update=bool(read.body.get("metadata_needs_update")),
            reason=said_in(read.body),
        )
        return self._accept(account, integration, result, read.body)

    def _accept(
        self, account: Account, integration: Integration, result: PullResult, body: dict[str, Any]
    ) -> PullResult:
        resources, request_id = body["external_resources"], result.request_id
        duplicates = []
        with self._store.database.transaction():
            scope = id_scope(account, self._context.settings)
            for resource in resources:
                if self._store.resources.claim(scope, resource["external_id"], request_id):
                    self._store.resources.queue(account.id, request_id, resource)
                else:
                    duplicates.append(self._duplicate(scope, resource["external_id"]))
            self._save(account, request_id, body)
            if result.asks_update:
                self._ask_for_update(account, result)
            if result.call_id is not None and _brought_nothing(body):
                self._store.calls.brought_nothing(result.call_id)
            count = len(resources) - len(duplicates)
            result = replace(result, received=count, duplicates=len(duplicates))
            return self._ended(account, integration, result, duplicates)

    def _duplicate(self, scope: str, external_id: str) -> dict[str, Any]:
        known = self._store.resources.find(scope, external_id)
        duplicate: dict[str, Any] = {"external_id": external_id, "request_id": known.request_id if known else ""}
        if known is not None and known.ticket_id is not None:
            duplicate |= {"ticket_id": known.ticket_id, "comment_id": known.comment_id}
        return duplicate

    def _save(self, account: Account, request_id: str, body: dict[str, Any]) -> None:
        settings, changes = self._context.settings, {}
        if "state" in body and settings.state_saved == "on acceptance":
            changes["state"] = body["state"]
        elif "state" in body:
            self._store.resources.queue_state(account.id, request_id, body["state"])
        edited = self._store.accounts.get(account.id).edits != account.edits
        if "metadata" in body and not (edited and settings.metadata_race == "admin"):
            changes["metadata"] = body["metadata"]
        if changes:
            self._store.accounts.update(account.id, **changes)

    def _ask_for_update(self, account: Account, result: PullResult) -> None:
        self._store.accounts.ask_for_update(account.id, self._context.now(), result.reason)
        if result.call_id is not None:
            self._store.calls.note(result.call_id, asks_for_update(result.reason))
        if not account.needs_update:
            why = result.reason or "the service asks for an update"
            self._context.console.bad(f"account {account.name} needs its administrator: {why}")

    def _ended(
        self, account: Account, integration: Integration, result: PullResult, duplicates: list[dict[str, Any]]
    ) -> PullResult:
        with self._store.database.transaction():
            data = {
                "integration_instance_name": account.name,
                "url": integration.manifest.urls["pull_url"],
                "request_id": result.request_id,
                "duplicate_external_ids": duplicates,
            }
            self._events.add(integration, "pull_request", data, account_id=account.id, error=result.problem)
            refused = self._context.settings.counts_as_401(result.status)
            now = self._context.now()
            account = self._store.accounts.pull_ended(account.id, now, result.problem, refused=refused)
            self._maybe_deactivate(account, result)
        return result

    def _maybe_deactivate(self, account: Account, result: PullResult) -> None:
        settings = self._context.settings
        if not result.problem or account.deleted_at:
            return
        if settings.pull_401_flags and settings.counts_as_401(result.status):
            account = self._store.accounts.ask_for_update(account.id, self._context.now(), result.problem)
        if 0 < settings.pull_401s_until_deactivation <= account.refusals:
            account = self._store.accounts.ask_for_update(account.id, self._context.now(), result.problem)
            self._lifecycle.deactivate(
                account, "error", f"{account.refusals} pulls in a row were answered {result.status}"
            )
        elif 0 < settings.pull_errors_until_deactivation <= account.failures:
            self._lifecycle.deactivate(account, "error", f"{account.failures} pulls in a row failed: {result.problem}")

    def _say(self, account: Account, result: PullResult) -> None:
        time = f"{result.milliseconds:.0f} ms"
        if result.problem and result.problem == account.last_problem:
            return  # said once, until it is another one
        if result.problem:
            self._context.console.warn(f"pull of {account.name} failed after {time}: {result.problem}")
        elif result.received:
            known = f", {result.duplicates} known already" if result.duplicates else ""
            self._context.console.say(f"pull of {account.name}: {result.received} new in {time}{known}")
        elif account.last_problem:
            self._context.console.good(f"pull of {account.name} works again")


def _brought_nothing(body: dict[str, Any]) -> bool:
    return not (body["external_resources"] or body.get("metadata") or body.get("metadata_needs_update"))


def asks_for_update(reason: str) -> str:
    """What people read of an answer that asks for the administrator."""
    return f"asks for an update: {reason}" if reason else "asks for an update, and does not say why"


def _with_backslashes(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def check_pull(body: Any, findings: Findings, settings: Settings, manifest_url: str) -> Any:
    """Check a pull's answer; the body without what the settings leave out."""
    if isinstance(body, dict) and isinstance(body.get("external_resources"), list):
        resources = with_absolute_files(body["external_resources"], settings, manifest_url)
        if settings.too_many_resources == "take the first":
            resources = _first(resources, settings.resources_refused_above, findings)
        body = {**body, "external_resources": resources}
    found = Findings(strict=settings.leeway.documented_is_refused)
    https, skips = settings.loopback_http_is_https, settings.invalid_resource == "skip"
    check_pull_answer(body, found, loopback_http_is_https=https, leeway=settings.leeway)
    for finding in found:
        keep = findings.tolerate if skips and finding.path.startswith(INSIDE) else findings.extend
        keep([finding])
    if skips and not findings.refusals:
        usable = [resource for resource in body["external_resources"] if _is_usable(resource, settings)]
        body = {**body, "external_resources": usable}
    return body


def _first(resources: list[Any], most: int, findings: Findings) -> list[Any]:
    if len(resources) > most:
        rule = f"at most {most} items"
        findings.add("external_resources", rule, "schema", f"{len(resources)} items", tolerated=True)
    return resources[:most]


def _is_usable(resource: Any, settings: Settings) -> bool:
    found, https = Findings(strict=settings.leeway.documented_is_refused), settings.loopback_http_is_https
    check_external_resource(resource, "", found, loopback_http_is_https=https, leeway=settings.leeway)
    return not found.refusals
