# SPDX-License-Identifier: Apache-2.0
"""A running guestbook, and clients of its pages and of its API."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.origins.guestbook.sites import TOKEN, GuestbookSite, running_guestbook


@pytest.fixture
async def site() -> AsyncIterator[GuestbookSite]:
    async with running_guestbook() as site:
        yield site


@pytest.fixture
async def browser(site: GuestbookSite) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=site.url, trust_env=False, verify=False) as browser:
        yield browser


@pytest.fixture
async def owner(site: GuestbookSite) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx2.AsyncClient(
        base_url=site.url, headers=headers, trust_env=False, verify=False, timeout=10
    ) as owner:
        yield owner
