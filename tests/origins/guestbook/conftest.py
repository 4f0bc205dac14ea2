# SPDX-License-Identifier: Apache-2.0
"""A running guestbook and the connector, served as in production."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sealock_connector.testing import Client, running
from sealock_origins.guestbook.connector import Guestbook
from tests.origins.guestbook.sites import TOKEN, GuestbookSite, running_guestbook


@pytest.fixture
async def site() -> AsyncIterator[GuestbookSite]:
    async with running_guestbook() as site:
        yield site


@pytest.fixture
async def connector() -> AsyncIterator[Client]:
    async with running(Guestbook(), settle_seconds=0.1) as connector:
        yield connector


@pytest.fixture
def account(site: GuestbookSite) -> dict[str, str]:
    return {"site": site.url, "token": TOKEN, "start": ""}
