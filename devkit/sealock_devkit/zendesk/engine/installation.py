# SPDX-License-Identifier: Apache-2.0
"""Installs integrations from their manifest URLs, and reads their manifests again (protocol: manifest)."""

from __future__ import annotations

from collections.abc import Iterable

from sealock_devkit.zendesk.context import Context
from sealock_devkit.zendesk.engine.events import EventOutbox
from sealock_devkit.zendesk.engine.lifecycle import Lifecycle
from sealock_devkit.zendesk.engine.service_calls import Answer, Call, CallFailed, ServiceCalls, error_info
from sealock_devkit.zendesk.judge import Finding, Findings, check_content_type, check_status
from sealock_devkit.zendesk.judge.manifest import Manifest, ManifestReading, read_manifest
from sealock_devkit.zendesk.redaction import redacted_url
from sealock_devkit.zendesk.store import Integration
from sealock_devkit.zendesk.urls import absolute, is_service_url

MAX_REDIRECTS = 5
REDIRECTS = {301, 302, 303, 307, 308}
NO_END = Finding("", f"less than {MAX_REDIRECTS} redirects", "protocol", "more")
ANOTHER_ID = Finding("id", "the same id as before: tickets are told apart by it", "advice", "another id")


class ManifestRefused(Exception):
    """The integration cannot be installed or its manifest not be read. The message says what is wrong with it."""


class Installer:
    """Knows integrations by their manifests, and keeps the last good copy of each."""

    def __init__(self, context: Context, calls: ServiceCalls, events: EventOutbox, lifecycle: Lifecycle) -> None:
        self._context = context
        self._store = context.store
        self._calls = calls
        self._events = events
        self._lifecycle = lifecycle

    async def install(self, manifest_url: str) -> Integration:
        """Install an integration; one that is installed already is read again. Raises `ManifestRefused`."""
        known = self._store.integrations.by_manifest_url(manifest_url)
        if known is not None:
            return await self.read_again(known.id)
        manifest = await self._fetch(manifest_url, None)
        with self._store.database.transaction():
            integration = self._store.integrations.add(manifest_url, manifest, self._context.now())
            self._store.calls.belong_to(integration.id, redacted_url(manifest_url))
            self._events.add(integration, "create_integration", {"manifest_url": manifest_url})
        self._context.console.good(f"integration {manifest.name} was installed")
        self._context.changes.announce()
        return integration

    async def read_again(self, integration_id: int) -> Integration:
        """Read the manifest anew. Raises `ManifestRefused`; the good copy is used on, if the settings say so."""
        integration = self._store.integrations.get(integration_id)
        try:
            manifest = await self._fetch(integration.manifest_url, integration.id)
        except ManifestRefused as refused:
            self._store.integrations.note_problem(integration.id, str(refused), self._context.now())
            self._maybe_deactivate(integration, refused)
            raise
        if manifest.id != integration.manifest.id:
            self._context.record("manifest", [ANOTHER_ID], integration_id=integration.id)
        same = manifest.version != "" and manifest.version == integration.manifest.version
        if same and self._context.settings.same_manifest_version == "kept":
            manifest = integration.manifest
        self._store.integrations.save_manifest(integration.id, manifest, self._context.now())
        self._context.changes.announce()
        return self._store.integrations.get(integration.id)

    def _maybe_deactivate(self, integration: Integration, refused: ManifestRefused) -> None:
        if self._context.settings.unreadable_manifest == "accounts are deactivated":
            for account in self._store.accounts.all(integration.id):
                self._lifecycle.deactivate(account, "error", f"the manifest is not usable: {refused}")
            self._context.changes.announce()

    async def read_all_again(self) -> None:
        """Read all manifests anew; what cannot be read keeps its good copy."""
        for integration in self._store.integrations.all():
            try:
                await self.read_again(integration.id)
            except ManifestRefused as refused:
                self._context.console.warn(f"manifest of {integration.manifest.name}: {refused}; the old one is kept")

    async def _fetch(self, manifest_url: str, integration_id: int | None) -> Manifest:
        settings = self._context.settings
        answer = await self._get(manifest_url, integration_id)
        reading = ManifestReading(
            empty_urls_are_absent=settings.empty_manifest_urls == "absent",
            relative_urls_are_resolved=settings.relative_manifest_urls == "resolved",
            documented_is_refused=settings.leeway.documented_is_refused,
        )
        https = settings.loopback_http_is_https
        read = read_manifest(answer.body, answer.url, loopback_http_is_https=https, reading=reading)
        findings = Findings()
        check_content_type(answer.content_type, "application/json", "advice", findings)
        self._record([*findings, *read.findings], integration_id, answer.call_id)
        if read.manifest is None:
            raise ManifestRefused(f"the manifest cannot be used: {read.problem}")
        return read.manifest

    async def _get(self, url: str, integration_id: int | None) -> Answer:
        https = self._context.settings.loopback_http_is_https
        if not is_service_url(url, loopback_http_is_https=https):
            raise ManifestRefused("the manifest's URL must be https")
        seen: list[str] = []
        while len(seen) < MAX_REDIRECTS:
            seen.append(url)
            answer = await self._ask(url, integration_id)
            if answer.status == 200:
                return answer
            findings = Findings()
            url = self._next(answer, findings)
            self._record(findings, integration_id, answer.call_id)
            if not url:
                raise ManifestRefused(f"the manifest could not be read: {self._obstacle(answer)}")
            if url in seen:
                self._record([NO_END], integration_id, answer.call_id)
                raise ManifestRefused("the manifest's URL redirects in a circle")
        self._record([NO_END], integration_id, None)
        raise ManifestRefused(f"the manifest's URL redirects more than {MAX_REDIRECTS} times")

    async def _ask(self, url: str, integration_id: int | None) -> Answer:
        seconds = self._context.settings.page_timeout_seconds
        call = Call("manifest", url, "GET", timeout=seconds, integration_id=integration_id)
        try:
            return await self._calls.send(call)
        except CallFailed as failure:
            self._record(failure.findings, integration_id, failure.call_id)
            raise ManifestRefused(f"the manifest could not be read: {failure.problem}") from None

    def _record(self, findings: Iterable[Finding], integration_id: int | None, call_id: int | None) -> None:
        self._context.record("manifest", findings, integration_id=integration_id, call_id=call_id)

    @property
    def _followed(self) -> set[int]:
        return {301} if self._context.settings.manifest_redirects == "301" else REDIRECTS

    def _next(self, answer: Answer, findings: Findings) -> str:
        """Where a redirect leads; empty when the answer is none that is followed, or leads nowhere."""
        if answer.status not in self._followed:
            check_status(answer.status, "HTTP 200, or 301 to where the manifest is", findings)
            return ""
        if "location" not in answer.headers:
            findings.add("location", "required", "protocol", "nothing")
            return ""
        url = absolute(answer.url, answer.headers["location"])
        if not is_service_url(url, loopback_http_is_https=self._context.settings.loopback_http_is_https):
            findings.add("location", "an https URL", "protocol", "another text")
            return ""
        return url

    def _obstacle(self, answer: Answer) -> str:
        status = f"HTTP {answer.status}"
        if answer.status in self._followed:
            place = "to a URL that is not https" if "location" in answer.headers else "without a place to go to"
            return f"{status} {place}"
        if answer.status in REDIRECTS:
            return f"{status}; only a redirect with 301 is followed"
        return status + error_info(answer)
