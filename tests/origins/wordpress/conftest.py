# SPDX-License-Identifier: Apache-2.0
"""A real WordPress with two sites of identical ids, started once, emptied for each test; and the connector."""

from __future__ import annotations

import asyncio

import pytest

from sealock_connector.testing import running
from sealock_devkit.emulators.wordpress import WordPress, missing
from sealock_origins.wordpress.connector import WordPress as Connector


@pytest.fixture(scope="session")
def wordpress(tmp_path_factory):
    """WordPress with the sites `plain` (UTC) and `pretty` (+05:30)."""
    if lacking := missing():
        pytest.skip(lacking)
    server = WordPress(tmp_path_factory.mktemp("wordpress"))

    async def start():
        await server.start()
        await asyncio.gather(
            server.add_site("plain"), server.add_site("pretty", pretty_permalinks=True, time_zone="+05:30")
        )

    try:
        asyncio.run(start())
        yield server
    finally:
        asyncio.run(server.stop())


@pytest.fixture(params=["plain", "pretty"])
async def site(request, wordpress):
    """Each of the two sites, without comments."""
    return await emptied(wordpress.sites[request.param])


@pytest.fixture
async def plain(wordpress):
    """The site with plain permalinks, without comments."""
    return await emptied(wordpress.sites["plain"])


@pytest.fixture
async def pretty(wordpress):
    """The site with pretty permalinks, without comments."""
    return await emptied(wordpress.sites["pretty"])


async def emptied(site):
    await site.reset()
    return site


@pytest.fixture
async def connector():
    """The connector, served as in production."""
    async with running(Connector(), settle_seconds=0.1) as client:
        yield client


@pytest.fixture
def account_at(connector):
    """Sets up an account at a site; gives its values, and its first state."""

    async def set_up(site, *, user="agent", start="everything", moderation="approved", url="", password=""):
        done = await connector.setup(
            "site",
            {
                "site": url or site.url,
                "user": user,
                "password": password or site.users[user].password,
                "start": start,
                "moderation": moderation,
            },
        )
        assert hasattr(done, "account"), done.problems
        return done.account, done.state or b""

    return set_up
