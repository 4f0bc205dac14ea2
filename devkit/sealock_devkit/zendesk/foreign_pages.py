# SPDX-License-Identifier: Apache-2.0
"""Tells what other sites' pages make a browser send here from what people and programs send."""

from __future__ import annotations

import re

from falcon.asgi import Request

from sealock_devkit.zendesk.limits import is_loopback

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
