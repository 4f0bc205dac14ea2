# SPDX-License-Identifier: Apache-2.0
"""A scripted integration service on loopback, and a local Zendesk that knows it."""

from __future__ import annotations

import shutil
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import trustme

from sealock_devkit.zendesk import LocalZendesk, Settings
from tests.devkit.zendesk.scripted_service import ScriptedService

QUICK = Settings(
    pull_interval_seconds=3600,
    channelback_backoff_seconds=0.01,
    event_window_seconds=0.01,
    pull_timeout_seconds=10,
    channelback_timeout_seconds=10,
)


MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 2**30


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder of the test's own, in memory where there is enough: SQLite waits for disks whenever a file is new."""
    in_memory = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES
    with TemporaryDirectory(prefix="zendesk-", dir=MEMORY if in_memory else None) as folder:
        yield Path(folder)


@pytest.fixture
async def service() -> AsyncIterator[ScriptedService]:
    async with ScriptedService() as running:
        yield running


@pytest.fixture
def settings() -> Settings:
    return QUICK


@pytest.fixture
async def zendesk(tmp_path, settings) -> AsyncIterator[LocalZendesk]:
    async with LocalZendesk(tmp_path / "zendesk", settings) as running:
        yield running


async def added(zendesk, service):
    """An account that is pulled only when a test says so."""
    integration = await zendesk.install(service.manifest_url)
    account = await zendesk.add_account(integration, [service.good_answers])
    await zendesk.wait_until(lambda: zendesk.store.accounts.get(account.id).pulls > 0)
    await zendesk.wait_until(zendesk.is_idle)
    return zendesk.store.accounts.get(account.id)


@pytest.fixture
async def account(zendesk, service):
    return await added(zendesk, service)


@pytest.fixture
async def over_tls(tmp_path):
    """A service and a Zendesk that speak https, as the schemas demand of every URL."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    options = {"ssl_certfile": str(tmp_path / "server.pem"), "ssl_version": ssl.PROTOCOL_TLS_SERVER}
    strict = QUICK.changed({"loopback_http_is_https": False})
    zendesk = LocalZendesk(tmp_path / "data", strict, ca_file=str(tmp_path / "ca.pem"))
    async with ScriptedService(options) as service, zendesk:
        yield service, zendesk
