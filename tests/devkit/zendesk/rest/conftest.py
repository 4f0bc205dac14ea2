# SPDX-License-Identifier: Apache-2.0
"""A local Zendesk with an account that pushes, and a service that calls its REST API."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from falcon.testing import ASGIConductor

from sealock_devkit.zendesk.api.app import create_app
from tests.devkit.zendesk.scripted_service import ScriptedService


@pytest.fixture
async def service() -> AsyncIterator[ScriptedService]:
    async with ScriptedService() as running:
        running.manifest["push_client_id"] = "client"
        yield running


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
