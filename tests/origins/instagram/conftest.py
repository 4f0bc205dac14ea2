# SPDX-License-Identifier: Apache-2.0
"""The connector beside the emulator, with accounts of both logins."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx2
import pytest

from sealock_connector._serving.options import parse
from sealock_connector.testing import LOOPBACK
from sealock_devkit.emulators.meta.app import running_meta
from sealock_devkit.emulators.meta.settings import Settings
from sealock_origins.instagram.connector import Instagram
from sealock_origins.meta.budget import Budgets
from tests.connector.scripted_origin import quick
from tests.devkit.meta.callers import Meta

VERIFY_TOKEN = "canary-verify-token"


async def no_time(seconds):
    """Sleeps for no time at all."""


@pytest.fixture
async def meta():
    """The emulator, which wants each call's proof."""
    settings = Settings(require_proof=True, conversation_calls_per_second=0)
    async with (
        running_meta(settings=settings) as site,
        httpx2.AsyncClient(trust_env=False, verify=False, timeout=20) as http,
    ):
        yield Meta(site, http)


@pytest.fixture
def arguments(meta, tmp_path):
    """The connector's command line."""
    keys = meta.store.keys
    files = {"app": keys.app_secret, "instagram": keys.instagram_app_secret, "verify": VERIFY_TOKEN}
    for name, secret in files.items():
        (tmp_path / name).write_text(secret)
    options = {
        "app-id": keys.app_id,
        "app-secret-file": tmp_path / "app",
        "instagram-app-id": keys.instagram_app_id,
        "instagram-app-secret-file": tmp_path / "instagram",
        "webhook-verify-token-file": tmp_path / "verify",
        "graph-url": meta.site.host("graph.facebook.com"),
        "dialog-url": meta.site.host("www.facebook.com"),
        "instagram-graph-url": meta.site.host("graph.instagram.com"),
        "instagram-dialog-url": meta.site.host("www.instagram.com"),
        "instagram-token-url": meta.site.host("api.instagram.com"),
        "allow-network": LOOPBACK,
        "listen": "127.0.0.1:0",
    }
    return ["--insecure", "--human-agent", *(f"--{name}={value}" for name, value in options.items())]


@pytest.fixture
def served(meta, arguments):
    """Serves the connector, with an outbox that soon looks for what was lost; its clock is the emulator's."""

    @asynccontextmanager
    async def serve(store=None):
        now = lambda: datetime.fromtimestamp(meta.store.now(), UTC)  # noqa: E731
        connector = Instagram(now=now, budgets=Budgets(sleep=no_time))
        parse(connector, arguments, environ={})
        async with quick(connector, store) as client:
            yield client

    return serve


@pytest.fixture
async def connector(served):
    """The connector."""
    async with served() as client:
        yield client


def account(meta, login, **changes):
    """An account from a minute ago, as set-up would have made it."""
    since = int(meta.store.now()) - 60
    by_facebook = login == "facebook"
    return {
        "login": login,
        "id": meta.instagram.id,
        "own_id": meta.instagram.id if by_facebook else meta.instagram.app_scoped_id,
        "username": meta.instagram.username,
        "token": meta.page_token.id if by_facebook else meta.instagram_token.id,
        "token_at": since,
        "since": since,
        "messages_since": since,
        "comments": True,
        "mentions": by_facebook,
        "messages": True,
        "page": meta.page.id if by_facebook else "",
        "privately": False,
        "sent": "",
        **changes,
    }


@pytest.fixture(params=["facebook", "instagram"])
def values(meta, request):
    """An account of each of the two logins."""
    return account(meta, request.param)
