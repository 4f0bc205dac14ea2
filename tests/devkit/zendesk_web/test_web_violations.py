# SPDX-License-Identifier: Apache-2.0
"""Violations on their page: one by one, and by rule."""

from __future__ import annotations

import pytest

from tests.devkit.zendesk.scripted_service import CHANNELBACK, PULL, Canned, resource
from tests.devkit.zendesk_web.conftest import words


@pytest.fixture
async def wrong(zendesk, service, account):
    """An account whose service broke rules of all sources in two calls."""
    urls = [f"https://files.example/{number}.png" for number in range(11)]
    answers = [
        {"external_resources": [{"external_id": 7}, {"external_id": 7}], "state": 8},
        {"external_resources": [resource("b", parent_id="a"), resource("a", file_urls=urls)]},
    ]
    zendesk.change_settings({"file_hosts": "service"})
    service.script[PULL] = [Canned(answer) for answer in answers]
    await zendesk.pull(account.id)
    await zendesk.pull(account.id)
    service.script[CHANNELBACK] = [Canned("<p>fine</p>")]
    await zendesk.settled(zendesk.reply(1, "answer"))
    return account


async def test_violations_are_counted_on_every_page_filtered_and_forgotten(browser, zendesk, wrong):
    count = zendesk.store.violations.count()
    assert words(await browser.open("/tickets"), ".count") == str(count)
    page = await browser.open("/violations?account=1")
    assert len(page.css("tbody tr")) == count > 1
    assert "external_resources[0].external_id" in words(page)
    nothing = await browser.open("/violations?account=2")
    assert (len(nothing.css("tbody tr")), "None of these" in words(nothing)) == (0, True)
    assert (await browser.send("/violations/forget")).status_code == 303
    assert zendesk.store.violations.count() == 0
    assert "Everything that the service answered" in words(await browser.open("/violations"))


FILTERS = [
    ("endpoint=channelback", {"endpoint": {"channelback"}}),
    ("source=schema", {"source": {"schema"}}),
    ("source=documented&endpoint=pull", {"source": {"documented"}, "endpoint": {"pull"}}),
    ("source=advice", {"source": {"advice"}}),
    ("integration=1", {"integration_id": {1}}),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS)
async def test_a_filter_leaves_what_it_asks_for_on_the_page_and_in_the_api(browser, zendesk, wrong, query, expected):
    found = [
        each
        for each in zendesk.store.violations.all()
        if all(getattr(each, name) in values for name, values in expected.items())
    ]
    page = await browser.open(f"/violations?{query}")
    assert [node.attributes["id"] for node in page.css("tbody tr")] == [f"violation-{each.id}" for each in found[::-1]]
    answer = (await browser.client.get(f"/api/violations?{query}")).json()["violations"]
    assert [each["id"] for each in answer] == [each.id for each in found] != []


async def test_by_rule_each_rule_is_there_once_with_its_count_and_leads_to_its_last_call(browser, zendesk, wrong):
    page = await browser.open("/violations?by=rule")
    rows = {tuple(cell.text() for cell in row.css("td")[:4]): row for row in page.css("tbody tr")}
    row = rows["2", "pull external_resources[].external_id", "a string", "schema"]
    first_pull = zendesk.store.calls.all(kind="pull")[-2]
    assert row.css_first("a").attributes["href"] == f"/calls/{first_pull.id}"
    assert sum(int(times) for times, *_ in rows) == zendesk.store.violations.count()
    counts = [int(times) for times, *_ in rows]
    assert counts == sorted(counts, reverse=True)
    rules = (await browser.client.get("/api/violations?by=rule&source=schema")).json()["rules"]
    (rule,) = [each for each in rules if each["path"] == "external_resources[].external_id"]
    assert (rule["count"], rule["last"]["path"]) == (2, "external_resources[1].external_id")


async def test_each_violation_leads_to_its_call(browser, zendesk, wrong):
    page = await browser.open("/violations?endpoint=channelback")
    call = await browser.open(page.css_first("tbody td:last-child a").attributes["href"])
    assert "channelback" in words(call, "h1")
