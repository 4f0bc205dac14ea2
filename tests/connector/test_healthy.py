# SPDX-License-Identifier: Apache-2.0
"""The health check of containers says by its exit status whether a connector serves."""

from __future__ import annotations

import asyncio
import sys

import pytest

from sealock_connector._serving.options import parse
from sealock_connector._serving.server import running
from tests.connector.connectors import Plain


async def asked(*arguments: str, **environment: str) -> int:
    """The exit status."""
    program = [sys.executable, "-m", "sealock_connector.healthy", *arguments]
    process = await asyncio.create_subprocess_exec(*program, env=environment)
    return await process.wait()


@pytest.fixture
async def server():
    options = ["--insecure", "--listen=127.0.0.1:0", "--health-listen=127.0.0.1:0", "--drain-seconds=0"]
    async with running(Plain(), parse(Plain(), options)) as started:
        yield started


async def test_a_connector_that_serves_is_healthy(server):
    assert await asked(f"127.0.0.1:{server.health_port}") == 0


@pytest.mark.parametrize(("service", "status"), [("", 0), ("liveness", 0), ("no such service", 1)])
async def test_one_service_of_a_connector_is_asked_for(server, service, status):
    assert await asked(f"127.0.0.1:{server.health_port}", service) == status


async def test_the_port_is_the_one_that_the_connector_was_told(server):
    assert await asked(SEALOCK_CONNECTOR_HEALTH_LISTEN=f"0.0.0.0:{server.health_port}") == 0


async def test_where_nothing_listens_nothing_is_healthy(unused_tcp_port):
    assert await asked(f"127.0.0.1:{unused_tcp_port}") == 1
