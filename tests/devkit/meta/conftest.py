# SPDX-License-Identifier: Apache-2.0
"""A running emulator whose time stands still, and clients with the tokens that an app has."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator

import httpx2
import pytest

from sealock_devkit.emulators.meta.app import running_meta
from sealock_devkit.emulators.meta.settings import Clock, Settings
from tests.devkit.meta.callers import NOON, Meta

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Everything here is plain http: to load certificates would take longer than most tests."""


@pytest.fixture
async def meta() -> AsyncIterator[Meta]:
    clock = Clock()
    clock.freeze()
    clock.set(NOON)
    settings = Settings(conversation_calls_per_second=0)
    async with (
        running_meta(clock=clock, settings=settings, delivers=False) as site,
        httpx2.AsyncClient(trust_env=False, timeout=20, verify=NO_TLS) as http,
    ):
        yield Meta(site, http)
