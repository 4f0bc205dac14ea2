# SPDX-License-Identifier: Apache-2.0
"""The edge's pages; those that Zendesk shows in a frame stand alone here, so that all of them is seen."""

from __future__ import annotations

import httpx2
from playwright.async_api import Page, Route, expect

from sealock.connector.v1.clickthrough_pb2 import ResolveClickthroughResponse
from sealock.connector.v1.error_detail_pb2 import Reason
from sealock.connector.v1.setup_pb2 import (
    SetupCondition,
    SetupDone,
    SetupField,
    SetupFieldKind,
    SetupForm,
    SetupOption,
    SetupProblem,
    SetupResponse,
)
from tests.browser.set_up_place import sign_in_at
from tests.browser.views.town import Town
from tests.browser.views.view import View, at, post
from tests.edge.scripted_connector import Refusal

FIELDS = (
    SetupField(
        name="page",
        label="Page",
        group="The page",
        kind=SetupFieldKind.SETUP_FIELD_KIND_URL,
        placeholder="https://social.example/harbour",
        help="The page whose comments become tickets.",
        required=True,
    ),
    SetupField(
        name="token",
        label="Access token",
        group="The page",
        kind=SetupFieldKind.SETUP_FIELD_KIND_SECRET,
        help="Made under Settings, Developers. It has to be allowed to read and to write comments.",
        required=True,
    ),
    SetupField(
        name="since",
        label="Comments to bring to Zendesk",
        group="What becomes a ticket",
        kind=SetupFieldKind.SETUP_FIELD_KIND_SELECT,
        options=[
            SetupOption(value="all", label="All that are there"),
            SetupOption(value="new", label="Only new ones"),
        ],
    ),
    SetupField(
        name="words",
        label="Leave out comments with these words",
        group="What becomes a ticket",
        kind=SetupFieldKind.SETUP_FIELD_KIND_MULTILINE,
        help="One in each line.",
    ),
    SetupField(
        name="replies",
        label="Bring answers to comments too",
        kind=SetupFieldKind.SETUP_FIELD_KIND_CHECKBOX,
        value="true",
        group="What becomes a ticket",
    ),
    SetupField(
        name="answers",
        label="Replies to them",
        kind=SetupFieldKind.SETUP_FIELD_KIND_SELECT,
        group="What becomes a ticket",
        only_if=SetupCondition(field="replies", values=["true"]),
        options=[
            SetupOption(value="public", label="As a comment of the page, for everybody to see"),
            SetupOption(value="private", label="As a private message to the person, once for each comment"),
        ],
    ),
)
HTML = "text/html; charset=utf-8"
ABOUT = "Comments on a page of yours become tickets. You need to be an administrator of the page."
PROBLEMS = (
    SetupProblem(field="page", message="There is no page at this address."),
    SetupProblem(field="token", message="Harbour Social does not take this token."),
    SetupProblem(message="Harbour Social allows five attempts an hour."),
)


def form(*problems: SetupProblem, kept: bool = False) -> SetupResponse:
    fields = [SetupField.FromString(field.SerializeToString()) for field in FIELDS]
    if kept:
        fields[0].value, fields[1].secret_kept = "https://social.example/harbour", True
    return SetupResponse(
        form=SetupForm(
            step_id="page",
            title="Connect a page",
            description=ABOUT,
            fields=fields,
            problems=problems,
            sign_in_label="Sign in with Harbour Social" if kept else "",
        )
    )


def zendesk_form(zendesk_url: str, locale: str) -> dict[str, str]:
    """What Zendesk posts for a new account."""
    return_url = f"{zendesk_url}/admin-ui/return/none"
    return {"return_url": return_url, "subdomain": "harbour", "locale": locale, "name": "", "metadata": "", "state": ""}


async def post_from_zendesk(town: Town, page: Page, **account: str) -> None:
    """Open the scripted connector's set-up; of an `account`, if it is edited."""
    await post_set_up(page, town.zendesk_url, f"{town.edge_url}/guestbook", **account)


async def post_set_up(page: Page, zendesk_url: str, integration_url: str, **account: str) -> None:
    """Open a set-up as Zendesk's page does, but not in a frame."""
    empty = f"{zendesk_url}/an-empty-page"
    await page.route(empty, lambda route: route.fulfill(body="<!doctype html>", content_type=HTML))
    await page.goto(empty)
    locale = await page.evaluate("navigator.language")
    await post(page, f"{integration_url}/admin_ui", {**zendesk_form(zendesk_url, locale), **account})


async def open_admin_ui(town: Town, page: Page, answer: SetupResponse) -> None:
    town.connector.script("Setup", answer)
    await post_from_zendesk(town, page)


async def fields(town: Town, page: Page) -> None:
    await open_admin_ui(town, page, form())


async def fields_with_problems(town: Town, page: Page) -> None:
    await open_admin_ui(town, page, form(*PROBLEMS))


async def fields_of_an_edit(town: Town, page: Page) -> None:
    await what_to_try(town, page)
    account = {name: await page.locator(f"input[name={name}]").input_value() for name in ("name", "metadata", "state")}
    town.connector.script("Setup", form(kept=True))
    await post_from_zendesk(town, page, **account)


async def what_to_try(town: Town, page: Page) -> None:
    words = "Write a comment below a post of the page, from another account. It becomes a ticket within a few minutes."
    done = SetupDone(account_name="Harbour page", account=b"{}", what_to_try=words)
    await open_admin_ui(town, page, SetupResponse(done=done))


async def next_step(town: Town, page: Page) -> None:
    await open_admin_ui(town, page, form())
    await page.locator("input[type=url]").fill("https://social.example/harbor")
    await page.locator("input[type=password]").fill("mistyped")
    town.connector.script("Setup", form(*PROBLEMS))
    async with page.expect_navigation():
        await page.locator("#submit").click()


async def sign_in(town: Town, page: Page) -> None:
    town.connector.script("Setup", sign_in_at(town.origin_url))
    await post_from_zendesk(town, page)


async def sign_in_blocked(town: Town, page: Page) -> None:
    await sign_in(town, page)
    await page.evaluate("window.open = () => null")
    await page.locator("#open").click()


async def signed_in(town: Town, page: Page) -> None:
    await sign_in(town, page)
    await page.goto(await page.locator("#open").get_attribute("href"))
    async with page.expect_navigation():
        await page.get_by_role("link", name="I am Ada").click()


async def saving_is_asked(town: Town, page: Page) -> None:
    """The code that the window of the sign-in showed is copied into the page that waits for it."""
    await sign_in(town, page)
    window = await page.context.new_page()
    await window.goto(await page.locator("#open").get_attribute("href"))
    await window.get_by_role("link", name="I am Ada").click()
    code = await window.locator("#code").input_value()
    await window.close()
    await page.locator("#by-hand summary").click()
    await page.locator("#sealock-sign-in").fill(code)
    async with page.expect_navigation():
        await page.locator("#by-hand button").click()


async def another_site(town: Town, page: Page) -> None:
    locale = await page.evaluate("navigator.language")
    await post(page, f"{town.edge_url}/guestbook/admin_ui", zendesk_form(town.zendesk_url, locale))


async def account_is_ready(town: Town, page: Page) -> None:
    """The last page goes on by itself; a Zendesk that answers with nothing lets it stay."""

    async def answer_nothing(route: Route) -> None:
        await route.fulfill(status=204)

    await page.route("**/admin-ui/return/**", answer_nothing)
    await open_admin_ui(town, page, SetupResponse(done=SetupDone(account_name="Harbour page", account=b"{}")))


async def refused_set_up(town: Town, page: Page) -> None:
    town.connector.script("Setup", Refusal(Reason.REASON_ORIGIN_UNAVAILABLE))
    await post_from_zendesk(town, page)


async def interstitial(town: Town, page: Page) -> None:
    url = "https://elsewhere.example/harbour/comments/1784120?highlight=1"
    town.connector.script("ResolveClickthrough", ResolveClickthroughResponse(url=url))
    await page.goto(f"{town.edge_url}/guestbook/clickthrough?external_id=comment-1")


async def failing(town: Town, page: Page) -> None:
    """The dashboard, after pulls of two accounts failed for different reasons."""
    for reason in (Reason.REASON_ACCOUNT_REVOKED, Reason.REASON_ORIGIN_UNAVAILABLE):
        await what_to_try(town, page)
        account = {name: await page.locator(f"input[name={name}]").input_value() for name in ("metadata", "state")}
        town.connector.script("Pull", Refusal(reason))
        async with httpx2.AsyncClient(base_url=town.edge_url, trust_env=False, timeout=30) as http:
            await http.post("/guestbook/pull", data=account)
    await page.goto(f"{town.edge_url}/guestbook/dashboard")
    await expect(page.locator("#failing li").first).to_be_visible()


def page_of(path: str):
    return at(lambda town: f"{town.edge_url}{path}")


EDGE_VIEWS = (
    View("edge-about", "edge GET /{integration}/about", page_of("/guestbook/about")),
    View("edge-about-unknown", "edge GET /{integration}/about", page_of("/other/about")),
    View("edge-dashboard", "edge GET /{integration}/dashboard", page_of("/guestbook/dashboard")),
    View("edge-dashboard-failing", "edge GET /{integration}/dashboard", failing),
    View("edge-dashboard-down", "edge GET /{integration}/dashboard", page_of("/other/dashboard")),
    View("edge-set-up", "edge POST /{integration}/admin_ui", fields),
    View("edge-set-up-problems", "edge POST /{integration}/admin_ui", fields_with_problems),
    View("edge-set-up-edit", "edge POST /{integration}/admin_ui", fields_of_an_edit),
    View("edge-set-up-what-to-try", "edge POST /{integration}/admin_ui", what_to_try),
    View("edge-set-up-refused", "edge POST /{integration}/admin_ui", refused_set_up),
    View("edge-set-up-step", "edge POST /{integration}/admin_ui/step", next_step),
    View("edge-sign-in", "edge POST /{integration}/admin_ui", sign_in),
    View("edge-sign-in-blocked", "edge POST /{integration}/admin_ui", sign_in_blocked),
    View("edge-signed-in", "edge GET /{integration}/admin_ui/callback", signed_in),
    View("edge-saving-is-asked", "edge POST /{integration}/admin_ui/step", saving_is_asked),
    View("edge-another-site", "edge POST /{integration}/admin_ui", another_site),
    View("edge-account-ready", "edge POST /{integration}/admin_ui", account_is_ready),
    View("edge-leaving", "edge GET /{integration}/clickthrough", interstitial),
    View("edge-problem", "edge GET /{integration}/clickthrough", page_of("/guestbook/clickthrough")),
)
NO_PAGES_OF_THE_EDGE = {
    "edge GET /{integration}/manifest.json": "JSON",
    "edge POST /{integration}/pull": "JSON",
    "edge POST /{integration}/channelback": "JSON",
    "edge POST /{integration}/event_callback": "empty",
    "edge GET /{integration}/healthcheck": "empty",
    "edge GET /{integration}/files/{sealed}/{name}": "a file",
    "edge POST /{integration}/files/{sealed}/{name}": "a file",
    **{
        f"edge {method} /{{integration}}/webhook{rest}": "what the connector answers to the origin"
        for method in ("DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT")
        for rest in ("", "/{rest:path}")
    },
}
