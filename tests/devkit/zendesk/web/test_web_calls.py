# SPDX-License-Identifier: Apache-2.0
"""Calls on pages: the list with its filters, and one call."""

from __future__ import annotations

import json

import pytest

from tests.devkit.zendesk.scripted_service import CHANNELBACK, EVENTS, PULL, Canned, resource
from tests.devkit.zendesk.web.conftest import record_again, words

SCRIPT = "<script>alert(1)</script>"


def kinds(page) -> list[str]:
    return [node.text() for node in page.css("tbody b")]


def numbers(page) -> list[int]:
    return [int(node.attributes["href"].rpartition("/")[2]) for node in page.css("tbody td:first-child a")]


def push(zendesk, account, *resources, token: str | None = None) -> None:
    body = {"instance_push_id": account.instance_push_id, "external_resources": list(resources), "request_id": "r-1"}
    zendesk.rest.push(f"Bearer {token or account.access_token}", json.dumps(body).encode())


async def test_calls_are_listed_with_the_newest_first_and_secrets_as_dots(browser, zendesk, service, account):
    page = await browser.open("/calls")
    assert (kinds(page)[-1], "pull" in kinds(page), "admin_ui" in kinds(page)) == ("manifest", True, True)
    assert "•••" in words(page)
    for secret in (account.metadata, account.state, "hunter-2-secret", "event-token-1"):
        assert secret not in page.html


@pytest.fixture
async def busy(zendesk, service, account):
    """Two accounts of two integrations, with good and bad calls in both directions; the second account."""
    service.manifest["push_client_id"] = "client"
    service.manifest_url += "?second"
    integration = await zendesk.install(service.manifest_url)
    second = await zendesk.add_account(integration, [{**service.good_answers, "Site": "https://second.example"}])
    await zendesk.wait_until(lambda: zendesk.store.accounts.get(second.id).pulls > 0)
    service.script[PULL] = [Canned("", status=503), Canned({"external_resources": [{}]}), Canned("", status=302)]
    for _ in range(3):
        await zendesk.pull(account.id)
    zendesk.faults.switch_on({"call": "pull", "kind": "lose answer"})
    await zendesk.pull(account.id)
    push(zendesk, second, resource("p1"), resource("x", parent_id="gone"))
    push(zendesk, second, token="wrong")
    await zendesk.wait_until(zendesk.is_idle)
    return second


FILTERS = [
    ("kind=pull", {"kind": {"pull"}}),
    ("account=1", {"account_id": {1}}),
    ("account=2&kind=push", {"account_id": {2}, "kind": {"push"}}),
    ("integration=2", {"integration_id": {2}}),
    ("direction=to+zendesk", {"kind": {"push"}}),
    (
        "direction=to+service&integration=2",
        {"integration_id": {2}, "kind": {"manifest", "admin_ui", "pull", "event_callback"}},
    ),
    ("request=r-1", {"kind": {"push"}}),
    ("account=&kind=&wrong=", {}),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS)
async def test_a_filter_leaves_what_it_asks_for_on_the_page_and_in_the_api(browser, zendesk, busy, query, expected):
    page = await browser.open(f"/calls?{query}")
    calls = {call.id: call for call in zendesk.store.calls.all(limit=1000)}
    shown = [calls[number] for number in numbers(page)]
    for name, values in expected.items():
        assert {getattr(call, name) for call in shown} == values
    wanted = [
        number
        for number, call in calls.items()
        if all(getattr(call, name) in values for name, values in expected.items())
    ]
    assert numbers(page) == wanted[::-1] != []
    answer = await browser.client.get(f"/api/calls?{query}")
    assert [call["id"] for call in answer.json()["calls"]] == wanted


async def test_what_went_wrong_is_what_was_refused_broke_a_rule_or_did_not_come(browser, zendesk, busy):
    page = await browser.open("/calls?wrong=true")
    calls = [zendesk.store.calls.get(number) for number in numbers(page)]
    assert [(call.kind, call.status, call.problem) for call in calls] == [
        ("push", 401, "the access token is missing, wrong or not used any more"),
        ("pull", 200, "answer lost"),
        ("pull", 302, ""),
        ("pull", 200, ""),
        ("pull", 503, ""),
    ]


async def test_the_filter_stays_chosen(browser, zendesk, busy):
    page = await browser.open("/calls?account=2&kind=push&direction=to+zendesk&wrong=true")
    chosen = {node.attributes["id"]: node.css_first("option[selected]") for node in page.css(".filters select")}
    values = {name: node.attributes["value"] if node else "" for name, node in chosen.items()}
    assert values == {
        "f-account": "2",
        "f-integration": "",
        "f-kind": "push",
        "f-direction": "to zendesk",
        "f-wrong": "true",
    }
    assert words(await browser.open("/calls?account=7"), "tbody") == "None yet."


REFUSED = ["account=x", "kind=explode", "direction=up", "before=1&after=2", "colour=red", "limit=0", "wrong=maybe"]


@pytest.mark.parametrize("query", REFUSED)
async def test_a_filter_that_does_not_exist_is_refused_in_the_same_way(browser, query):
    assert (await browser.client.get(f"/calls?{query}")).status_code == 400
    assert (await browser.client.get(f"/api/calls?{query}")).status_code == 400


async def test_a_long_list_is_turned_page_by_page_in_both_ways(browser, zendesk, account):
    record_again(zendesk, "pull", 250)
    seen, path, places = [], "/calls?kind=pull", []
    while path:
        page = await browser.open(path)
        seen += numbers(page)
        places.append(words(page, "#calls > .turn:first-child .quiet"))
        older = page.css_first("a.older")
        path = older.attributes["href"] if older else ""
    assert seen == [call.id for call in zendesk.store.calls.all(kind="pull", limit=1000)][::-1]
    count = len(seen)
    assert places == [
        f"Calls 1 to 100 of {count}, the newest first",
        f"Calls 101 to 200 of {count}, the newest first",
        f"Calls 201 to {count} of {count}, the newest first",
    ]
    back = await browser.open(page.css_first("a.newer").attributes["href"])
    assert numbers(back) == seen[100:200]
    assert back.css_first("a.newer").attributes["href"].endswith(f"after={seen[100]}") is False
    assert numbers(await browser.open(back.css_first("a.newer").attributes["href"])) == seen[:100]


async def test_a_call_has_a_page_of_its_own(browser, zendesk, service, account):
    service.resources = [resource("c1", "question")]
    await zendesk.pull(account.id)
    service.script[CHANNELBACK] = [Canned({"error_info": "busy"}, status=503)]
    reply = await zendesk.settled(zendesk.reply(1, "x" * 3_000))
    call = zendesk.store.calls.all(kind="channelback")[0]
    page = await browser.open(f"/calls/{call.id}")
    text = words(page)
    assert "x" * 3_000 in text
    for shown in ("503", '"error_info": "busy"', reply.request_unique_identifier, "recipient_idann", account.name):
        assert shown in text
    listed = await browser.open("/calls?kind=channelback")
    assert ("x" * 501 in words(listed), "(3,000 characters)" in words(listed)) == (False, True)
    attempts = page.css_first("a[href^='/calls?request=']").attributes["href"]
    assert len(numbers(await browser.open(attempts))) == 2
    assert account.metadata not in page.html


async def test_a_call_and_its_violations_lead_to_each_other(browser, zendesk, service, account):
    service.script[PULL] = [Canned({"external_resources": [], "state": 8})]
    await zendesk.pull(account.id)
    number = zendesk.store.calls.all(kind="pull")[-1].id
    page = await browser.open(f"/calls/{number}")
    assert "state: a string, got a number" in words(page, ".found")
    violations = await browser.open(page.css_first(".found a").attributes["href"].partition("#")[0])
    assert violations.css_first(f"tbody a[href='/calls/{number}']") is not None
    assert words(violations, ".banner") == f"Only those in call {number}. In all calls"
    listed = await browser.open("/calls?kind=pull&wrong=true")
    assert words(listed, "tbody a.bad") == "1 violation"


async def test_a_batch_of_events_is_on_its_calls_page_in_its_order(browser, zendesk, account):
    zendesk.change_settings({"event_window_seconds": 0.2})
    account = zendesk.lifecycle.deactivate(account, "api")
    zendesk.lifecycle.activate(account)
    await zendesk.wait_until(zendesk.is_idle)
    page = await browser.open(f"/calls/{zendesk.store.calls.all(kind='event_callback')[-1].id}")
    kinds_ = ["deactivate_integration_instance", "activate_integration_instance"]
    assert [node.text() for node in page.css(".carried b")] == kinds_
    assert account.metadata not in page.html


async def test_a_push_shows_its_body_and_the_result_of_each_resource(browser, zendesk, busy):
    (number,) = [call.id for call in zendesk.store.calls.all(kind="push") if call.status == 200]
    page = await browser.open(f"/calls/{number}")
    rows = [[cell.text() for cell in row.css("td")] for row in page.css("tbody tr")]
    assert rows == [["p1", "success", ""], ["x", "could_not_locate_parent_external_resource", "gone"]]
    assert '"message": "hello"' in words(page)
    assert "Bearer •••" in words(page)
    assert busy.access_token not in page.html


async def test_a_refused_call_of_the_service_is_there_with_its_body_too(browser, zendesk, busy):
    (call,) = [call for call in zendesk.store.calls.all(kind="push") if call.status == 401]
    page = await browser.open(f"/calls/{call.id}")
    assert (busy.instance_push_id in words(page), "wrong" in call.headers) == (True, False)


async def test_a_call_that_is_not_there_is_said_so(browser):
    assert "no call 77" in words(await browser.open("/calls/77", status=404))
    assert (await browser.client.get("/api/calls/77")).json() == {"error": "there is no call 77, or it is forgotten"}


async def test_the_api_tells_all_of_one_call(browser, zendesk, service, account):
    service.script[PULL] = [Canned({"external_resources": [], "state": 8})]
    await zendesk.pull(account.id)
    await zendesk.wait_until(zendesk.is_idle)
    pull, event = (zendesk.store.calls.all(kind=kind)[-1] for kind in ("pull", "event_callback"))
    answer = (await browser.client.get(f"/api/calls/{pull.id}")).json()
    assert (answer["direction"], [each["path"] for each in answer["violations"]]) == ("to service", ["state"])
    answer = (await browser.client.get(f"/api/calls/{event.id}")).json()
    assert [each["type_id"] for each in answer["events"]] == ["pull_request"]
    assert answer["body"]["events"][0]["type_id"] == "pull_request"


@pytest.mark.parametrize(
    "path", ["/calls", "/events", "/events?by=batch", "/violations", "/violations?by=rule", "call"]
)
async def test_script_in_what_is_recorded_is_inert(browser, zendesk, service, account, path):
    service.resources = [resource(f"c{SCRIPT}", SCRIPT, **{f"more{SCRIPT}": 1})]
    await zendesk.pull(account.id)
    zendesk.reply(1, SCRIPT)
    await zendesk.wait_until(zendesk.is_idle)
    service.script[PULL] = [Canned({f"x{SCRIPT}": SCRIPT, "external_resources": [], "state": 7})]
    await zendesk.pull(account.id)
    paths = [f"/calls/{call.id}" for call in zendesk.store.calls.all()] if path == "call" else [path]
    for each in paths:
        page = await browser.open(each)
        assert page.css("body script") == []
        assert "None yet." not in words(page)
    assert EVENTS in str(zendesk.store.calls.all(kind="event_callback"))
