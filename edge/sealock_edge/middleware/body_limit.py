# SPDX-License-Identifier: Apache-2.0
"""Bodies are measured before they are read, and read before anything else happens. Falcon itself has no limit."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import falcon
from falcon.asgi import Request, Response

from sealock_edge.integration import Call


@dataclass(frozen=True, slots=True)
class BodyRule:
    """What a resource's POST takes: a content type, or (None) any, and at most so many bytes."""

    content_type: str | None
    max_bytes: int


class BodyLimit:
    """
    Puts the body of a POST into the call, or refuses it: 415 for another content type, 413 for a longer one, 408 for
    one that takes too long, 400 for one that ends early. A call without a body needs no content type.

    A resource has a `body` rule for its POST, or none if it has no POST.
    """

    def __init__(self, seconds: float) -> None:
        """`seconds` is how long a body may take to arrive."""
        self._seconds = seconds

    async def process_resource(self, req: Request, resp: Response, resource: Any, _params: dict[str, Any]) -> None:
        """Runs once the resource is known."""
        if req.method != "POST":
            return
        rule: BodyRule | None = getattr(resource, "body", None)
        if rule is None:
            return
        length = req.content_length
        content_type = (req.content_type or "").partition(";")[0].strip().lower()
        nothing_sent = not content_type and not length and req.get_header("Transfer-Encoding") is None
        if rule.content_type not in (None, content_type) and not nothing_sent:
            raise falcon.HTTPUnsupportedMediaType(description=f"The body must be {rule.content_type}.")
        if length is not None and length > rule.max_bytes:
            raise _too_large(resp)
        try:
            async with asyncio.timeout(self._seconds):
                body = await req.stream.read(rule.max_bytes + 1)
        except TimeoutError:
            resp.set_header("Connection", "close")
            raise falcon.HTTPError(falcon.HTTP_408, description="The body did not arrive in time.") from None
        if len(body) > rule.max_bytes:
            raise _too_large(resp)
        if length is not None and len(body) != length:
            raise falcon.HTTPBadRequest(description="The body ended early.")
        call: Call = req.context.call
        call.body = body


def _too_large(resp: Response) -> falcon.HTTPError:
    resp.set_header("Connection", "close")
    return falcon.HTTPContentTooLarge(description="The body is too large.")
