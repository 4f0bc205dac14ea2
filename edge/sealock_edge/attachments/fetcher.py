# SPDX-License-Identifier: Apache-2.0
"""
Fetches the files of agents' replies (protocol: channelback, file_urls[]).

A file's URL arrives from whoever can call the edge. So it has to lead to the Zendesk account that the sealed metadata
names; only there the account's token is shown. Redirects, to Zendesk's storage, are followed without it, by https and
to public addresses only.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpcore2

from sealock_contract.connections import Allows, CheckedConnections, is_public, is_this_machine
from sealock_edge.attachments.download import NOT_ALLOWED, Download, broken_connections_told
from sealock_edge.attachments.errors import FileRefused, FileUnavailable
from sealock_edge.zendesk import ZendeskHosts

MOST_REDIRECTS: Final = 5
_TIMES: Final = {"connect": 10.0, "read": 20.0, "write": 10.0, "pool": 10.0}
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SIGN_IN: Final = ("/access", "/auth")

FOREIGN: Final = "A file of this reply is not at this Zendesk account. Send the reply without it."
GONE: Final = "Zendesk does not have a file of this reply any more. Attach it again, or send the reply without it."
LOCKED: Final = (
    "Zendesk does not hand out a file of this reply without signing in. An administrator has to connect the account "
    "again; until then, send the reply without it."
)


@dataclass(frozen=True, slots=True)
class Fetching:
    """Whose files are fetched, and for how long."""

    subdomain: str
    """The Zendesk account's."""
    token: str = field(repr=False)
    """Its `zendesk_access_token`; empty: none."""
    until: float
    """When the time is over, on the event loop's clock."""


class AttachmentFetcher:
    """Opens files one at a time, each over a connection of its own."""

    def __init__(
        self,
        hosts: ZendeskHosts,
        *,
        max_bytes: int,
        ssl_context: ssl.SSLContext | None = None,
        connections: Callable[[Allows], httpcore2.AsyncNetworkBackend] = CheckedConnections,
    ) -> None:
        """`max_bytes` is the largest file. `ssl_context`: whom to trust; None: the system's authorities."""
        self._hosts = hosts
        self._max_bytes = max_bytes
        self._ssl = ssl_context or ssl.create_default_context()
        self._connections = connections

    @asynccontextmanager
    async def opened(self, url: str, fetching: Fetching) -> AsyncIterator[Download]:
        """
        The file, while the block runs.

        Raises `FileRefused`: it is not at the account's Zendesk, or not to be had. Raises `FileUnavailable`: not now.
        """
        if not self._hosts.owns(url, fetching.subdomain):
            raise FileRefused(FOREIGN)
        async with AsyncExitStack() as stack:
            with broken_connections_told():
                async with asyncio.timeout_at(fetching.until):
                    answer = await self._answer(stack, url, fetching)
            _check_status(answer.status)
            yield Download(url, answer, max_bytes=self._max_bytes, until=fetching.until)

    async def _answer(self, stack: AsyncExitStack, url: str, fetching: Fetching) -> httpcore2.Response:
        for _ in range(MOST_REDIRECTS + 1):
            at_home = self._hosts.owns(url, fetching.subdomain)
            headers: dict[bytes | str, bytes | str] = {"User-Agent": "Sealock", "Accept-Encoding": "identity"}
            if at_home and fetching.token:
                headers["Authorization"] = f"Bearer {fetching.token}"
            pool = await stack.enter_async_context(self._pool(url))
            exchange = pool.stream("GET", url, headers=headers, extensions={"timeout": _TIMES})
            answer = await stack.enter_async_context(exchange)
            location = next((value for name, value in answer.headers if name.lower() == b"location"), b"")
            if answer.status not in _REDIRECTS or not location:
                return answer
            url = _next(url, location)
            if self._hosts.owns(url, fetching.subdomain) and urlsplit(url).path.startswith(_SIGN_IN):
                raise FileRefused(LOCKED)
        raise FileUnavailable("the file's host redirects too often")

    def _pool(self, url: str) -> httpcore2.AsyncConnectionPool:
        split = urlsplit(url)
        developing = f"{split.scheme}://{split.netloc}" in self._hosts.development_origins
        if not developing and (split.scheme != "https" or "@" in split.netloc or split.port not in {None, 443}):
            raise FileRefused(NOT_ALLOWED)
        return httpcore2.AsyncConnectionPool(
            ssl_context=self._ssl,
            max_connections=1,
            network_backend=self._connections(is_this_machine if developing else is_public),
        )


def _next(url: str, location: bytes) -> str:
    try:
        following = urljoin(url, location.decode("ascii"))
        urlsplit(following).port  # noqa: B018 - reading it checks it
        httpcore2.URL(following)
    except (ValueError, TypeError):
        raise FileUnavailable("the file's host redirects to what is no URL") from None
    return following


def _check_status(status: int) -> None:
    if status == 200:
        return
    if status in {401, 403}:
        raise FileRefused(LOCKED)
    if status == 429 or status >= 500:
        raise FileUnavailable(f"the file's host answered {status}")
    raise FileRefused(GONE)
