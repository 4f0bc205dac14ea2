# SPDX-License-Identifier: Apache-2.0
"""The process ends when it is told to, even while somebody looks at a page."""

from __future__ import annotations

import signal
import socket
import sys
from pathlib import Path

import httpx2
import pytest

from sealock_devkit.stack.process import Process

SEALOCK = str(Path(sys.executable).with_name("sealock"))


@pytest.mark.system
async def test_an_open_page_does_not_keep_the_server_from_ending(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [SEALOCK, "zendesk", "--listen", f"127.0.0.1:{port}", "--data", str(tmp_path / "data")]
    process = Process("zendesk", command, log=tmp_path / "zendesk.log")
    await process.start()
    async with httpx2.AsyncClient(base_url=url, timeout=20) as client:

        async def answers():
            try:
                return (await client.get("/tickets")).status_code == 200
            except httpx2.TransportError:
                return False

        await process.ready(answers, within=40)
        async with client.stream("GET", "/stream") as stream:
            lines = stream.aiter_lines()
            await anext(lines)
            process.send(signal.SIGINT)
            rest = [line async for line in lines]
    assert await process.wait() == 0
    await process.kill()
    assert "timeout graceful shutdown exceeded" not in process.log.read_text()
    assert rest
    assert f"local Zendesk demo: {url}/" in process.log.read_text()
