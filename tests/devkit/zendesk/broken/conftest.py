# SPDX-License-Identifier: Apache-2.0
"""A local Zendesk with all that it says about a broken answer: its records, its pages, its API and its console."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import asdict

import httpx2
import pytest
from selectolax.lexbor import LexborHTMLParser

from sealock_devkit.zendesk import LocalZendesk
from tests.devkit.zendesk.serving import served
from tests.serving import client_of

CANARY = "canary-4711"
"""Part of the values that break a rule. A violation measures a value and never repeats it."""


class Evidence:
    """Its records, its violations page, its API and its console."""

    def __init__(self, zendesk: LocalZendesk, client: httpx2.AsyncClient, console: io.StringIO) -> None:
        self.zendesk, self.client, self.console = zendesk, client, console

    async def violations(self) -> list[tuple[str, str, str, str, str]]:
        """
        All violations, as endpoint, path, rule, source and detail.

        Each is on the page, in the API and on the console, belongs to a call of its endpoint, and repeats no value.
        """
        recorded = self.zendesk.store.violations.all()
        api = await self.client.get("/api/violations")
        assert api.json()["violations"] == [asdict(each) for each in recorded]
        answer = await self.client.get("/violations")
        page, said = words(answer.text), self.console.getvalue()
        for each in recorded:
            for word in (each.endpoint, each.path, each.rule, each.source, each.detail):
                assert " ".join(word.split()) in page
            line = f"violation in {each.endpoint}: {each.path or 'the answer'}: {each.rule}"
            assert line in said
            assert f"({each.source})" in said.split(line, 1)[1].splitlines()[0]
            assert each.call_id is None or self._call(each.call_id).kind == each.endpoint
        for text in (api.text, answer.text, said):
            assert CANARY not in text
        return [(each.endpoint, each.path, each.rule, each.source, each.detail) for each in recorded]

    def _call(self, number: int):
        return next(call for call in self.zendesk.store.calls.all(limit=1000) if call.id == number)

    def stored(self, account) -> tuple[str, str, int]:
        """An account's metadata and state, and how many comments there are."""
        now = self.zendesk.store.accounts.get(account.id)
        tickets = self.zendesk.store.tickets
        return now.metadata, now.state, sum(len(tickets.comments(ticket.id)) for ticket in tickets.all())


def words(html: str) -> str:
    """What people read on a page."""
    body = LexborHTMLParser(html).body
    assert body is not None
    return " ".join(body.text().split())


def at(endpoint: str, *violations: tuple[str, str, str, str]) -> list[tuple[str, str, str, str, str]]:
    """Violations of one endpoint."""
    return [(endpoint, *each) for each in violations]


@pytest.fixture
def console() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
async def zendesk(tmp_path, settings, console) -> AsyncIterator[LocalZendesk]:
    async with LocalZendesk(tmp_path / "zendesk", settings, console=console) as running:
        yield running


@pytest.fixture
async def evidence(zendesk, console) -> AsyncIterator[Evidence]:
    async with served(zendesk) as url, client_of(url) as client:
        yield Evidence(zendesk, client, console)
