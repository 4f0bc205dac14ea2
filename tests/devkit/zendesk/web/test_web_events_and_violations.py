# SPDX-License-Identifier: Apache-2.0
"""The pages of events and of violations, and what the journal's pages export."""

from __future__ import annotations

import json

import pytest

from tests.devkit.zendesk.scripted_service import CHANNELBACK, EVENTS, PULL, Canned, resource
from tests.devkit.zendesk.web.conftest import record_again, words


def kinds(page) -> list[str]:
    return [node.text() for node in page.css("#events b")]


async def test_events_are_shown_with_their_state_and_without_metadata(browser, zendesk, service, account):
    page = await browser.open("/events")
    assert "create_integration_instance" in words(page)
    assert "delivered" in words(page, "tbody td:nth-child(4)")
    assert "hunter-2-secret" not in page.html


@pytest.fixture
async def history(zendesk, service, account):
    """An account with a ticket; events that were delivered together, and one that was not."""
    service.resources = [resource("c1")]
    await zendesk.pull(account.id)
    await zendesk.wait_until(zendesk.is_idle)
    zendesk.change_settings({"event_window_seconds": 0.2})
    account = zendesk.lifecycle.activate(zendesk.lifecycle.deactivate(account, "api"))
    await zendesk.wait_until(zendesk.is_idle)
    service.script[EVENTS] = [Canned("", status=500)]
    zendesk.lifecycle.delete_user(1)
    await zendesk.wait_until(zendesk.is_idle)
    return account


EVENT_FILTERS = [
    ("kind=destroy_user_identity", {"destroy_user_identity"}),
    ("status=failed", {"destroy_user_identity"}),
    ("status=waiting", set()),
    ("account=1&status=failed", {"destroy_user_identity"}),
    ("account=7", set()),
    ("integration=1&kind=create_integration", {"create_integration"}),
    ("integration=2", set()),
]


@pytest.mark.parametrize(("query", "expected"), EVENT_FILTERS)
async def test_a_filter_of_events_leaves_what_it_asks_for_on_the_page_and_in_the_api(browser, history, query, expected):
    assert set(kinds(await browser.open(f"/events?{query}"))) == expected
    answer = await browser.client.get(f"/api/events?{query}")
    assert {event["type_id"] for event in answer.json()["events"]} == expected


async def test_whose_an_event_is_is_known_but_for_what_happens_to_an_integration(zendesk, history):
    events = zendesk.store.events.all(1000)
    without_account = {event.type_id for event in events if event.account_id is None}
    assert without_account == {"create_integration"}
    assert {event.account_id for event in events} == {None, history.id}
    assert len({event.type_id for event in events}) == 7


async def test_an_event_leads_to_the_call_that_carried_it(browser, zendesk, history):
    page = await browser.open("/events?kind=destroy_user_identity")
    call = await browser.open(page.css_first("tbody td:last-child a").attributes["href"])
    assert "500" in words(call)
    assert "destroy_user_identity" in words(call, ".carried")


async def test_by_call_each_call_shows_what_it_carried_in_its_order_and_the_answer(browser, zendesk, history):
    page = await browser.open("/events?by=batch")
    failed, pair, *_ = page.css(".batch")
    assert (failed.css_first(".state").text(), pair.css_first(".state").text()) == ("500", "200")
    assert [node.text() for node in pair.css("li b")] == [
        "deactivate_integration_instance",
        "activate_integration_instance",
    ]
    answer = (await browser.client.get("/api/events?by=batch&status=failed")).json()
    (batch,) = answer["batches"]
    assert (batch["status"], [each["type_id"] for each in batch["events"]]) == (500, ["destroy_user_identity"])
    only = await browser.open("/events?by=batch&kind=activate_integration_instance")
    assert len(only.css(".batch")) == 1


async def test_a_batch_that_came_twice_is_shown_twice(browser, zendesk, account):
    zendesk.faults.switch_on({"call": "event_callback", "kind": "duplicate"})
    zendesk.lifecycle.deactivate(account, "api")
    await zendesk.wait_until(zendesk.is_idle)
    page = await browser.open("/events?by=batch&kind=deactivate_integration_instance")
    assert [node.css_first(".tag").text() for node in page.css(".batch")] == ["duplicate", "duplicate"]


async def test_events_and_calls_that_are_forgotten_leave_no_trace_of_each_other(zendesk, account):
    zendesk.change_settings({"calls_kept": 3})
    for _ in range(3):
        account = zendesk.lifecycle.activate(zendesk.lifecycle.deactivate(account, "api"))
        await zendesk.wait_until(zendesk.is_idle)
    database = zendesk.store.database
    assert database.number("SELECT COUNT(*) FROM deliveries WHERE call_id NOT IN (SELECT id FROM calls)") == 0
    assert database.number("SELECT COUNT(*) FROM deliveries WHERE event_id NOT IN (SELECT id FROM events)") == 0
    assert database.number("SELECT COUNT(*) FROM deliveries") > 0


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


VIOLATION_FILTERS = [
    ("endpoint=channelback", {"endpoint": {"channelback"}}),
    ("source=schema", {"source": {"schema"}}),
    ("source=documented&endpoint=pull", {"source": {"documented"}, "endpoint": {"pull"}}),
    ("source=advice", {"source": {"advice"}}),
    ("integration=1", {"integration_id": {1}}),
]


@pytest.mark.parametrize(("query", "expected"), VIOLATION_FILTERS)
async def test_a_filter_of_violations_leaves_what_it_asks_for_on_the_page_and_in_the_api(
    browser, zendesk, wrong, query, expected
):
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
    record_again(zendesk, "pull", 420)
    count = len(zendesk.store.calls.all(kind="pull", limit=1000))
    link = (await browser.open("/calls?kind=pull&before=300")).css_first("a[download]").attributes["href"]
    calls = (await browser.client.get(link)).json()["calls"]
    assert [call["id"] for call in calls] == [call.id for call in zendesk.store.calls.all(kind="pull", limit=1000)]
    assert len(calls) == count > 400


async def test_an_empty_list_is_a_whole_file(browser):
    assert json.loads((await browser.client.get("/api/calls?download=true")).text) == {"calls": []}
