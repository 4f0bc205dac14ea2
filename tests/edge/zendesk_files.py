# SPDX-License-Identifier: Apache-2.0
"""A Zendesk account's attachments by https, and a storage beside it, both on loopback under their real names."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import trustme

from sealock_contract.connections import Allows, CheckedConnections, dialled
from sealock_edge.attachments import AttachmentFetcher, Fetching
from sealock_edge.zendesk import ZendeskHosts
from tests.connector.loopback_http import Answer, Request, Site, site

HOME = "https://example.zendesk.com"
STORAGE = "https://storage.example.net"
NO_ANSWER = "8.8.8.9"


def rerouted(allows: Allows, addresses: dict[str, list[str]], ports: dict[str, int]) -> CheckedConnections:
    """Looks names up in a table and checks what it finds; then calls the local port that stands for the address."""

    async def look_up(host: str, _: int) -> list[str]:
        if host not in addresses:
            raise OSError
        return addresses[host]

    async def dial(address: str, _port: int, seconds: float) -> socket.socket:
        if address == NO_ANSWER:
            raise ConnectionRefusedError
        return await dialled("127.0.0.1", ports[address], seconds)

    return CheckedConnections(allows, look_up, dial)


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
            connections=lambda allows: rerouted(allows, addresses, ports),
        )
        yield files
