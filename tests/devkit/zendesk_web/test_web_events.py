# SPDX-License-Identifier: Apache-2.0
"""Event callbacks on their page: one by one, and by the calls that carried them."""

from __future__ import annotations

import pytest

from tests.devkit.zendesk.scripted_service import EVENTS, Canned, resource
from tests.devkit.zendesk_web.conftest import words


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


FILTERS = [
    ("kind=destroy_user_identity", {"destroy_user_identity"}),
    ("status=failed", {"destroy_user_identity"}),
    ("status=waiting", set()),
    ("account=1&status=failed", {"destroy_user_identity"}),
    ("account=7", set()),
    ("integration=1&kind=create_integration", {"create_integration"}),
    ("integration=2", set()),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS)
async def test_a_filter_leaves_what_it_asks_for_on_the_page_and_in_the_api(browser, history, query, expected):
    assert set(kinds(await browser.open(f"/events?{query}"))) == expected
    answer = await browser.client.get(f"/api/events?{query}")
    assert {event["type_id"] for event in answer.json()["events"]} == expected


async def test_whose_an_event_is_is_known_but_for_what_happens_to_an_integration(zendesk, history):
    events = zendesk.store.events.all(1000)
    strangers = {event.type_id for event in events if event.account_id is None}
    assert strangers == {"create_integration"}
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
