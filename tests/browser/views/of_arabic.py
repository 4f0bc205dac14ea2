# SPDX-License-Identifier: Apache-2.0
"""Pages on which everything that people wrote runs from right to left, and a conversation of 200 comments."""

from __future__ import annotations

from collections.abc import Callable

from playwright.async_api import Page, expect

from sealock.connector.v1.clickthrough_pb2 import ResolveClickthroughResponse
from sealock.connector.v1.error_detail_pb2 import Reason
from sealock.connector.v1.setup_pb2 import SetupRedirect, SetupResponse
from tests.browser.views.arabic_town import QUESTION, ArabicTown, ready, set_up_form
from tests.browser.views.of_the_edge import post_set_up
from tests.browser.views.town import Town
from tests.browser.views.view import Open, View, at
from tests.edge.scripted_connector import Refusal


def page_of(path: str | Callable[[ArabicTown], str]) -> Open:
    return at(lambda town: town.arabic.zendesk_url + (path if isinstance(path, str) else path(town.arabic)))


def set_up(answer: SetupResponse | Refusal) -> Open:
    async def open_it(town: Town, page: Page) -> None:
        town.arabic.connector.script("Setup", answer)
        await post_set_up(page, town.arabic.zendesk_url, f"{town.arabic.edge_url}/guestbook")

    return open_it


async def editing(town: Town, page: Page) -> None:
    await set_up(ready())(town, page)
    account = {name: await page.locator(f"input[name={name}]").input_value() for name in ("name", "metadata", "state")}
    town.arabic.connector.script("Setup", set_up_form())
    await post_set_up(page, town.arabic.zendesk_url, f"{town.arabic.edge_url}/guestbook", **account)


async def editing_in_frame(town: Town, page: Page) -> None:
    town.arabic.connector.script("Setup", set_up_form(with_problems=True))
    await page_of(lambda arabic: f"/accounts/{arabic.connected}/edit")(town, page)
    await expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_be_visible()


async def no_page(town: Town, page: Page) -> None:
    """An address that leads nowhere."""
    answer = ResolveClickthroughResponse(url="https://elsewhere.example/مرفأ")
    town.arabic.connector.script("ResolveClickthrough", answer)
    await page.goto(f"{town.arabic.edge_url}/guestbook/clickthrough?external_id=comment-1")


async def long_ticket(town: Town, page: Page) -> None:
    await page_of(lambda arabic: f"/tickets/{arabic.long_ticket}")(town, page)
    await expect(page.locator("#newest")).to_be_attached()


async def long_ticket_open(town: Town, page: Page) -> None:
    await long_ticket(town, page)
    await page.locator("#middle > summary").click()


async def written(town: Town, page: Page) -> None:
    """What an agent types, before it is sent."""
    await page_of(lambda arabic: f"/tickets/{arabic.ticket}")(town, page)
    await page.get_by_label("Comment", exact=True).fill("نعم، في التاسعة!")
    note = {"name": "خريطة (1).txt", "mimeType": "text/plain", "buffer": b"one"}
    await page.locator("input[name=files]").set_input_files([note])


async def put_back(town: Town, page: Page) -> None:
    await page_of(lambda arabic: f"/tickets/{arabic.ticket}")(town, page)
    await page.get_by_role("button", name="Put it back into the reply").click()
    await expect(page.locator("#again")).to_be_visible()


async def guestbook(town: Town, page: Page) -> None:
    await page.goto(town.stack.origin.url)
    await page.get_by_label("Your name").fill("نور (البحّارة)!")
    await page.get_by_label("Your words").fill(QUESTION)
    async with page.expect_navigation():
        await page.get_by_role("button", name="Sign the guestbook").click()


async def guestbook_answer(town: Town, page: Page) -> None:
    await guestbook(town, page)
    await page.get_by_role("article").filter(has_text=QUESTION).first.get_by_role("link", name="answer").click()


SIGN_IN = SetupResponse(
    redirect=SetupRedirect(
        step_id="oauth",
        url="https://majlis.example/sign-in",
        title="اربط حسابك!",
        description="سجّل الدخول!",
        problem="أُلغي الدخول!",
    )
)
POST = "edge POST /{integration}/admin_ui"
TICKET = "zendesk GET /tickets/{number:int}"
ARABIC_EDGE_VIEWS = (
    View("arabic-about", "edge GET /{integration}/about", at(lambda town: f"{town.arabic.edge_url}/guestbook/about")),
    View(
        "arabic-dashboard",
        "edge GET /{integration}/dashboard",
        at(lambda town: f"{town.arabic.edge_url}/guestbook/dashboard"),
    ),
    View("arabic-set-up", POST, set_up(set_up_form())),
    View("arabic-set-up-problems", POST, set_up(set_up_form(with_problems=True))),
    View("arabic-set-up-edit", POST, editing),
    View("arabic-set-up-ready", POST, set_up(ready())),
    View("arabic-set-up-refused", POST, set_up(Refusal(Reason.REASON_ORIGIN_UNAVAILABLE))),
    View("arabic-sign-in", POST, set_up(SIGN_IN)),
    View("arabic-problem", "edge GET /{integration}/clickthrough", no_page),
)
ARABIC_VIEWS = (
    View("arabic-tickets", "zendesk GET /tickets", page_of("/tickets")),
    View("arabic-ticket", TICKET, page_of(lambda arabic: f"/tickets/{arabic.ticket}")),
    View("arabic-ticket-written", TICKET, written),
    View("arabic-ticket-put-back", TICKET, put_back),
    View("zendesk-ticket-long", TICKET, long_ticket),
    View("zendesk-ticket-long-open", TICKET, long_ticket_open),
    View("arabic-channels", "zendesk GET /channels", page_of("/channels")),
    View("arabic-channel", "zendesk GET /channels/{number:int}", page_of("/channels/1")),
    View("arabic-account", "zendesk GET /accounts/{number:int}", page_of(lambda arabic: f"/accounts/{arabic.account}")),
    View(
        "arabic-account-asking",
        "zendesk GET /accounts/{number:int}",
        page_of(lambda arabic: f"/accounts/{arabic.asking}"),
    ),
    View("arabic-account-edit", "zendesk GET /accounts/{number:int}/edit", editing_in_frame),
    View("arabic-calls", "zendesk GET /calls", page_of("/calls?search=نور")),
    View("arabic-calls-of-ticket", "zendesk GET /calls", page_of(lambda arabic: f"/calls?ticket={arabic.ticket}")),
    View("arabic-call", "zendesk GET /calls/{number:int}", page_of("/calls/4")),
    View("arabic-events", "zendesk GET /events", page_of("/events")),
    View("arabic-events-by-call", "zendesk GET /events", page_of("/events?by=batch")),
    View("arabic-violations", "zendesk GET /violations", page_of("/violations")),
    View("arabic-guestbook", "guestbook GET /", guestbook),
    View("arabic-guestbook-answer", "guestbook GET /", guestbook_answer),
)
