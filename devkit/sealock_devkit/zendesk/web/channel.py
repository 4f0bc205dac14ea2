# SPDX-License-Identifier: Apache-2.0
"""A channel: an integration with its manifest, its health and its accounts."""

from __future__ import annotations

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.guarded_files import POLICY
from sealock_devkit.zendesk.installation import ManifestRefused
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.manifest import Manifest
from sealock_devkit.zendesk.redaction import redacted_url
from sealock_devkit.zendesk.store import Integration
from sealock_devkit.zendesk.web.confirmations import confirmation
from sealock_devkit.zendesk.web.pages import Pages


class ChannelPage:
    """`/channels/{number}`: one integration."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages

    async def on_get(self, request: Request, response: Response, number: int) -> None:
        """Its manifest, what is wrong with that, and its accounts."""
        self._show(response, number, done=confirmation(request))

    async def on_get_logo(self, _request: Request, response: Response, number: int) -> None:
        """The logo of the app that installed it."""
        app = self._zendesk.store.apps.of(number)
        if app is None or not app.logo:
            raise falcon.HTTPNotFound(title="This channel has no logo")
        response.data = app.logo
        response.content_type = "image/png"
        response.set_header("Content-Security-Policy", POLICY)
        response.set_header("X-Content-Type-Options", "nosniff")
        response.set_header("Cache-Control", "private, max-age=60")

    async def on_post_manifest(self, _request: Request, _response: Response, number: int) -> None:
        """Read the manifest again; why it cannot be read is remembered, and shown."""
        self._present(number)
        try:
            await self._zendesk.installer.read_again(number)
        except ManifestRefused:
            self._zendesk.context.changes.announce()
            raise falcon.HTTPSeeOther(f"/channels/{number}") from None
        raise falcon.HTTPSeeOther(f"/channels/{number}?done=read")

    async def on_post_health(self, _request: Request, response: Response, number: int) -> None:
        """Call its healthcheck, and say how that went."""
        status, problem = await self._zendesk.healthcheck(self._present(number))
        words = f"It is not healthy: {problem}." if problem else f"It is healthy: HTTP {status}."
        self._show(response, number, health={"good": not problem, "words": words})

    async def on_post_remove(self, _request: Request, _response: Response, number: int) -> None:
        """Remove it with its accounts."""
        self._zendesk.lifecycle.remove_integration(self._present(number).id)
        self._zendesk.context.changes.announce()
        raise falcon.HTTPSeeOther("/channels?done=removed")

    def _present(self, number: int) -> Integration:
        integration = self._zendesk.store.integrations.get(number)
        if integration.removed_at:
            raise falcon.HTTPConflict(title="This integration was removed")
        return integration

    def _show(
        self, response: Response, number: int, *, done: str = "", health: dict[str, object] | None = None
    ) -> None:
        store = self._zendesk.store
        integration = store.integrations.get(number)
        found = [each for each in store.violations.all() if each.integration_id == number]
        self._pages.answer(
            response,
            "channel.html",
            here="channels",
            done=done,
            health=health,
            integration=integration,
            app=store.apps.of(number),
            pages=_pages(integration),
            abilities=_abilities(integration.manifest),
            urls={name: redacted_url(url) for name, url in integration.manifest.urls.items()},
            next_poll="" if integration.removed_at else self._zendesk.next_manifest_poll_at(),
            accounts=store.accounts.all(number),
            violations=[each for each in found if each.endpoint == "manifest"],
        )


def _pages(integration: Integration) -> list[tuple[str, str, str]]:
    """The pages of its own that its manifest tells of, each with an id, a label and the way there."""
    manifest = integration.manifest
    known = (("about", f"About {manifest.name}"), ("dashboard", "Dashboard"))
    return [
        (name, label, f"/channels/{integration.id}/{name}") for name, label in known if f"{name}_url" in manifest.urls
    ]


def _abilities(manifest: Manifest) -> list[tuple[bool, str]]:
    """What the integration can do and what it cannot, in words."""
    urls = manifest.urls
    return [
        ("pull_url" in urls, "is asked for new messages"),
        (bool(manifest.push_client_id), "sends new messages by itself"),
        ("channelback_url" in urls, "takes agents' replies"),
        (manifest.channelback_files, "takes files with replies"),
        ("clickthrough_url" in urls, "links messages to the origin"),
        ("event_callback_url" in urls, "is told of events"),
        (manifest.create_followup_tickets, "follows closed tickets up"),
    ]
