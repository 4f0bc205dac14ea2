# SPDX-License-Identifier: Apache-2.0
"""A local Zendesk that is listened to everywhere: its console, its pages and its API, all over HTTP."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import httpx2
import pytest

from sealock_devkit.zendesk import LocalZendesk
from tests.devkit.zendesk.broken.evidence import Evidence
from tests.devkit.zendesk.serving import served


@pytest.fixture
def console() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
async def zendesk(tmp_path, settings, console) -> AsyncIterator[LocalZendesk]:
    async with LocalZendesk(tmp_path / "zendesk", settings, console=console) as running:
        yield running


@pytest.fixture
async def evidence(zendesk, console) -> AsyncIterator[Evidence]:
    async with served(zendesk) as url, httpx2.AsyncClient(base_url=url, timeout=20) as client:
        yield Evidence(zendesk, client, console)
