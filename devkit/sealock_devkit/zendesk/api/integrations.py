# SPDX-License-Identifier: Apache-2.0
"""Integrations: install, list, read again, remove, ask for their health."""

from __future__ import annotations

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.api.media import base64_bytes, only, read_object, text
from sealock_devkit.zendesk.api.views import integration_view
from sealock_devkit.zendesk.app_installation import install_app
from sealock_devkit.zendesk.local_zendesk import LocalZendesk


class Integrations:
    """`/api/integrations`: all of them."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, _request: Request, response: Response) -> None:
        """The installed ones."""
        response.media = {
            "integrations": [integration_view(each, self._zendesk) for each in self._zendesk.store.integrations.all()]
        }

    async def on_post(self, request: Request, response: Response) -> None:
        """Install one from its `manifest_url`, or by its `app`: the zip's bytes in base64."""
        media = await read_object(request)
        only(media, "manifest_url", "app")
        if len(media) > 1:
            raise falcon.HTTPBadRequest(title="give manifest_url or app, and not both")
        if "app" in media:
            integration = await install_app(self._zendesk, base64_bytes(media, "app"))
        else:
            integration = await self._zendesk.install(text(media, "manifest_url"))
        response.status = falcon.HTTP_201
        response.media = integration_view(integration, self._zendesk)


class Integration:
    """`/api/integrations/{number}`: one of them."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, _request: Request, response: Response, number: int) -> None:
        """It, with its manifest, and the app that installed it."""
        response.media = integration_view(self._zendesk.store.integrations.get(number), self._zendesk)

    async def on_delete(self, _request: Request, response: Response, number: int) -> None:
        """Remove it with its accounts."""
        self._zendesk.lifecycle.remove_integration(number)
        response.status = falcon.HTTP_204

    async def on_post_manifest(self, _request: Request, response: Response, number: int) -> None:
        """Read its manifest again."""
        response.media = integration_view(await self._zendesk.installer.read_again(number), self._zendesk)

    async def on_get_health(self, _request: Request, response: Response, number: int) -> None:
        """Call its healthcheck_url."""
        status, problem = await self._zendesk.healthcheck(self._zendesk.store.integrations.get(number))
        response.media = {"status": status, "problem": problem}
