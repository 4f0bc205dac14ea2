# SPDX-License-Identifier: Apache-2.0
"""What guards every answer in a browser, whoever made it: a resource, an error, the framework."""

from __future__ import annotations

from typing import Final

from falcon.asgi import Request, Response

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Protection:
    """
    Nothing of an answer runs, is framed, is kept or is taken for another type; a resource that needs more than that
    says so in its own headers.

    HTTP Strict Transport Security is not among them: it binds the whole host with all its ports, which the edge may
    share, and nothing here is ever linked by http. Where TLS ends, it can be added.
    """

    async def process_request(self, _req: Request, resp: Response) -> None:
        """Runs for every call, before anything can fail."""
        resp.set_headers(HEADERS)
