# SPDX-License-Identifier: Apache-2.0
"""A local Zendesk with an account that pushes, and a service that calls its REST API."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from falcon.testing import ASGIConductor

from sealock_devkit.zendesk import LocalZendesk
from sealock_devkit.zendesk.api.app import create_app
from tests.devkit.zendesk.conftest import QUICK
from tests.devkit.zendesk.scripted_service import ScriptedService


@pytest.fixture
async def service() -> AsyncIterator[ScriptedService]:
    async with ScriptedService() as running:
        running.manifest["push_client_id"] = "client"
        yield running


@pytest.fixture
async def zendesk(tmp_path) -> AsyncIterator[LocalZendesk]:
    async with LocalZendesk(tmp_path / "zendesk", QUICK) as running:
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


class Rest:
    """The REST API as a service calls it, with an account's token and id."""

    def __init__(self, conductor, account) -> None:
        self.conductor, self.account = conductor, account

    async def call(self, path: str, body, *, token: str | None = None, account=None, **headers):
        account = account or self.account
        secret = account.access_token if token is None else token
        sent = {"authorization": f"Bearer {secret}", "content-type": "application/json", **headers}
        if isinstance(body, dict):
            body = {"instance_push_id": account.instance_push_id, **body}
        raw = body if isinstance(body, str) else json.dumps(body)
        path = f"/api/v2/any_channel/{path}"
        return await self.conductor.simulate_post(path, host="127.0.0.1", headers=sent, body=raw)

    async def push(self, *resources, **options):
        return await self.call("push", {"external_resources": list(resources)}, **options)


@pytest.fixture
async def rest(zendesk, account) -> AsyncIterator[Rest]:
    async with ASGIConductor(create_app(zendesk)) as conductor:
        yield Rest(conductor, account)
