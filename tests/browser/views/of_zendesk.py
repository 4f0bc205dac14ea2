# SPDX-License-Identifier: Apache-2.0
"""The local Zendesk's pages, full, empty and with something refused."""

from __future__ import annotations

import io
import json
import zipfile

from playwright.async_api import Page, expect

from tests.browser.set_up_place import sign_in_at
from tests.browser.views.of_the_edge import PROBLEMS, form
from tests.browser.views.town import FERRY, LAMP, LIGHTHOUSE, MOORING, UMBRELLA, Town, timetable_picture
from tests.browser.views.view import View, at, post
from tests.devkit.zendesk.scripted_service import Canned


def page_of(path: str):
    return at(lambda town: f"{town.zendesk_url}{path}")


def empty(path: str):
    return at(lambda town: f"{town.empty_url}{path}")


def ticket_about(subject: str):
    async def open_it(town: Town, page: Page) -> None:
        await page.goto(f"{town.zendesk_url}/tickets/{await town.ticket(subject)}")

    return open_it


async def press(page: Page, name: str) -> None:
    async with page.expect_navigation():
        await page.get_by_role("button", name=name, exact=True).click()


async def refused_comment(town: Town, page: Page) -> None:
    await ticket_about(FERRY)(town, page)
    await page.get_by_label("Comment", exact=True).fill("   ")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("alert")).to_be_visible()


async def files_chosen(town: Town, page: Page) -> None:
    await ticket_about(FERRY)(town, page)
    await page.get_by_label("Comment", exact=True).fill("Here is where we land, and the price list.")
    chart = {"name": "chart-of-the-harbour.png", "mimeType": "image/png", "buffer": timetable_picture()}
    prices = {"name": "prices.txt", "mimeType": "text/plain", "buffer": b"Adults 12, children 0"}
    await page.locator("input[name=files]").set_input_files([chart, prices])
    await expect(page.locator("#chosen")).to_contain_text("prices.txt")


async def ticket_with_details(town: Town, page: Page) -> None:
    await ticket_about(MOORING)(town, page)
    for summary in await page.locator("summary").all():
        await summary.click()


async def reply_put_back(town: Town, page: Page) -> None:
    await ticket_about(LAMP)(town, page)
    await page.get_by_role("button", name="Put it back into the reply").click()
    await expect(page.locator("#again")).to_contain_text("repair-plan.pdf")


async def refused_status(town: Town, page: Page) -> None:
    """What a page shows that was open when somebody else closed the ticket."""
    number = await town.ticket(UMBRELLA)
    await page.goto(f"{town.zendesk_url}/tickets/{number}")
    async with page.expect_navigation():
        await page.evaluate(
            """action => {
              const form = Object.assign(document.createElement("form"), { method: "post", action });
              form.append(Object.assign(document.createElement("input"), { name: "status", value: "open" }));
              document.body.append(form);
              form.submit();
            }""",
            f"/tickets/{number}/status",
        )


async def refused_manifest(town: Town, page: Page) -> None:
    await page.goto(f"{town.zendesk_url}/channels")
    await page.get_by_label("Manifest URL").fill(f"{town.edge_url}/guestbook/about")
    await press(page, "Install")


async def app_with_findings(town: Town, page: Page) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("manifest.json", json.dumps({"name": "Guestbook", "location": "ticket_sidebar"}))
    await page.goto(f"{town.zendesk_url}/channels")
    file = {"name": "guestbook.zip", "mimeType": "application/zip", "buffer": packed.getvalue()}
    await page.get_by_label("Installer app").set_input_files(file)
    await press(page, "Install the app")


async def refused_app(town: Town, page: Page) -> None:
    await page.goto(f"{town.zendesk_url}/channels")
    file = {"name": "holiday.zip", "mimeType": "application/zip", "buffer": b"not a zip"}
    await page.get_by_label("Installer app").set_input_files(file)
    await press(page, "Install the app")


async def healthy(town: Town, page: Page) -> None:
    await page.goto(f"{town.zendesk_url}/channels/1")
    await press(page, "Check its health")


async def not_healthy(town: Town, page: Page) -> None:
    town.forum.script["/healthcheck"] = [Canned(status=503)]
    await page.goto(f"{town.zendesk_url}/channels/2")
    await press(page, "Check its health")


async def refused_interval(town: Town, page: Page) -> None:
    await page.goto(f"{town.zendesk_url}/accounts/{town.guestbook_account}")
    await page.get_by_label("Seconds between two pulls").fill("soon")
    await press(page, "Set")


async def in_frame(town: Town, page: Page) -> None:
    town.connector.script("Setup", form())
    await page.goto(f"{town.zendesk_url}/channels/{town.social}/accounts/new")
    await expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_be_visible()


async def in_frame_of_the_guestbook(town: Town, page: Page) -> None:
    await page.goto(f"{town.zendesk_url}/channels/1/accounts/new")
    await expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_be_visible()


async def in_frame_with_problems(town: Town, page: Page) -> None:
    town.connector.script("Setup", form(*PROBLEMS))
    await page.goto(f"{town.zendesk_url}/channels/{town.social}/accounts/new")
    await expect(page.frame_locator("iframe").get_by_role("alert")).to_be_visible()


async def in_frame_signing_in(town: Town, page: Page) -> None:
    town.connector.script("Setup", sign_in_at(town.origin_url))
    await page.goto(f"{town.zendesk_url}/channels/{town.social}/accounts/new")
    await expect(page.frame_locator("iframe").locator("#open")).to_be_visible()


async def editing(town: Town, page: Page) -> None:
    await page.goto(f"{town.zendesk_url}/accounts/{town.guestbook_account}/edit")
    await expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_be_visible()


async def visit_is_over(town: Town, page: Page) -> None:
    await post(page, f"{town.zendesk_url}/admin-ui/return/none", {"name": "x", "metadata": "x"})


async def one_call(town: Town, page: Page) -> None:
    await page.goto(f"{town.zendesk_url}/calls?kind=channelback")
    await page.locator("tbody a").first.click()
    await page.get_by_role("heading", name="Answered").wait_for()
    await page.locator("summary").first.click()


async def calls_with_details(town: Town, page: Page) -> None:
    await page.goto(f"{town.zendesk_url}/calls?kind=channelback")
    await page.locator("summary").first.click()


async def events_with_details(town: Town, page: Page) -> None:
    await page.goto(f"{town.zendesk_url}/events")
    await page.locator("summary").first.click()


async def refused_setting(town: Town, page: Page) -> None:
    await page.goto(f"{town.zendesk_url}/settings")
    await page.get_by_label("Pull timeout seconds").fill("soon")
    await press(page, "Save")


async def faults_on(town: Town, page: Page) -> None:
    await town.at_zendesk("POST", "/faults", call="event_callback", kind="delay", times=3, seconds=0.1)
    await page.goto(f"{town.zendesk_url}/faults")


async def refused_fault(town: Town, page: Page) -> None:
    await page.goto(f"{town.zendesk_url}/faults")
    await page.get_by_label("seconds", exact=True).evaluate("field => { field.type = 'text'; field.value = '-1'; }")
    await press(page, "Switch on")


async def opened(town: Town, page: Page, name: str, query: str) -> None:
    """Download a transcript of what happened here, and open it."""
    await page.goto(f"{town.zendesk_url}/transcripts")
    for close in await page.locator(".switches button").all():
        await close.click()
    answer = await page.request.get(f"{town.zendesk_url}/transcripts/download?{query}")
    file = {"name": name, "mimeType": "application/jsonl", "buffer": await answer.body()}
    await page.get_by_label("Transcript", exact=True).set_input_files(file)
    await press(page, "Open")


async def opened_ticket(town: Town, page: Page) -> None:
    number = await town.ticket(FERRY)
    await opened(town, page, "ferry-of-monday.jsonl", f"ticket={number}&words=kept")
    await page.get_by_text("Opened from the file").wait_for()


async def opened_calls(town: Town, page: Page) -> None:
    await opened(town, page, "transcript.jsonl", "words=dots")
    await page.get_by_role("link", name="Calls", exact=True).click()
    await page.get_by_role("heading", name="Calls").wait_for()


async def refused_transcript(town: Town, page: Page) -> None:
    await page.goto(f"{town.zendesk_url}/transcripts")
    file = {"name": "holiday.jsonl", "mimeType": "application/jsonl", "buffer": b"not one"}
    await page.get_by_label("Transcript", exact=True).set_input_files(file)
    await press(page, "Open")


ZENDESK_VIEWS = (
    View("zendesk-tickets", "zendesk GET /tickets", page_of("/tickets")),
    View("zendesk-tickets-empty", "zendesk GET /tickets", empty("/tickets")),
    View("zendesk-ticket", "zendesk GET /tickets/{number:int}", ticket_about(FERRY)),
    View("zendesk-ticket-failed", "zendesk GET /tickets/{number:int}", ticket_with_details),
    View("zendesk-ticket-put-back", "zendesk GET /tickets/{number:int}", reply_put_back),
    View("zendesk-ticket-closed", "zendesk GET /tickets/{number:int}", ticket_about(UMBRELLA)),
    View("zendesk-ticket-follow-up", "zendesk GET /tickets/{number:int}", ticket_about("You are the best")),
    View("zendesk-ticket-refused", "zendesk POST /tickets/{number:int}/comments", refused_comment),
    View("zendesk-ticket-status-refused", "zendesk POST /tickets/{number:int}/status", refused_status),
    View("zendesk-ticket-files", "zendesk GET /tickets/{number:int}", ticket_about(LAMP)),
    View("zendesk-ticket-files-chosen", "zendesk GET /tickets/{number:int}", files_chosen),
    View("zendesk-ticket-japanese", "zendesk GET /tickets/{number:int}", ticket_about(LIGHTHOUSE)),
    View("zendesk-channels", "zendesk GET /channels", page_of("/channels")),
    View("zendesk-channels-empty", "zendesk GET /channels", empty("/channels")),
    View("zendesk-channels-refused", "zendesk POST /channels", refused_manifest),
    View("zendesk-channels-app-refused", "zendesk POST /channels/app", refused_app),
    View("zendesk-channels-app-findings", "zendesk POST /channels/app", app_with_findings),
    View("zendesk-channel", "zendesk GET /channels/{number:int}", page_of("/channels/1")),
    View("zendesk-channel-violations", "zendesk GET /channels/{number:int}", page_of("/channels/2")),
    View("zendesk-channel-installed", "zendesk GET /channels/{number:int}", page_of("/channels/3?done=installed")),
    View("zendesk-channel-healthy", "zendesk POST /channels/{number:int}/health", healthy),
    View("zendesk-channel-not-healthy", "zendesk POST /channels/{number:int}/health", not_healthy),
    View("zendesk-account-pulled", "zendesk GET /accounts/{number:int}", page_of("/accounts/1?done=pulled")),
    View("zendesk-account", "zendesk GET /accounts/{number:int}", page_of("/accounts/1")),
    View("zendesk-account-needs-update", "zendesk GET /accounts/{number:int}", page_of("/accounts/2")),
    View("zendesk-account-refused", "zendesk POST /accounts/{number:int}/interval", refused_interval),
    View("zendesk-add-account", "zendesk GET /channels/{number:int}/accounts/new", in_frame),
    View("zendesk-add-account-guestbook", "zendesk GET /channels/{number:int}/accounts/new", in_frame_of_the_guestbook),
    View("zendesk-add-account-problems", "zendesk GET /channels/{number:int}/accounts/new", in_frame_with_problems),
    View("zendesk-add-account-sign-in", "zendesk GET /channels/{number:int}/accounts/new", in_frame_signing_in),
    View("zendesk-edit-account", "zendesk GET /accounts/{number:int}/edit", editing),
    View("zendesk-visit-over", "zendesk POST /admin-ui/return/{key}", visit_is_over),
    View("zendesk-calls", "zendesk GET /calls", page_of("/calls")),
    View("zendesk-calls-details", "zendesk GET /calls", calls_with_details),
    View("zendesk-call", "zendesk GET /calls/{number:int}", one_call),
    View("zendesk-calls-empty", "zendesk GET /calls", empty("/calls")),
    View("zendesk-events", "zendesk GET /events", events_with_details),
    View("zendesk-events-by-call", "zendesk GET /events", page_of("/events?by=batch")),
    View("zendesk-events-empty", "zendesk GET /events", empty("/events")),
    View("zendesk-violations", "zendesk GET /violations", page_of("/violations")),
    View("zendesk-violations-by-rule", "zendesk GET /violations", page_of("/violations?by=rule")),
    View("zendesk-violations-empty", "zendesk GET /violations", empty("/violations")),
    View("zendesk-settings", "zendesk GET /settings", page_of("/settings")),
    View("zendesk-settings-found", "zendesk GET /settings", page_of("/settings?search=pull")),
    View("zendesk-faults", "zendesk GET /faults", faults_on),
    View("zendesk-settings-refused", "zendesk POST /settings", refused_setting),
    View("zendesk-faults-refused", "zendesk POST /faults", refused_fault),
    View("zendesk-transcripts", "zendesk GET /transcripts", page_of("/transcripts")),
    View("zendesk-transcripts-of-a-ticket", "zendesk GET /transcripts", page_of("/transcripts?ticket=1")),
    View("zendesk-transcript-opened", "zendesk GET /transcripts", opened_ticket),
    View("zendesk-transcript-calls", "zendesk GET /transcripts", opened_calls),
    View("zendesk-transcripts-refused", "zendesk POST /transcripts", refused_transcript),
    View("zendesk-transcript-gone", "zendesk GET /transcripts/{number:int}", page_of("/transcripts/999")),
    View("zendesk-ticket-awaited", "zendesk GET /tickets/of", page_of("/tickets/of?resource=entry-9")),
    View("zendesk-nothing-there", "zendesk GET /tickets/{number:int}", page_of("/tickets/999")),
)
NO_PAGES_OF_ZENDESK = {
    "zendesk GET /": "leads to the tickets",
    "zendesk GET /assets/{name}": "a file",
    "zendesk GET /stream": "a stream of events",
    "zendesk GET /files/{number:int}/{name}": "a file",
    "zendesk GET /channels/{number:int}/logo.png": "a file",
    "zendesk GET /channels/{number:int}/about": "leads to the integration's own page",
    "zendesk GET /channels/{number:int}/dashboard": "leads to the integration's own page",
    "zendesk POST /channels/{number:int}/manifest": "leads back to the channel",
    "zendesk POST /channels/{number:int}/remove": "leads to the channels",
    "zendesk POST /tickets/{number:int}/comments/{comment:int}/leave": "leads back to the ticket",
    "zendesk POST /accounts/{number:int}/switch": "leads back to the account",
    "zendesk POST /accounts/{number:int}/pull": "leads back to the account",
    "zendesk POST /violations/forget": "leads back to the violations",
    "zendesk POST /settings/default": "leads back to the settings",
    "zendesk POST /faults/off": "leads back to the faults",
    "zendesk GET /transcripts/download": "a file",
    "zendesk POST /transcripts/close": "leads back to the transcripts",
}
