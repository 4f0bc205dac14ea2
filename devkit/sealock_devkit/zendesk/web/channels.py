# SPDX-License-Identifier: Apache-2.0
"""Channels: the installed integrations with their accounts, the two ways to install one, and each with its manifest."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.app.lint import AppRefused, Finding, PackageUnreadable
from sealock_devkit.guarded_files import POLICY
from sealock_devkit.zendesk.api.integrations import install_app
from sealock_devkit.zendesk.engine.installation import ManifestRefused
from sealock_devkit.zendesk.judge.manifest import Manifest
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.redaction import redacted_url
from sealock_devkit.zendesk.store import Integration
from sealock_devkit.zendesk.web.forms import read_form, read_form_with_files
from sealock_devkit.zendesk.web.pages import Pages, confirmation


class ChannelsPage:
    """`/channels`: what is installed, and forms to install more."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages

    async def on_get(self, request: Request, response: Response) -> None:
        """The installed integrations, each with its accounts."""
        self._show(response, done=confirmation(request))

    async def on_post(self, request: Request, response: Response) -> None:
        """Install from `manifest_url`; a manifest that is refused is said to be so beside the form."""
        manifest_url = (await read_form(request)).get("manifest_url", "").strip()
        try:
            integration = await self._zendesk.install(manifest_url)
        except ManifestRefused as refused:
            response.status = falcon.HTTP_422
            self._show(response, manifest_url=manifest_url, problem=str(refused))
            return
        raise falcon.HTTPSeeOther(f"/channels/{integration.id}?done=installed")

    async def on_post_app(self, request: Request, response: Response) -> None:
        """Install by the zip in `app`; what is wrong with it is said beside the form, with what to do about it."""
        form = await read_form_with_files(request)
        problem, findings = form.problem, list[Finding]()
        if not problem and not form.files:
            problem = "Choose the app's zip file."
        if not problem:
            try:
                integration = await install_app(self._zendesk, form.files[0].content)
            except AppRefused as refused:
                problem, findings = "Zendesk would not take this app.", list(refused.findings)
            except (ManifestRefused, PackageUnreadable) as refused:
                problem = str(refused)
            else:
                raise falcon.HTTPSeeOther(f"/channels/{integration.id}?done=installed")
        response.status = falcon.HTTP_422
        self._show(response, app_problem=problem, findings=findings)

    def _show(
        self,
        response: Response,
        *,
        done: str = "",
        manifest_url: str = "",
        problem: str = "",
        app_problem: str = "",
        findings: Sequence[Finding] = (),
    ) -> None:
        store = self._zendesk.store
        self._pages.answer(
            response,
            "channels.html",
            here="channels",
            done=done,
            rows=[(integration, store.accounts.all(integration.id)) for integration in store.integrations.all()],
            manifest={"url": manifest_url, "problem": problem},
            app={"problem": app_problem, "findings": findings},
        )


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
            pages=[] if self._pages.is_opened else _pages(integration),
            abilities=_abilities(integration.manifest),
            urls={name: redacted_url(url) for name, url in integration.manifest.urls.items()},
            next_poll="" if integration.removed_at or self._pages.is_opened else self._zendesk.next_manifest_poll_at(),
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
        ("clickthrough_url" in urls, "links messages to where they were written"),
        ("event_callback_url" in urls, "is told of events"),
        (manifest.create_followup_tickets, "follows closed tickets up"),
    ]


class AboutLinks:
    """`/channels/{number}/about` and `/channels/{number}/dashboard`: lead to what the manifest names."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get_about(self, _request: Request, _response: Response, number: int) -> None:
        """To the about page."""
        self._lead(number, "about_url")

    async def on_get_dashboard(self, _request: Request, _response: Response, number: int) -> None:
        """To the dashboard."""
        self._lead(number, "dashboard_url")

    def _lead(self, number: int, key: str) -> None:
        url = self._zendesk.store.integrations.get(number).manifest.urls.get(key)
        if url is None:
            raise falcon.HTTPNotFound(title=f"The manifest has no {key}")
        settings = self._zendesk.settings
        if settings.about_url_locale:
            start, hash_, fragment = url.partition("#")
            separator = "&" if urlsplit(url).query else "?"
            url = f"{start}{separator}{urlencode({'locale': settings.locale})}{hash_}{fragment}"
        raise falcon.HTTPFound(url)
