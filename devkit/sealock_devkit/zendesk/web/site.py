# SPDX-License-Identifier: Apache-2.0
"""Pages and JSON API at one address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sealock_devkit.zendesk.api.app import create_app
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.web.app import create_web_app

PROGRAMS = ("/api/", "/attachments/")
"""Where paths begin that are not pages."""

Site = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def create_site(zendesk: LocalZendesk, ends: Callable[[], bool] = lambda: False) -> Site:
    """
    The whole site over a local Zendesk that runs already.

    `/api/` and `/attachments/` are for programs, the rest for people.

    Each side has its own guards. `ends` says that open streams should end, as the server does.
    """
    api, web = create_app(zendesk), create_web_app(zendesk, ends)

    async def site(scope: dict[str, Any], receive: Any, send: Any) -> None:
        app = api if scope.get("path", "").startswith(PROGRAMS) else web
        await app(scope, receive, send)

    return site
