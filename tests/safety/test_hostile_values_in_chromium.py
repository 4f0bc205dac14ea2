# SPDX-License-Identifier: Apache-2.0
"""
A real browser opens the pages that are full of hostile values: nothing runs, nothing is sent or loaded.

Once as the pages are, where no policy had to stop anything; and once without their policies, where nothing but
escaping keeps a value from running. A name that turns the direction of writing turns itself, and nothing beside it.
"""

from __future__ import annotations

from urllib.parse import quote

import pytest_asyncio
from playwright.async_api import BrowserContext, Page

from sealock.connector.v1.clickthrough_pb2 import ResolveClickthroughResponse
from tests.edge.admin_pages import RETURN_URL
from tests.safety.elsewhere import Watched, posting_page, provoke, watch
from tests.safety.hostile_values import HOSTILE
from tests.safety.programs import guestbook_rows, zendesk_rows
from tests.safety.programs.edge_scene import EdgeScene, running_edge
from tests.safety.programs.routes import filled, method_of
from tests.safety.programs.zendesk_scene import ZendeskScene, running_zendesk

PICTURES = "image https://evil.example/"
"""What an origin may show: a picture of a person or in its HTML, over https; its page is not told to whom."""


@pytest_asyncio.fixture(loop_scope="session")
async def windows(browser):
    """One that obeys the pages' policies, and one that does not."""
    found = [await browser.new_context(locale="en-US", bypass_csp=bypass) for bypass in (False, True)]
    for context in found:
        context.set_default_timeout(20_000)
    yield found
    for context in found:
        await context.close()


def nothing_happened(watched: Watched, *, pictures: bool = False) -> None:
    assert watched.ran == []
    assert watched.stopped == []
    elsewhere = [each for each in watched.asked_elsewhere if not (pictures and each.startswith(PICTURES))]
    assert elsewhere == []


async def look_at(page: Page, url: str) -> None:
    await page.goto(url)
    await provoke(page)


def paths(desk: ZendeskScene) -> list[str]:
    found = ["/%3Cscript%3Ecanary()%3C/script%3E", "//evil.example/tickets", "/calls?kind=%3Csvg/onload=canary()%3E"]
    for route, row in zendesk_rows.PAGES.items():
        if row.page and method_of(route) == "GET":
            found.append(filled(row.path, desk.names))
    return [*found, *(f"/tickets/{number}" for number in range(2, 6)), "/accounts/3"]


async def test_nothing_runs_on_the_pages_of_the_local_zendesk(windows: list[BrowserContext], tmp_path):
    async with running_zendesk(tmp_path / "zendesk", HOSTILE, alone=12) as desk:
        for window in windows:
            watched = await watch(window, [desk.url, desk.service.url])
            page = await window.new_page()
            for path in paths(desk):
                await look_at(page, f"{desk.url}{path}")
            await change_while_it_is_open(desk, page)
            await page.goto("about:blank")
            nothing_happened(watched, pictures=True)


async def change_while_it_is_open(desk: ZendeskScene, page: Page) -> None:
    """What comes while a page is open gets into it by another way."""
    await page.goto(f"{desk.url}/tickets/{desk.names['ticket']}")
    await page.locator("[data-state=live]").wait_for()
    notes = await page.locator("article.note").count()
    desk.zendesk.reply(int(desk.names["ticket"]), HOSTILE[1], public=False, agent=HOSTILE[2])
    desk.zendesk.context.changes.announce()
    await page.locator("article.note").nth(notes).wait_for()
    await provoke(page)


async def edge_pages(edge: EdgeScene) -> list[tuple[str, dict[str, str]]]:
    """Address and form of each page that is posted to."""
    sealed = await edge.begin()
    step = f"{edge.url}/guestbook/admin_ui/step"
    pages = [(step, {"sealock-form": sealed, "go": "form", "number": "0"})]
    for number in range(0, len(HOSTILE), 12):
        pages += [(step, {"sealock-form": sealed, "go": go, "number": str(number)}) for go in ("redirect", "refuse")]
    hostile = f"https://example.zendesk.com/{HOSTILE[0]}"
    return [*pages, (f"{edge.url}/guestbook/admin_ui", {"subdomain": HOSTILE[1], "return_url": hostile, "locale": "x"})]


async def test_nothing_runs_on_the_pages_of_the_edge(windows: list[BrowserContext], tmp_path):
    async with running_edge(tmp_path / "edge", HOSTILE) as edge:
        link = f"https://elsewhere.example/?{HOSTILE[3]}'();:@&=+$,"
        edge.connector.script("ResolveClickthrough", ResolveClickthroughResponse(url=quote(link, safe=":/?'();@&=+$,")))
        for window in windows:
            watched = await watch(window, [edge.url])
            page = await window.new_page()
            for path in (
                "about",
                "dashboard",
                "%3Cscript%3Ecanary()%3C/script%3E",
                "clickthrough?external_id=%3Csvg%3E",
            ):
                await look_at(page, f"{edge.url}/guestbook/{path}")
            state = edge.names["sign_in_state"]
            await look_at(
                page, f"{edge.url}/guestbook/admin_ui/callback?state={state}&code=%3Cscript%3Ecanary()%3C/script%3E"
            )
            for number, (action, form) in enumerate(await edge_pages(edge)):
                await go_on(edge, page, number, posting_page(action, form))
                await page.wait_for_url(f"{edge.url}/guestbook/**")
                await provoke(page)
            nothing_happened(watched)
            await finish(edge, page)
            assert watched.asked_elsewhere == [f"document {RETURN_URL[:80]}"]
            assert (watched.ran, watched.stopped) == ([], [])


async def go_on(edge: EdgeScene, page: Page, name: object, content: str) -> None:
    """A page of the edge's own origin: it takes a step from no other."""
    url = f"{edge.url}/before/{name}"
    await page.route(url, lambda route: route.fulfill(body=content, content_type="text/html"))
    await page.goto(url)


async def finish(edge: EdgeScene, page: Page) -> None:
    """The last page, which posts itself to Zendesk, and nowhere else."""
    fields = {"sealock-form": await edge.begin(return_url=RETURN_URL), "go": "done"}
    async with page.expect_event("requestfailed", lambda request: request.url == RETURN_URL):
        await go_on(edge, page, "done", posting_page(f"{edge.url}/guestbook/admin_ui/step", fields))


async def test_nothing_runs_on_the_pages_of_the_guestbook(windows: list[BrowserContext]):
    async with guestbook_rows.running(HOSTILE) as guestbook:
        for window in windows:
            watched = await watch(window, [guestbook.url])
            page = await window.new_page()
            for path in ("/", "/entries/1", "/?answer_to=%3Cscript%3Ecanary()%3C/script%3E", "/?answer_to=3"):
                await look_at(page, f"{guestbook.url}{path}")
            await page.locator("#author").fill(HOSTILE[1])
            await page.locator("#text").fill(HOSTILE[3])
            await page.locator("#author").press("Enter")
            await page.wait_for_url("**/entries/*")
            await provoke(page)
            nothing_happened(watched)


TURNED = "\u202eeciov s'regats a tnemmoc ylper on"
LEAKING = """() => [...document.querySelectorAll("main *")]
  .filter((each) => /[\\u202A-\\u202E\\u2066-\\u2069]/.test(
    [...each.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join("")))
  .filter((each) => !/isolate|plaintext/.test(getComputedStyle(each).unicodeBidi))
  .map((each) => each.localName)"""
PLACES = """() => [...document.querySelectorAll("p.who")].map((line) => {
  const [name, time] = ["b", "time"].map((each) => line.querySelector(each).getBoundingClientRect());
  return time.left - name.right;
})"""


async def test_a_turned_name_stays_in_its_place(window: BrowserContext, tmp_path):
    async with running_zendesk(tmp_path / "zendesk", [TURNED] * 3) as desk:
        page = await window.new_page()
        leaking = {}
        for route, row in zendesk_rows.PAGES.items():
            if row.page and method_of(route) == "GET":
                await page.goto(f"{desk.url}{filled(row.path, desk.names)}")
                leaking[route] = await page.evaluate(LEAKING)
        assert {route: found for route, found in leaking.items() if found} == {}
        await page.goto(f"{desk.url}/tickets/{desk.names['ticket']}")
        places = await page.evaluate(PLACES)
        assert places
        assert min(places) >= 0
