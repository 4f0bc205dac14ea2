# SPDX-License-Identifier: Apache-2.0
"""Downloads the files of the origin's comments (protocol: file_urls of an external resource)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from mimetypes import guess_type

from sealock_devkit.zendesk.attachments import MEDIA_TYPE, media_type
from sealock_devkit.zendesk.context import Context
from sealock_devkit.zendesk.events import A_DAY
from sealock_devkit.zendesk.limits import Finding, Findings, check_status, is_loopback
from sealock_devkit.zendesk.service_calls import Answer, Call, CallFailed, ServiceCalls
from sealock_devkit.zendesk.store import Account, File, Integration
from sealock_devkit.zendesk.urls import origin

AT_ONCE = 4


class FileDownloader:
    """Fetches each waiting file. A comment whose file cannot be had stays without it, and the file says why."""

    def __init__(self, context: Context, calls: ServiceCalls) -> None:
        self._context = context
        self._store = context.store
        self._calls = calls

    async def run(self) -> None:
        """Download what waits, until cancelled. What is not there by then is fetched after the next start."""
        while True:
            if await self._context.changes.wait_until(lambda: self._store.files.waiting_count() > 0, A_DAY):
                await asyncio.gather(*(self._download(file) for file in self._store.files.waiting(AT_ONCE)))

    async def _download(self, file: File) -> None:
        ticket = self._store.tickets.get(self._store.tickets.comment(file.comment_id).ticket_id)
        account = self._store.accounts.get(ticket.account_id)
        integration = self._store.integrations.get(ticket.integration_id)
        problem = self._obstacle(file, account, integration)
        if not problem:
            problem = await self._fetch(file, account)
            for _ in range(self._context.settings.file_retries):
                problem = await self._fetch(file, account) if problem else ""
        if problem:
            self._store.files.fail(file.id, problem)
            self._context.console.warn(f"ticket {ticket.id}: a file of a comment is missing: {problem}")
        self._context.changes.announce()

    def _record(self, findings: Iterable[Finding], account: Account, call_id: int) -> None:
        ids = {"integration_id": account.integration_id, "account_id": account.id, "call_id": call_id}
        self._context.record("file", findings, **ids)

    async def _fetch(self, file: File, account: Account) -> str:
        try:
            answer = await self._calls.send(self._call(file, account))
        except CallFailed as failure:
            self._record(failure.findings, account, failure.call_id)
            return failure.problem
        self._record(_wrong(file, answer, self._context.settings.file_bytes), account, answer.call_id)
        return self._keep(file, answer)

    def _obstacle(self, file: File, account: Account, integration: Integration) -> str:
        if account.deleted_at or integration.removed_at:
            return "the account or its channel is gone"
        host = origin(file.source_url).host
        own = {origin(url).host for url in (integration.manifest_url, *integration.manifest.urls.values())}
        if self._context.settings.file_hosts == "service" and host not in own and not is_loopback(host):
            return "it is on a host that is not the service's (setting file_hosts)"
        return ""

    def _call(self, file: File, account: Account) -> Call:
        settings = self._context.settings
        told = settings.file_method == "POST" and settings.file_post_body == "metadata"
        form = (("metadata", account.metadata),) if told else None
        return Call(
            kind="file",
            url=file.source_url,
            method=settings.file_method,
            form=form,
            timeout=settings.file_timeout_seconds,
            integration_id=account.integration_id,
            account_id=account.id,
        )

    def _keep(self, file: File, answer: Answer) -> str:
        if answer.status != 200:
            return f"HTTP {answer.status}"
        if len(answer.body) > self._context.settings.file_bytes:
            return f"more than {self._context.settings.file_bytes} bytes"
        self._store.files.keep(file.id, media_type(answer.headers.get("content-type", "")), answer.body)
        return ""


def _wrong(file: File, answer: Answer, most: int) -> Findings:
    """What is doubtful about the answer under a file's URL: the protocol has no rule for it."""
    findings = Findings()
    if answer.status != 200:
        check_status(answer.status, "the file under each of file_urls", findings, "advice")
        return findings
    if len(answer.body) > most:
        findings.add("", f"at most {most} bytes (setting)", "advice", f"{len(answer.body)} bytes")
    told = answer.headers.get("content-type", "").strip()
    if not MEDIA_TYPE.fullmatch(told):
        findings.add("", "a content type", "advice", "something else" if told else "none")
    elif answer.content_type == "text/html" and guess_type(file.name)[0] not in {None, "text/html"}:
        findings.add("", "the file that its name promises", "advice", "an HTML page")
    return findings
