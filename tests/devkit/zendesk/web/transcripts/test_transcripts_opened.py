# SPDX-License-Identifier: Apache-2.0
"""What is opened from a file has the same pages, links, folding and search, and can only be read."""

from __future__ import annotations

import re

import pytest

from sealock_devkit.zendesk.transcripts.opened import MOST_OPEN
from tests.devkit.zendesk.web.conftest import record_again, words
from tests.devkit.zendesk.web.transcripts.conftest import WORDS, open_file, send_file, transcript

FORGOTTEN = re.compile(r"/violations\?call=")


def leads(page) -> list[str]:
    """Where links, forms and pictures of a page lead."""
    return [
        node.attributes[name] or ""
        for name in ("href", "action", "src")
        for node in page.css(f"[{name}]")
        if node.tag not in ("link", "script")
    ]


async def crawl(browser, root: str) -> dict[str, str]:
    """All pages that can be reached from the first one, with their words."""
    seen: dict[str, str] = {}
    ahead = [f"{root}/tickets"]
    while ahead:
        path = ahead.pop().partition("#")[0]
        if path in seen:
            continue
        page = await browser.open(path)
        seen[path] = words(page)
        assert "Opened from the file" in words(page, "aside.opened")
        for way in leads(page):
            if way.startswith(root):
                ahead.append(way)
            elif not way.startswith(("#", "/transcripts", "/assets/", "https://cdn.example/")):
                raise AssertionError(f"{path} leads to {way}")
        assert {form.attributes["action"] for form in page.css("form[method=post]")} <= {"/transcripts/close"}
    return seen


async def test_the_pages_are_the_same(browser, elsewhere, lived):
    root = await open_file(elsewhere, await transcript(browser))
    for path in ("/tickets/1", "/calls/2", "/calls", "/channels", "/violations", "/events", "/events?by=batch"):
        here, there = await browser.open(path), await elsewhere.open(root + path)
        for page in (here, there):
            page.strip_tags(["form", "button"], recursive=True)
        gone = {"Export as JSON", "· Transcript", "Open at Scripted ↗, comment 1", "Install an integration"}
        mine = words(here, "main")
        for each in gone:
            mine = mine.replace(each, "")
        for each in re.findall(r"[\w.]{4,}", words(there, "main")):
            assert each in words(here, "main") or each in ("content", "file")
        for each in (WORDS, "ticket", "Scripted"):
            assert (each in mine) == (each in words(there, "main"))


async def test_every_page_can_be_reached_and_no_link_leads_out_of_it(browser, elsewhere, lived):
    root = await open_file(elsewhere, await transcript(browser))
    pages = await crawl(elsewhere, root)
    for path in ("/tickets/1", "/tickets/2", "/channels/1", "/accounts/1", "/calls/1", "/settings", "/events"):
        assert root + path in pages
    assert "locale" in pages[f"{root}/settings"]
    assert "We mend it tonight" in pages[f"{root}/tickets/1"]
    assert "2 tries" in pages[f"{root}/tickets/1"]
    assert "its content is not in the file" in pages[f"{root}/tickets/1"]


async def test_calls_are_folded_and_searched(browser, elsewhere, zendesk, lived):
    record_again(zendesk, "pull", 500)
    root = await open_file(elsewhere, await transcript(browser))
    assert re.search(r"50\d brought nothing", words(await elsewhere.open(f"{root}/calls")))
    found = await elsewhere.open(f"{root}/calls?search=lamp+at+the+pier")
    assert len(found.css("tbody tr")) == 1
    assert "Only those for ticket #1" in words(await elsewhere.open(f"{root}/calls?ticket=1"))


@pytest.mark.parametrize(
    ("query", "first"), [("ticket=2", "/tickets/2"), ("account=1", "/accounts/1"), ("", "/tickets")]
)
async def test_it_opens_at_what_it_is_of(browser, elsewhere, lived, query, first):
    answer = await send_file(elsewhere, await transcript(browser, query))
    assert answer.headers["location"] == "/transcripts/1" + first
    page = await elsewhere.open(answer.headers["location"])
    assert "dots stand for what people wrote" in words(page, "aside.opened")
    await crawl(elsewhere, "/transcripts/1")


async def test_nothing_in_it_can_be_changed(browser, elsewhere, lived, service):
    root = await open_file(elsewhere, await transcript(browser))
    received = len(service.received)
    for path in (
        "/tickets/1/comments",
        "/accounts/1/pull",
        "/accounts/1/switch",
        "/settings",
        "/violations/forget",
        "/calls",
    ):
        answer = await elsewhere.send(root + path, {"body": "x"})
        assert answer.status_code == 403
        assert "it can only be read" in answer.text
    for path in (
        "/channels/1/accounts/new",
        "/accounts/1/edit",
        "/channels/1/about",
        "/files/1/plan.txt",
        "/api/status",
    ):
        await elsewhere.open(root + path, 404)
    assert len(service.received) == received


async def test_its_pages_load_nothing_from_elsewhere(browser, elsewhere, lived):
    root = await open_file(elsewhere, await transcript(browser))
    answer = await elsewhere.client.get(f"{root}/tickets/1")
    assert "img-src 'self';" in answer.headers["content-security-policy"]
    assert "/stream" not in answer.text
    assert "live-state" not in answer.text


async def test_it_is_beside_what_happens_here_and_changes_nothing_of_it(browser, elsewhere, lived):
    await open_file(elsewhere, await transcript(browser))
    assert "No tickets yet" in words(await elsewhere.open("/tickets"))
    assert (await elsewhere.open("/tickets")).css("aside.opened") == []


async def test_it_is_listed_until_it_is_closed(browser, elsewhere, lived):
    content = await transcript(browser)
    root = await open_file(elsewhere, content)
    page = await elsewhere.open("/transcripts")
    assert "transcript.jsonl all that happened, of demo" in words(page, ".switches")
    answer = await elsewhere.send("/transcripts/close", {"number": "1"})
    assert answer.headers["location"] == "/transcripts"
    for path in (root, f"{root}/", f"{root}/tickets/1"):
        assert "not open any more" in words(await elsewhere.open(path, 404))
    assert await open_file(elsewhere, content) == "/transcripts/2"


async def test_only_so_many_are_open_at_once(browser, elsewhere, lived):
    content = await transcript(browser, "ticket=2")
    for _ in range(MOST_OPEN):
        await open_file(elsewhere, content)
    answer = await send_file(elsewhere, content)
    assert (answer.status_code, "close one first" in answer.text) == (422, True)
    assert "Close one of the open files first." in words(await elsewhere.open("/transcripts"))
