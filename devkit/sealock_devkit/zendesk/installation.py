# SPDX-License-Identifier: Apache-2.0
"""Installs integrations from their manifest URLs, and reads their manifests again (protocol: manifest)."""

from __future__ import annotations

from sealock_devkit.zendesk.context import Context
from sealock_devkit.zendesk.events import EventOutbox
from sealock_devkit.zendesk.limits import is_service_url
from sealock_devkit.zendesk.manifest import Manifest, read_manifest
from sealock_devkit.zendesk.redaction import redacted_url
from sealock_devkit.zendesk.service_calls import Answer, Call, CallFailed, ServiceCalls
from sealock_devkit.zendesk.store import Integration
from sealock_devkit.zendesk.urls import absolute

MAX_REDIRECTS = 5
SECONDS = 30


class ManifestRefused(Exception):
    """The integration cannot be installed or its manifest not be read. The message says what is wrong with it."""


class Installer:
    """Knows integrations by their manifests, and keeps the last good copy of each."""

    def __init__(self, context: Context, calls: ServiceCalls, events: EventOutbox) -> None:
        self._context = context
        self._store = context.store
        self._calls = calls
        self._events = events

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
        """Read the manifest anew. Raises `ManifestRefused`; the good copy is used on."""
        integration = self._store.integrations.get(integration_id)
        try:
            manifest = await self._fetch(integration.manifest_url, integration.id)
        except ManifestRefused as refused:
            self._store.integrations.note_problem(integration.id, str(refused), self._context.now())
            raise
        self._store.integrations.save_manifest(integration.id, manifest, self._context.now())
        self._context.changes.announce()
        return self._store.integrations.get(integration.id)

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
        read = read_manifest(
            answer.body,
            answer.url,
            loopback_http_is_https=settings.loopback_http_is_https,
            empty_urls_are_absent=settings.empty_manifest_urls == "absent",
        )
        self._context.record("manifest", read.findings, integration_id=integration_id, call_id=answer.call_id)
        if read.manifest is None:
            raise ManifestRefused(f"the manifest cannot be used: {read.problem}")
        return read.manifest

    async def _get(self, url: str, integration_id: int | None) -> Answer:
        https = self._context.settings.loopback_http_is_https
        seen: list[str] = []
        while len(seen) < MAX_REDIRECTS:
            if not is_service_url(url, loopback_http_is_https=https):
                raise ManifestRefused(
                    "the manifest's URL must be https" + (", and it redirects to one that is not" if seen else "")
                )
            if url in seen:
                raise ManifestRefused("the manifest's URL redirects in a circle")
            seen.append(url)
            call = Call("manifest", url, "GET", timeout=SECONDS, integration_id=integration_id)
            try:
                answer = await self._calls.send(call)
            except CallFailed as failure:
                raise ManifestRefused(f"the manifest could not be read: {failure.problem}") from None
            if answer.status == 200:
                return answer
            if answer.status != 301 or "location" not in answer.headers:
                raise ManifestRefused(f"the manifest could not be read: HTTP {answer.status}{_advice(answer)}")
            url = absolute(url, answer.headers["location"])
        raise ManifestRefused(f"the manifest's URL redirects more than {MAX_REDIRECTS} times")


def _advice(answer: Answer) -> str:
    if answer.status == 301:
        return " without a place to go to"
    return "; only a redirect with 301 is followed" if 300 <= answer.status < 400 else ""
