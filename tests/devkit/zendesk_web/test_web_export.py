# SPDX-License-Identifier: Apache-2.0
"""Lists as files: what the API gives, with the page's filters and the same dots."""

from __future__ import annotations

import json

import pytest

from tests.devkit.zendesk.scripted_service import PULL, Canned, resource

PAGES = [
    ("calls", "kind=pull&account=1"),
    ("calls", "wrong=true"),
    ("events", "status=delivered&kind=pull_request"),
    ("events", "by=batch&account=1"),
    ("violations", "source=schema&endpoint=pull"),
    ("violations", "by=rule"),
    ("violations", "account=7"),
]


@pytest.fixture
async def busy(zendesk, service, account):
    service.resources = [resource("c1")]
    service.script[PULL] = [Canned({"external_resources": [], "state": 7}), Canned("", status=503)]
    for _ in range(3):
        await zendesk.pull(account.id)
    await zendesk.settled(zendesk.reply(1, "answer"))
    await zendesk.wait_until(zendesk.is_idle)
    return account


@pytest.mark.parametrize(("name", "query"), PAGES)
async def test_what_the_page_exports_is_what_the_api_gives_for_its_filters(browser, busy, name, query):
    page = await browser.open(f"/{name}?{query}")
    link = page.css_first("a[download]").attributes["href"]
    file = await browser.client.get(link)
    assert file.headers["content-disposition"] == f'attachment; filename="{name}.json"'
    assert file.headers["content-type"] == "application/json"
    filters = "&".join(part for part in query.split("&") if not part.startswith("by="))
    assert file.json() == (await browser.client.get(f"/api/{name}?{filters}")).json()
    for secret in (busy.metadata, busy.state, busy.access_token, "event-token-1"):
        assert secret not in file.text


async def test_what_is_exported_has_no_limit_and_no_page(browser, zendesk, account):
    for _ in range(420):
        await zendesk.puller.pull(account.id)
    count = len(zendesk.store.calls.all(kind="pull", limit=1000))
    link = (await browser.open("/calls?kind=pull&before=300")).css_first("a[download]").attributes["href"]
    calls = (await browser.client.get(link)).json()["calls"]
    assert [call["id"] for call in calls] == [call.id for call in zendesk.store.calls.all(kind="pull", limit=1000)]
    assert len(calls) == count > 400


async def test_an_empty_list_is_a_whole_file(browser):
    assert json.loads((await browser.client.get("/api/calls?download=true")).text) == {"calls": []}
