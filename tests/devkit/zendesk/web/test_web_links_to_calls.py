# SPDX-License-Identifier: Apache-2.0
"""From anything to its calls and back; calls that brought nothing are folded; all of them are searched."""

from __future__ import annotations

import time
from dataclasses import asdict

import pytest
from selectolax.lexbor import LexborHTMLParser

from sealock_devkit.zendesk.store import CallFilter, Part
from tests.devkit.zendesk.scripted_service import CHANNELBACK, PULL, Canned, resource
from tests.devkit.zendesk.web.conftest import record_again, words


def numbers(page) -> list[int]:
    return [int(node.attributes["href"].rpartition("/")[2]) for node in page.css("tbody td:first-child a")]


def hrefs(page, selector: str) -> list[str | None]:
    return [node.attributes["href"] for node in page.css(selector)]


@pytest.fixture
async def replied(zendesk, service, account):
    """Two tickets; the reply on the first was refused once and then taken."""
    service.resources = [resource("c1", "one")]
    await zendesk.pull(account.id)
    service.resources = [resource("c2", "two")]
    await zendesk.pull(account.id)
    service.resources = []
    service.script[CHANNELBACK] = [Canned(status=503)]
    await zendesk.settled(zendesk.reply(1, "It is red."))
    await zendesk.wait_until(zendesk.is_idle)
    return zendesk.store.replies.get(1)


async def test_each_try_of_a_reply_leads_to_its_call_and_that_back_to_its_ticket(browser, zendesk, replied):
    tries = hrefs(await browser.open("/tickets/1"), "ol.tries a")
    calls = zendesk.store.calls.all(kind="channelback")
    assert tries == [f"/calls/{call.id}" for call in calls]
    assert [call.status for call in calls] == [503, 200]
    for path in tries:
        assert "/tickets/1" in hrefs(await browser.open(path), "#call dd a")


async def test_each_pull_leads_to_its_call_and_that_to_the_tickets_that_it_brought(browser, zendesk, account, replied):
    page = await browser.open(f"/accounts/{account.id}")
    pulls = zendesk.store.calls.all(kind="pull")[::-1]
    assert hrefs(page, "tbody td:first-child a") == [f"/calls/{call.id}" for call in pulls]
    found = [hrefs(await browser.open(f"/calls/{call.id}"), "#call dd a[href^='/tickets/']") for call in pulls]
    assert [each for each in found if each] == [["/tickets/2"], ["/tickets/1"]]


async def test_a_ticket_an_account_and_a_channel_lead_to_their_calls(browser, zendesk, account, replied):
    for path in ("/tickets/1", f"/accounts/{account.id}", f"/channels/{account.integration_id}"):
        [link] = [each for each in hrefs(await browser.open(path), "main a") if each and each.startswith("/calls?")]
        assert numbers(await browser.open(link)) != []
    page = await browser.open("/calls?ticket=1")
    calls = [zendesk.store.calls.get(number) for number in numbers(page)]
    assert [call.kind for call in calls] == ["channelback", "channelback", "pull"]
    assert "Only those for ticket #1" in words(page, ".banner")
    answer = await browser.client.get("/api/calls?ticket=1")
    assert [call["id"] for call in answer.json()["calls"]] == [call.id for call in calls][::-1]


async def test_a_file_and_a_reported_error_belong_to_their_ticket_too(browser, zendesk, service, account):
    service.manifest["push_client_id"] = "client"
    service.resources = [resource("c1", file_urls=[f"{service.url}/a.txt"])]
    await zendesk.pull(account.id)
    await zendesk.settled(zendesk.reply(1, "It is red."))
    await zendesk.wait_until(zendesk.is_idle)
    kinds = {call.kind for call in zendesk.store.calls.find(CallFilter(ticket=1), Part())}
    assert kinds == {"pull", "file", "channelback"}


async def test_calls_that_brought_nothing_are_folded_and_open(browser, zendesk, replied):
    record_again(zendesk, "healthcheck" if zendesk.store.calls.all(kind="healthcheck") else "manifest", 1)
    await zendesk.pull(1)
    await zendesk.wait_until(zendesk.is_idle)
    record_again(zendesk, "pull", 1_090)
    page = await browser.open("/calls")
    folds = page.css("tr.fold")
    shown = [node.text().strip() for node in page.css("tr.fold > td > details > summary")]
    assert shown[0] in {"1,092 brought nothing", "1,091 brought nothing"}
    assert [node for node in page.css("tr.fold details") if "open" in node.attributes] == []
    assert len(folds[0].css("tr")) <= 22
    one_by_one = folds[0].css("p a")[-1].attributes["href"]
    page = await browser.open(one_by_one)
    assert len(numbers(page)) == 100
    assert page.css("tr.fold") == []


async def test_a_fold_is_on_one_page_of_a_long_list_only(browser, zendesk, account):
    for _ in range(3):
        record_again(zendesk, "pull", 30)
        record_again(zendesk, "admin_ui", 60)
    seen, path, folds = [], "/calls", []
    while path:
        page = await browser.open(path)
        seen += [number for number in numbers(page) if zendesk.store.calls.get(number).kind != "pull"]
        folds += [node.attributes["id"] for node in page.css("tr.fold > td > details")]
        older = page.css_first("a.older")
        path = older.attributes["href"] if older else ""
    wanted = zendesk.store.calls.find(CallFilter(idle=False), Part())
    assert seen == [call.id for call in wanted if call.kind != "pull"][::-1]
    assert len(folds) == len(set(folds)) >= 3


async def test_a_pull_that_brought_something_or_went_wrong_is_never_folded(browser, zendesk, service, account):
    answers = [
        Canned({"external_resources": [resource("c1")]}),
        Canned({"external_resources": [resource("c1")]}),
        Canned({"external_resources": [], "metadata": "new"}),
        Canned({"external_resources": [], "metadata_needs_update": True}),
        Canned({"external_resources": [{}]}),
        Canned(status=503),
    ]
    service.script[PULL] = list(answers)
    for _ in answers:
        await zendesk.pull(account.id)
    pulls = [call.idle for call in zendesk.store.calls.all(kind="pull")]
    assert pulls == [True] + [False] * len(answers)


TOLD = {"error_info": 'This mailbox is closed. 郵便箱は閉鎖されました。 They said "no" \\ never.'}
SEARCHES = [
    ("This mailbox is closed", True),
    ("MAILBOX is closed", True),
    ("郵便", True),
    ("郵便箱は閉鎖", True),
    ('said "no"', True),
    ("\\ never", True),
    ("no such words anywhere", False),
    ("%%%", False),
    ("closed OR open", False),
    ("mailbox*", False),
]


@pytest.mark.parametrize(("search", "found"), SEARCHES)
async def test_calls_are_found_by_what_was_answered(browser, zendesk, service, replied, search, found):
    service.script[CHANNELBACK] = [Canned(TOLD, 422)]
    await zendesk.settled(zendesk.reply(2, "Soon."))
    wanted = zendesk.store.calls.all(kind="channelback")[-1].id
    page = LexborHTMLParser((await browser.client.get("/calls", params={"search": search})).text)
    assert (wanted in numbers(page), len(numbers(page)) <= 2) == (found, True)
    assert page.css_first("#f-search").attributes["value"] == search


async def test_calls_are_found_by_number_and_by_request_id(browser, zendesk, replied):
    pull = zendesk.store.calls.all(kind="pull")[-1]
    assert pull.id in numbers(await browser.open(f"/calls?search={pull.id}"))
    found = [zendesk.store.calls.get(each) for each in numbers(await browser.open(f"/calls?search={pull.request_id}"))]
    assert [call.kind for call in found] == ["event_callback", "pull"]
    assert found[-1].id == pull.id
    tries = numbers(await browser.open(f"/calls?search={replied.request_unique_identifier[3:20]}"))
    assert len(tries) >= 2


async def test_secrets_are_not_found(browser, zendesk, account, replied):
    for secret in (account.metadata[:60], "hunter-2-secret", account.access_token):
        page = await browser.client.get("/calls", params={"search": secret})
        assert "None yet." in page.text


async def test_what_is_forgotten_is_not_found(browser, zendesk, replied):
    keep = zendesk.store.calls.count(CallFilter())
    values = asdict(zendesk.store.calls.all(kind="pull")[-1]) | {"answer": "an unusual word"}
    del values["id"]
    zendesk.store.calls.add(10_000, **values)
    assert len(numbers(await browser.open("/calls?search=unusual"))) == 1
    for _ in range(keep + 1):
        zendesk.store.calls.add(keep, **{**values, "answer": ""})
    assert numbers(await browser.open("/calls?search=unusual")) == []


async def test_a_hundred_thousand_calls_are_searched_through_an_index(zendesk, replied):
    """A needle costs no more than a hundredth of what it costs to look at each call."""
    database = zendesk.store.database
    values = asdict(zendesk.store.calls.all(kind="channelback")[-1]) | {"answer": '{"external_id": "straw"}'}
    del values["id"]
    with database.transaction():
        for number in range(5_000):
            zendesk.store.calls.add(1_000_000, **{**values, "request_id": f"request-{number:06}"})
    plan = " ".join(
        row["detail"]
        for row in database.rows(
            "EXPLAIN QUERY PLAN SELECT * FROM calls WHERE id = ? OR id IN"
            " (SELECT rowid FROM calls_text WHERE calls_text MATCH ?) ORDER BY id DESC LIMIT 100",
            7,
            '"request-001234"',
        )
    )
    assert "SCAN calls_text VIRTUAL TABLE" in plan
    assert "SCAN calls USING" not in plan.replace("SCAN calls_text", "")
    started = time.process_time()
    [found] = zendesk.store.calls.find(CallFilter(search="request-001234"), Part(100))
    indexed = time.process_time() - started
    assert found.request_id == "request-001234"
    started = time.process_time()
    list(database.rows("SELECT id FROM calls_as_text WHERE instr(text, ?)", "request-001234"))
    assert indexed < (time.process_time() - started) / 2
