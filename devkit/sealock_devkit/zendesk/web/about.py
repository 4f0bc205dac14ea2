# SPDX-License-Identifier: Apache-2.0
"""The way to an integration's own pages: about and dashboard (protocol: opened by a browser)."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.local_zendesk import LocalZendesk


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
