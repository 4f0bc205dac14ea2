# SPDX-License-Identifier: Apache-2.0
"""Channels: the installed integrations with their manifests and accounts."""

from __future__ import annotations

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.installation import ManifestRefused
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.redaction import redacted_url
from sealock_devkit.zendesk.web.forms import read_form
from sealock_devkit.zendesk.web.pages import Pages


class ChannelsPage:
    """`/channels`: what is installed, and a form to install more."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages

    async def on_get(self, _request: Request, response: Response) -> None:
        """The list."""
        self._show(response)

    async def on_post(self, request: Request, response: Response) -> None:
        """Install from `manifest_url`; a manifest that is refused is said to be so beside the form."""
        manifest_url = (await read_form(request)).get("manifest_url", "").strip()
        try:
            integration = await self._zendesk.install(manifest_url)
        except ManifestRefused as refused:
            response.status = falcon.HTTP_422
            self._show(response, manifest_url, str(refused))
            return
        raise falcon.HTTPSeeOther(f"/channels/{integration.id}")

    def _show(self, response: Response, manifest_url: str = "", problem: str = "") -> None:
        store = self._zendesk.store
        rows = [(integration, store.accounts.all(integration.id)) for integration in store.integrations.all()]
        self._pages.answer(
            response, "channels.html", here="channels", rows=rows, manifest_url=manifest_url, problem=problem
        )


class ChannelPage:
    """`/channels/{number}`: one integration."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages

    async def on_get(self, _request: Request, response: Response, number: int) -> None:
        """Its manifest, what is wrong with that, and its accounts."""
        store = self._zendesk.store
        integration = store.integrations.get(number)
        found = [each for each in store.violations.all() if each.integration_id == number]
        self._pages.answer(
            response,
            "channel.html",
            here="channels",
            integration=integration,
            urls={name: redacted_url(url) for name, url in integration.manifest.urls.items()},
            accounts=store.accounts.all(number),
            violations=[each for each in found if each.endpoint == "manifest"],
        )

    async def on_post_manifest(self, _request: Request, _response: Response, number: int) -> None:
        """Read the manifest again; why it cannot be read is remembered, and shown."""
        try:
            await self._zendesk.installer.read_again(number)
        except ManifestRefused:
            self._zendesk.context.changes.announce()
        raise falcon.HTTPSeeOther(f"/channels/{number}")

    async def on_post_remove(self, _request: Request, _response: Response, number: int) -> None:
        """Remove it with its accounts."""
        self._zendesk.lifecycle.remove_integration(number)
        self._zendesk.context.changes.announce()
        raise falcon.HTTPSeeOther("/channels")
