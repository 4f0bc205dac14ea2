# SPDX-License-Identifier: Apache-2.0
"""A scripted integration service on loopback, and a local Zendesk that knows it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sealock_devkit.zendesk import LocalZendesk, Settings
from tests.devkit.zendesk.scripted_service import ScriptedService

QUICK = Settings(
    pull_interval_seconds=3600,
    channelback_backoff_seconds=0.01,
    event_window_seconds=0.01,
    pull_timeout_seconds=10,
    channelback_timeout_seconds=10,
)


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


@pytest.fixture
async def account(zendesk, service):
    """An account that is pulled only when a test says so."""
    integration = await zendesk.install(service.manifest_url)
    account = await zendesk.add_account(integration, [service.good_answers])
    await zendesk.wait_until(lambda: zendesk.store.accounts.get(account.id).pulls > 0)
    await zendesk.wait_until(zendesk.is_idle)
    return zendesk.store.accounts.get(account.id)
