# SPDX-License-Identifier: Apache-2.0
"""The local Zendesk's pages over HTTP, beside a scripted integration service."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import asdict

import httpx2
import pytest
from selectolax.lexbor import LexborHTMLParser

from sealock_devkit.zendesk import LocalZendesk
from tests.devkit.zendesk.serving import served
from tests.serving import client_of


class Browser:
    """Asks for pages and sends their forms as a browser on this machine does."""

    def __init__(self, client: httpx2.AsyncClient, url: str) -> None:
        self.client = client
        self.url = url

    async def open(self, path: str, status: int = 200) -> LexborHTMLParser:
        answer = await self.client.get(path)
        assert answer.status_code == status, answer.text
        return LexborHTMLParser(answer.text)

    async def send(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> httpx2.Response:
        return await self.client.post(path, data=fields or {"": ""}, headers={"Origin": self.url, **headers})


def words(page: LexborHTMLParser, selector: str = "main") -> str:
    """What people read there."""
    return re.sub(r"\s+", " ", " ".join(node.text() for node in page.css(selector))).strip()


def record_again(zendesk: LocalZendesk, kind: str, times: int) -> None:
    """Write the newest call of a kind into the journal so many times more, as if it had been made again."""
    values = asdict(zendesk.store.calls.all(kind=kind)[-1])
    del values["id"]
    for _ in range(times):
        zendesk.store.calls.add(10_000, **values)


@pytest.fixture
async def browser(zendesk) -> AsyncIterator[Browser]:
    """The whole site, as the process serves it."""
    async with served(zendesk) as url, client_of(url) as client:
        yield Browser(client, url)
