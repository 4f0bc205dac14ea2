# SPDX-License-Identifier: Apache-2.0
"""The local Zendesk's pages over HTTP, beside a scripted integration service."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator

import httpx2
import pytest
import uvicorn
from selectolax.lexbor import LexborHTMLParser

from sealock_devkit.zendesk import LocalZendesk, Settings
from sealock_devkit.zendesk.server import create_site
from tests.devkit.zendesk.scripted_service import ScriptedService

QUICK = Settings(
    pull_interval_seconds=3600,
    channelback_backoff_seconds=0.01,
    event_window_seconds=0.01,
    pull_timeout_seconds=10,
    channelback_timeout_seconds=10,
)


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


@pytest.fixture
async def service() -> AsyncIterator[ScriptedService]:
    async with ScriptedService() as running:
        yield running


@pytest.fixture
async def zendesk(tmp_path) -> AsyncIterator[LocalZendesk]:
    async with LocalZendesk(tmp_path / "zendesk", QUICK) as running:
        yield running


@pytest.fixture
async def account(zendesk, service):
    """An account that is pulled only when a test says so."""
    integration = await zendesk.install(service.manifest_url)
    account = await zendesk.add_account(integration, [service.good_answers])
    await zendesk.wait_until(lambda: zendesk.store.accounts.get(account.id).pulls > 0)
    await zendesk.wait_until(zendesk.is_idle)
    return zendesk.store.accounts.get(account.id)


@pytest.fixture
async def browser(zendesk) -> AsyncIterator[Browser]:
    """The whole site, as the process serves it."""
    listener = socket.create_server(("127.0.0.1", 0))
    stopping = asyncio.Event()
    config = uvicorn.Config(create_site(zendesk, stopping.is_set), log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve([listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with httpx2.AsyncClient(base_url=url, timeout=20) as client:
        yield Browser(client, url)
    stopping.set()
    zendesk.context.changes.announce()
    server.should_exit = True
    await task
    listener.close()
