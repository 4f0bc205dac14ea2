# SPDX-License-Identifier: Apache-2.0
"""A Zendesk account's attachments by https, and a storage beside it, both on loopback under their real names."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpcore2
import trustme

from sealock_contract.connections import CheckedConnections
from sealock_edge.attachments import AttachmentFetcher, Fetching
from sealock_edge.zendesk import ZendeskHosts
from tests.connector.loopback_http import Answer, Request, Site, site

HOME = "https://example.zendesk.com"
STORAGE = "https://storage.example.net"
NO_ANSWER = "8.8.8.9"


class Rerouted(CheckedConnections):
    """Looks names up in a table and checks what it finds; then calls the local port that stands for the address."""

    def __init__(self, allows, addresses: dict[str, list[str]], ports: dict[str, int]) -> None:
        async def look_up(host: str, _: int) -> list[str]:
            if host not in addresses:
                raise OSError
            return addresses[host]

        super().__init__(allows, look_up)
        self._ports = ports
        self._inner = self

    async def connect_tcp(self, host: str, port: int, *rest, **named) -> httpcore2.AsyncNetworkStream:
        if host == NO_ANSWER:
            raise httpcore2.ConnectError
        if host not in self._ports:
            return await super().connect_tcp(host, port, *rest, **named)
        return await httpcore2.AnyIOBackend().connect_tcp("127.0.0.1", self._ports[host], *rest, **named)


class Files:
    """What the two hosts answer by path, what they were asked, and a fetcher that reaches them."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer | Awaitable[Answer] | Callable[[Request], Answer]] = {}
        self.home: Site
        self.storage: Site
        self.fetcher: AttachmentFetcher

    def answer(self, request) -> Answer | Awaitable[Answer]:
        answer = self.answers.get(request.target.partition("?")[0], Answer(404))
        return answer(request) if callable(answer) else answer

    async def fetch(self, url: str, *, token: str = "canary-token", seconds: float = 10):
        """The file's name, type, said size and bytes."""
        fetching = Fetching("example", token, asyncio.get_running_loop().time() + seconds)
        async with self.fetcher.opened(url, fetching) as file:
            return file.name, file.content_type, file.size, b"".join([chunk async for chunk in file.chunks()])


@asynccontextmanager
async def zendesk_files(*, max_bytes: int = 1000) -> AsyncIterator[Files]:
    authority, files = trustme.CA(), Files()
    serving, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    names = ("example.zendesk.com", "other.zendesk.com", "storage.example.net", "several.example.net")
    authority.issue_cert(*names).configure_cert(serving)
    authority.configure_trust(trusting)
    addresses = {
        "example.zendesk.com": ["8.8.4.4"],
        "storage.example.net": ["8.8.8.8"],
        "elsewhere.example.net": ["8.8.8.8"],
        "several.example.net": ["10.0.0.8", NO_ANSWER, "8.8.8.8"],
        "inside.example.net": ["10.0.0.8"],
        "metadata.example.net": ["169.254.169.254"],
        "mapped.example.net": ["::ffff:127.0.0.1"],
    }
    async with site(files.answer, ssl=serving) as files.home, site(files.answer, ssl=serving) as files.storage:
        ports = {"8.8.4.4": files.home.port, "8.8.8.8": files.storage.port}
        files.fetcher = AttachmentFetcher(
            ZendeskHosts(),
            max_bytes=max_bytes,
            ssl_context=trusting,
            connections=lambda allows: Rerouted(allows, addresses, ports),
        )
        yield files
