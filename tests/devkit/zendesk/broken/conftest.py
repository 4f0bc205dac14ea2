# SPDX-License-Identifier: Apache-2.0
"""A local Zendesk that is listened to everywhere: its console, its pages and its API, all over HTTP."""

from __future__ import annotations

import asyncio
import io
import socket
from collections.abc import AsyncIterator

import httpx2
import pytest
import uvicorn

from sealock_devkit.zendesk import LocalZendesk
from sealock_devkit.zendesk.web.site import create_site
from tests.devkit.zendesk.broken.evidence import Evidence


@pytest.fixture
def console() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
async def zendesk(tmp_path, settings, console) -> AsyncIterator[LocalZendesk]:
    async with LocalZendesk(tmp_path / "zendesk", settings, console=console) as running:
        yield running


@pytest.fixture
async def evidence(zendesk, console) -> AsyncIterator[Evidence]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_site(zendesk), log_level="error", lifespan="off"))
    task = asyncio.create_task(server._serve([listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with httpx2.AsyncClient(base_url=url, timeout=20) as client:
        yield Evidence(zendesk, client, console)
    server.should_exit = True
    await task
    listener.close()
