# SPDX-License-Identifier: Apache-2.0
"""Keeps other web pages from using this one through the browser of the person in front of it."""

from __future__ import annotations

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.foreign_pages import (
    HEADERS,
    is_fetched_from_elsewhere,
    is_for_this_machine,
    is_own_origin,
)

RETURN_PATH = "/admin-ui/return/"
"""Where integrations' admin UIs post to, from their own origin: it is guarded by a key that is used once."""


class SameOrigin:
    """
    The Host must be this machine, a form must come from one of our own pages, and no other site's page may show or
    fetch anything.

    Browsers send `Origin` with every POST and pages cannot change it. A request without one is not a browser's, and
    is refused too: programs use the JSON API.
    """

    async def process_request(self, request: Request, response: Response) -> None:
        """Refuse what another site's page would send."""
        response.set_headers(HEADERS)
        if not is_for_this_machine(request):
            raise falcon.HTTPForbidden(title="Only for this machine")
        if request.method == "POST" and request.path.startswith(RETURN_PATH):
            return
        if request.method in {"GET", "HEAD"}:
            if is_fetched_from_elsewhere(request):
                raise falcon.HTTPForbidden(title="This is not for other sites' pages")
        elif not is_own_origin(request):
            raise falcon.HTTPForbidden(title="This form comes from another site")
