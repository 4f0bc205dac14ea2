# SPDX-License-Identifier: Apache-2.0
"""Keeps other sites' pages from using this Zendesk through the browser of the person in front of it."""

from __future__ import annotations

import re

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.urls import is_loopback

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""What every answer has, unless a page or a file says more precisely what it needs."""

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::[0-9]+)?", re.ASCII)
_ELSEWHERE = frozenset({"cross-site", "same-site"})


def is_for_this_machine(request: Request) -> bool:
    """Whether the Host is this machine itself, and not a name of somebody's that only leads here."""
    host = _HOST.fullmatch(request.get_header("Host") or "")
    return host is not None and is_loopback(host[1].strip("[]").lower())


def is_own_origin(request: Request) -> bool:
    """Whether the request says that a page of this very address sent it; browsers say so with every POST."""
    return request.get_header("Origin") == f"{request.scheme}://{request.netloc}"


def has_foreign_origin(request: Request) -> bool:
    """Whether the request says that a page of any other address sent it; programs say nothing."""
    return request.get_header("Origin") is not None and not is_own_origin(request)


def is_fetched_from_elsewhere(request: Request) -> bool:
    """
    Whether another site's page put this into itself: a frame, a picture, a script, a fetch.

    A link from there that a person follows is none of these. Browsers that do not tell are taken at their Origin.
    """
    if request.get_header("Sec-Fetch-Site") not in _ELSEWHERE:
        return False
    return (request.get_header("Sec-Fetch-Mode"), request.get_header("Sec-Fetch-Dest")) != ("navigate", "document")


REST = "/api/v2/"
CHANGING = {"POST", "PATCH", "DELETE", "PUT"}


class ProgramsOnly:
    """
    Keeps web pages of elsewhere out: a browser would send them here, as it is on the same machine.

    The Host must be this machine, what changes something must be JSON, which no form can send, and what says that
    another site's page sent it is refused. Zendesk's own REST API looks at the content type by itself, for those who
    have a token.
    """

    async def process_request(self, request: Request, response: Response) -> None:
        """Refuse what a person or a test would not send."""
        response.set_headers(HEADERS)
        if not is_for_this_machine(request):
            raise falcon.HTTPForbidden(title="only for this machine")
        if has_foreign_origin(request) or is_fetched_from_elsewhere(request):
            raise falcon.HTTPForbidden(title="not for other sites' pages")
        if request.method not in CHANGING or request.path.startswith(REST):
            return
        if (request.content_type or "").partition(";")[0] != falcon.MEDIA_JSON:
            raise falcon.HTTPUnsupportedMediaType(title="send application/json")


RETURN_PATH = "/admin-ui/return/"
"""Where integrations' admin UIs post to, from their own origin: it is guarded by a key that is used once."""


class OwnPagesOnly:
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


class ReadingOnly:
    """For what was opened from a file: it is looked at, and nothing in it changes."""

    async def process_request(self, request: Request, _response: Response) -> None:
        """Refuse what would change something."""
        if request.method not in {"GET", "HEAD"}:
            raise falcon.HTTPForbidden(title="This was opened from a file: it can only be read")
