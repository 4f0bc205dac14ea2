# SPDX-License-Identifier: Apache-2.0
"""A service that is well in every respect, of which each test makes one thing ill."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime

import pytest

from sealock_devkit.doctor.checks import Accounts
from sealock_devkit.doctor.examination import Target, examine
from tests.devkit.zendesk.scripted_service import ADMIN, CHANNELBACK, EVENTS, PULL, Canned, ScriptedService

NAMED = "acme"
"""The Zendesk account that may set up."""


class Healthy(ScriptedService):
    """`answers` holds what a path answers instead; a function gets the request and its form."""

    def __init__(self, **options) -> None:
        super().__init__(**options)
        self.answers = {}

    async def __aenter__(self):
        await super().__aenter__()
        self.manifest["urls"] = {key: self.url + path for key, path in self.manifest["urls"].items()}
        return self

    def _well_behaved(self, request, form):
        answer = self.answers.get(request.path)
        if answer is not None:
            return answer(request, form) if callable(answer) else answer
        zendesk = form.get("subdomain") == NAMED and form["return_url"].startswith(f"https://{NAMED}.zendesk.com/")
        healthy = {
            ADMIN: Canned("<form></form>") if zendesk else Canned(status=401),
            PULL: Canned(status=401),
            CHANNELBACK: Canned(status=401),
            EVENTS: Canned({}),
            "/clickthrough": Canned(status=404),
            "/healthcheck": Canned("well"),
        }
        return healthy.get(request.path) or super()._well_behaved(request, form)


@pytest.fixture
async def service():
    async with Healthy() as running:
        yield running


@pytest.fixture
def examined():
    """Examines a service; the rows by their checks."""

    async def examined(url, *, trust=None, now=lambda: datetime.now(UTC), **more):
        target = Target(url, **{"insecure_loopback": True, "accounts": Accounts(NAMED), **more})
        rows = await asyncio.to_thread(examine, target, trust or ssl.create_default_context(), now)
        assert len({row.check for row in rows}) == len(rows)
        assert all(bool(row.remedy) is (row.verdict != "ok") for row in rows)
        return {row.check: row for row in rows}

    return examined


@pytest.fixture
def findings(examined):
    """Examines a service; the verdicts that are not ok."""

    async def findings(url, **more):
        rows = await examined(url, **more)
        return {check: row.verdict.value for check, row in rows.items() if row.verdict != "ok"}

    return findings
