# SPDX-License-Identifier: Apache-2.0
"""The client: redirects followed with care, no cookies, no environment."""

from __future__ import annotations

from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx2

from sealock_connector._egress.transport import EgressDenied, OriginTransport
from sealock_connector.errors import OriginUnavailable

MOST_REDIRECTS = 5
_FOLLOWED = {"GET", "HEAD"}
_CARRIED = ("accept", "accept-language", "user-agent", "accept-encoding")
"""What is said to another host too; everything else may hold a secret."""


class OriginClient(httpx2.AsyncClient):
    """
    An `httpx2.AsyncClient` that calls origins.

    GET and HEAD follow up to five redirects; other methods give the redirect itself, because following would turn a
    post into something else. To another origin a redirect carries none of the request's own headers.
    """

    def __init__(self, transport: OriginTransport, *, timeout: float, user_agent: str) -> None:
        super().__init__(
            transport=transport,
            timeout=timeout,
            headers={"user-agent": user_agent, "accept-encoding": "identity"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            trust_env=False,
            follow_redirects=False,
        )

    def build_request(self, method: str, url: httpx2.URL | str, **settings: Any) -> httpx2.Request:
        """Build a request; `EgressDenied` for what is no URL."""
        try:
            return super().build_request(method, url, **settings)
        except httpx2.InvalidURL:
            raise EgressDenied("this is not a URL") from None

    async def send(self, request: httpx2.Request, **settings: Any) -> httpx2.Response:
        """Send the request; raises `OriginUnreached`, `EgressDenied` or `OriginUnavailable`, never `httpx2` errors."""
        stream = settings.pop("stream", False)
        settings.pop("follow_redirects", None)
        try:
            response = await super().send(request, stream=stream, follow_redirects=False, **settings)
            return await self._followed(response, stream=stream)
        except httpx2.HTTPError:
            raise OriginUnavailable("the origin's answer is not proper HTTP") from None

    async def _followed(self, response: httpx2.Response, *, stream: bool) -> httpx2.Response:
        history: list[httpx2.Response] = []
        while response.next_request is not None and response.request.method in _FOLLOWED:
            if len(history) == MOST_REDIRECTS:
                await response.aclose()
                raise OriginUnavailable("the origin redirects too often")
            await response.aclose()
            history.append(response)
            request = _safe(response.next_request, response.request)
            response = await super().send(request, stream=stream, auth=None, follow_redirects=False)
        response.history = history
        return response


def _safe(request: httpx2.Request, before: httpx2.Request) -> httpx2.Request:
    if request.url.origin == before.url.origin:
        return request
    headers = {name: request.headers[name] for name in _CARRIED if name in request.headers}
    return httpx2.Request(request.method, request.url, headers=headers, extensions=request.extensions)
