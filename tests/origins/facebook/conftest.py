# SPDX-License-Identifier: Apache-2.0
"""The connector, served as in production, beside a small Graph API."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from sealock_connector._serving.options import parse
from sealock_connector.testing import LOOPBACK, running
from sealock_origins.facebook.account import ASKED_FOR
from sealock_origins.facebook.connector import Facebook
from sealock_origins.meta.budget import Budgets
from tests.connector.scripted_origin import quick
from tests.origins.meta.fake_graph import APP_ID, APP_SECRET, LONG_AGO, PAGE, TOKEN, FakeGraph

VERIFY_TOKEN = "canary-verify-token"


async def no_time(seconds):
    """Sleeps for no time at all."""


@pytest.fixture
async def graph():
    """A world with a Page that granted everything."""
    async with FakeGraph() as graph:
        graph.grants["scopes"] = list(ASKED_FOR)
        yield graph


@pytest.fixture
def arguments(graph, tmp_path):
    """The connector's command line."""
    secret, token = tmp_path / "secret", tmp_path / "verify"
    secret.write_text(f"{APP_SECRET}\n")
    token.write_text(VERIFY_TOKEN)
    return (
        f"--app-id={APP_ID}",
        f"--app-secret-file={secret}",
        f"--graph-url={graph.url}",
        f"--webhook-verify-token-file={token}",
    )


@pytest.fixture
def served(graph, arguments):
    """Serves the connector; `more` are options, or arguments of `running`."""

    @asynccontextmanager
    async def serve(*more, **settings):
        connector = Facebook(now=lambda: datetime.fromtimestamp(graph.now, UTC), budgets=Budgets(sleep=no_time))
        async with running(connector, *arguments, *more, **settings) as client:
            yield client

    return serve


@pytest.fixture
async def hurried(graph, arguments):
    """The connector with an outbox that soon looks for what was lost."""
    connector = Facebook(now=lambda: datetime.fromtimestamp(graph.now, UTC), budgets=Budgets(sleep=no_time))
    parse(connector, ["--insecure", "--listen=127.0.0.1:0", f"--allow-network={LOOPBACK}", *arguments], environ={})
    async with quick(connector) as client:
        yield client


@pytest.fixture
async def connector(served):
    """The connector."""
    async with served() as client:
        yield client


def account(**changes):
    """An account of the Page, as set-up would have made it."""
    return {
        "page": PAGE,
        "name": "The Bakery",
        "token": TOKEN,
        "since": LONG_AGO,
        "messages_since": LONG_AGO,
        "comments": True,
        "visitor_posts": True,
        "messages": True,
        "per_post": False,
        "privately": False,
        "hidden_too": False,
        "sent": "",
        **changes,
    }
