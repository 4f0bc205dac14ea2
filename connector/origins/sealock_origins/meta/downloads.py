# SPDX-License-Identifier: Apache-2.0
"""Fetching files from Meta's own hosts, by links that need no token and get none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from ipaddress import IPv4Network, IPv6Network

import httpx2

from sealock_connector import NotFound, OpenedFile, OriginUnavailable
from sealock_connector.egress import origin_client

_MOST_BYTES = 100 * 1024 * 1024
_MOST_SECONDS = 300.0


class Downloads:
    """Opens links with a client of its own: a file has at most 100 MiB, and five minutes to come."""

    def __init__(self, allowed_networks: Sequence[IPv4Network | IPv6Network]) -> None:
        self._http = origin_client(allowed_networks=allowed_networks, max_bytes=_MOST_BYTES, max_seconds=_MOST_SECONDS)

    async def close(self) -> None:
        """Close the client."""
        await self._http.aclose()

    async def open(self, url: str, *, name: str, content_type: str) -> OpenedFile:
        """Open a link. Raises `NotFound` for one that works no longer, and the SDK's errors."""
        response = await self._http.send(self._http.build_request("GET", url), stream=True)
        if not response.is_success:
            await response.aclose()
            if response.status_code >= 500:
                raise OriginUnavailable(f"the file's host answered {response.status_code}")
            raise NotFound(f"the file's link is answered {response.status_code}")
        said = response.headers.get("content-type", "").partition(";")[0].strip()
        size = response.headers.get("content-length", "")
        return OpenedFile(
            name=name,
            content_type=said or content_type,
            chunks=_chunks(response),
            size=int(size) if size.isdecimal() else 0,
        )


async def _chunks(response: httpx2.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in response.aiter_bytes():
            yield chunk
    finally:
        await response.aclose()
