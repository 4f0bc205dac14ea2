# SPDX-License-Identifier: Apache-2.0
"""What guards every answer in a browser, and keeps other sites' pages from writing in visitors' names."""

from __future__ import annotations

from falcon import HTTPForbidden
from falcon.asgi import Request, Response

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """A middleware that sets these headers, and refuses what says that another site's page sent it."""

    async def process_request(self, req: Request, resp: Response) -> None:
        """Look where it comes from; programs say nothing, and browsers say it with all that writes."""
        resp.set_headers(HEADERS)
        origin = req.get_header("Origin")
        if origin is not None and origin != f"{req.scheme}://{req.netloc}":
            raise HTTPForbidden(description="This comes from another site's page.")
