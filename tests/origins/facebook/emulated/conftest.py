# SPDX-License-Identifier: Apache-2.0
"""The connector beside the emulator, with an account of a Page."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx2
import pytest

from sealock_connector._serving.options import parse
from sealock_connector.testing import LOOPBACK
from sealock_devkit.emulators.meta.app import running_meta
from sealock_devkit.emulators.meta.settings import Settings
from sealock_origins.facebook.connector import Facebook
from tests.connector.scripted_origin import quick
from tests.devkit.meta.callers import Meta
from tests.origins.facebook.conftest import account


@pytest.fixture
async def meta():
    """The emulator, which wants each call's proof."""
    async with (
        running_meta(settings=Settings(require_proof=True)) as site,
        httpx2.AsyncClient(trust_env=False, verify=False, timeout=20) as http,
    ):
        yield Meta(site, http)


@pytest.fixture
async def connector(meta, tmp_path):
    """The connector for its app; its clock is the emulator's."""
    secret = tmp_path / "secret"
    secret.write_text(meta.store.keys.app_secret)
    connector = Facebook(now=lambda: datetime.fromtimestamp(meta.store.now(), UTC))
    options = {
        "app-id": meta.store.keys.app_id,
        "app-secret-file": secret,
        "graph-url": meta.site.host("graph.facebook.com"),
        "dialog-url": meta.site.host("www.facebook.com"),
        "allow-network": LOOPBACK,
        "listen": "127.0.0.1:0",
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    parse(connector, ["--insecure", "--human-agent", *arguments], environ={})
    async with quick(connector) as client:
        yield client


@pytest.fixture
def values(meta):
    """An account of the Page, from a minute ago."""
    since = int(meta.store.now()) - 60
    page = {"page": meta.page.id, "name": meta.page.name, "token": meta.page_token.id}
    return account(**page, since=since, messages_since=since)
