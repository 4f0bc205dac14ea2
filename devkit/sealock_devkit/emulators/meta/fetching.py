# SPDX-License-Identifier: Apache-2.0
"""The emulator as a client: it fetches files by their URLs, and calls webhooks. It never leaves this machine."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx2

from sealock_devkit.emulators.meta.errors import bad_parameter
from sealock_devkit.emulators.meta.graph.params import MAX_BODY_BYTES, Upload
from sealock_devkit.emulators.meta.pictures import sniffed

SECONDS = 20

Fetch = Callable[[str], Awaitable[Upload]]
"""Gets a file. Raises `GraphError` when it cannot be had."""
Handshake = Callable[[str, dict[str, str]], Awaitable[tuple[int, str]]]
"""Gets a URL with a query. Returns status and text; 0 when there was no answer."""


class Outside:
    """What the platform's servers do by themselves, with one HTTP client."""

    def __init__(self, authority: Path | None = None) -> None:
        """`authority` is the certificate of whoever signed those of webhooks; none of the public ones is trusted."""
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if authority is not None:
            trust.load_verify_locations(authority)
        self._client = httpx2.AsyncClient(trust_env=False, timeout=SECONDS, follow_redirects=False, verify=trust)

    async def close(self) -> None:
        """Close the client."""
        await self._client.aclose()

    async def fetch(self, url: str) -> Upload:
        """A file by its URL. Raises `GraphError` 100."""
        if not _is_here(url):
            raise bad_parameter("The URL could not be fetched: it is not on this machine")
        try:
            answer = await self._client.get(url)
        except httpx2.HTTPError:
            raise bad_parameter("Failed to fetch the file from the URL") from None
        if answer.status_code != 200 or len(answer.content) > MAX_BODY_BYTES:
            raise bad_parameter("Failed to fetch the file from the URL")
        announced = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        name = httpx2.URL(url).path.rpartition("/")[2] or "file"
        return Upload(name, sniffed(answer.content, announced), answer.content)

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """Post to a webhook. Returns the status, or 0 when there was no answer."""
        try:
            return (await self._client.post(url, content=body, headers=headers)).status_code
        except httpx2.HTTPError:
            return 0

    async def handshake(self, url: str, query: dict[str, str]) -> tuple[int, str]:
        """Ask a webhook for the challenge. Returns status and text; 0 when there was no answer."""
        if not _is_here(url):
            return 0, ""
        try:
            answer = await self._client.get(httpx2.URL(url).copy_merge_params(query))
        except httpx2.HTTPError:
            return 0, ""
        return answer.status_code, answer.text


def _is_here(url: str) -> bool:
    try:
        parsed = httpx2.URL(url)
        return parsed.scheme in {"http", "https"} and ipaddress.ip_address(parsed.host).is_loopback
    except (httpx2.InvalidURL, ValueError):
        return str(url).startswith(("http://localhost:", "https://localhost:"))
