# SPDX-License-Identifier: Apache-2.0
"""Keeps other web pages from using this one through the browser of the person in front of it."""

from __future__ import annotations

from urllib.parse import urlsplit

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.limits import is_loopback

RETURN_PATH = "/admin-ui/return/"
"""Where integrations' admin UIs post to, from their own origin: it is guarded by a key that is used once."""


class SameOrigin:
    """
    The Host must be this machine, and a form must come from one of our own pages.

    Browsers send `Origin` with every POST and pages cannot change it. A request without one is not a browser's, and
    is refused too: programs use the JSON API.
    """

    async def process_request(self, request: Request, _response: Response) -> None:
        """Refuse what another site's page would send."""
        if not is_loopback(request.host.strip("[]")):
            raise falcon.HTTPForbidden(title="Only for this machine")
        if request.method in {"GET", "HEAD"} or request.path.startswith(RETURN_PATH):
            return
        origin = urlsplit(request.get_header("Origin") or "")
        if origin.scheme != request.scheme or origin.netloc != request.netloc:
            raise falcon.HTTPForbidden(title="This form comes from another site")
