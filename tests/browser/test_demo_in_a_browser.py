# SPDX-License-Identifier: Apache-2.0
"""The demo as people play it: only what a mouse and a keyboard can do, with everything running as real processes."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from sealock_devkit.emulators.guestbook.demo import DemoGuestbook
from sealock_devkit.stack.process import free_port
from sealock_devkit.stack.stack import Options, Stack
from tests.browser.people import Guestbook, Zendesk, has_stayed, is_not_reloaded, look_again
from tests.browser.views.town import timetable_picture

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

ACCOUNT = "Seaside guestbook"
QUESTION = "Does the ferry run on Sundays?"
SIGN = "The sign at the pier is old."
WIDTH = "image => { image.loading = 'eager'; return image.decode().then(() => image.naturalWidth); }"


async def connected(stack, window) -> tuple[Zendesk, Guestbook]:
    """An account that is there already, a tab with Zendesk and one with the guestbook."""
    integration = await stack.zendesk.install(stack.manifest_url())
    await stack.zendesk.add_account(integration, stack.origin.account_answers)
    return await Zendesk.open(window, stack.zendesk_server.url), await Guestbook.open(window, stack.origin.url)


async def test_who_signs_is_led_to_the_ticket_even_before_it_is_there(window, tmp_path):
    origin, port = DemoGuestbook(), free_port()
    origin.lead_to_tickets(f"http://127.0.0.1:{port}")
    options = Options(zendesk_port=port, pull_interval=3600)
    async with Stack(tmp_path, origin=origin, options=options) as stack:
        integration = await stack.zendesk.install(stack.manifest_url())
        account = await stack.zendesk.add_account(integration, origin.account_answers)
        guestbook = await Guestbook.open(window, origin.url)
        await guestbook.sign("Ann", QUESTION)
        await guestbook.page.get_by_role("link", name="See the ticket").click()
        await expect(guestbook.page.get_by_role("heading", level=1)).to_have_text("Not here yet")

        await stack.zendesk.pull(account)

        await expect(guestbook.page.get_by_role("heading", level=1)).to_have_text(QUESTION)
        await guestbook.page.close()


async def test_an_integration_is_installed_and_an_account_added_in_its_frame(stack, window):
    zendesk = await Zendesk.open(window, stack.zendesk_server.url)
    [answers] = stack.origin.account_answers

    await zendesk.install(stack.manifest_url())
    await expect(zendesk.page.get_by_role("heading", level=1)).to_have_text("Guestbook")
    await zendesk.page.get_by_role("link", name="Add an account").click()
    wrong = {"Guestbook's address": answers["site"], "Owner's token": "not-the-token"}
    await zendesk.fill_in_frame("Connect", wrong)

    problem = "The guestbook does not take this token."
    summary = zendesk.frame.get_by_role("alert")
    await expect(summary).to_contain_text(f"Owner's token: {problem}")
    await expect(summary).to_be_focused()
    token = zendesk.frame.get_by_label("Owner's token")
    await expect(token).to_have_accessible_description(
        f"{problem} The guestbook writes it into its token file when it starts."
    )
    await expect(token).to_have_value("")
    await expect(zendesk.frame.get_by_label("Guestbook's address")).to_have_value(answers["site"])

    await zendesk.fill_in_frame("Connect", {"Owner's token": answers["token"]})
    await expect(zendesk.frame.get_by_text("Sign the guestbook as a visitor would.")).to_be_visible()
    await zendesk.save_new_account()
    await expect(zendesk.page.get_by_role("heading", level=1)).to_have_text(ACCOUNT)
    await expect(zendesk.page.locator("#account")).to_contain_text("active")


async def test_the_installer_app_installs_the_integration(stack, window, tmp_path):
    app = tmp_path / "guestbook-app.zip"
    settings = stack.folder / "edge-1.toml"
    await stack.sealock(
        "app", "build", "guestbook", "--config", str(settings), "--output", str(app), "--insecure-loopback"
    )
    zendesk = await Zendesk.open(window, stack.zendesk_server.url)

    await zendesk.go_to("Channels")
    await zendesk.page.get_by_label("Installer app").set_input_files(app)
    await zendesk.press("Install the app")

    await expect(zendesk.page.get_by_role("heading", level=1)).to_have_text("Guestbook")
    await expect(zendesk.page.get_by_role("link", name="Add an account")).to_be_visible()
    logo = zendesk.page.locator("img.channel")
    assert await logo.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


async def test_an_entry_becomes_a_ticket_and_both_sides_talk_without_a_reload(stack, window, tmp_path):
    zendesk, guestbook = await connected(stack, window)
    await is_not_reloaded(zendesk.page)

    await guestbook.sign("Søren", QUESTION)
    await expect(zendesk.ticket_link(QUESTION)).to_be_visible()
    await zendesk.ticket_link(QUESTION).click()
    await is_not_reloaded(zendesk.page)
    await expect(zendesk.comments).to_have_count(1)

    await guestbook.answer(QUESTION, "Søren", "With a dog, I should add.")
    await expect(zendesk.comments).to_have_count(2)
    await expect(zendesk.comment("With a dog")).to_contain_text("Søren")
    assert await has_stayed(zendesk.page)

    timetable = tmp_path / "timetable.txt"
    timetable.write_text("9:00\n17:30\n")
    reply = await zendesk.comment_with("It does, and dogs travel free.", files=[timetable])
    await expect(reply).to_contain_text(f"delivered as {stack.origin.url}/entries/3")
    await expect(reply.get_by_role("link", name="timetable.txt")).to_be_visible()
    assert await has_stayed(zendesk.page)
    await look_again(guestbook.page)
    await expect(guestbook.entry("dogs travel free")).to_contain_text("our team")
    async with guestbook.page.expect_download() as downloading:
        await guestbook.page.get_by_role("link", name="timetable.txt").click()
    assert (await (await downloading.value).path()).read_text() == "9:00\n17:30\n"

    async with window.expect_page() as opening:
        await zendesk.comment(QUESTION).get_by_role("link", name="Open at Guestbook").click()
    origin = await opening.value
    await expect(origin).to_have_url(f"{stack.origin.url}/entries/1")
    await expect(Guestbook(origin, stack.origin.url).entry(QUESTION)).to_be_visible()

    await look_again(zendesk.page)
    await expect(zendesk.comments).to_have_count(3)


async def test_an_internal_note_stays_inside(stack, window):
    zendesk, guestbook = await connected(stack, window)
    await guestbook.sign("Mika", QUESTION)
    await zendesk.open_ticket(QUESTION)

    note = await zendesk.comment_with("Ask the captain first.", kind="Internal note")
    await expect(note).to_contain_text("internal note")
    reply = await zendesk.comment_with("We will ask the captain.")
    await expect(reply).to_contain_text("delivered")

    await look_again(guestbook.page)
    await expect(guestbook.entry("We will ask the captain.")).to_be_visible()
    await expect(guestbook.entry("Ask the captain first.")).to_have_count(0)


async def test_a_slow_reply_says_that_it_is_being_sent_until_it_is_delivered(stack, window):
    zendesk, guestbook = await connected(stack, window)
    await guestbook.sign("Mika", QUESTION)
    await zendesk.switch_on_fault("delay", "channelback", seconds=3)
    await zendesk.open_ticket(QUESTION)

    reply = await zendesk.comment_with("It does.")
    await expect(reply).to_contain_text("sending")
    await expect(reply).to_contain_text("delivered as")


async def test_a_reply_whose_answer_is_lost_is_posted_once_and_shows_its_tries(stack, window):
    zendesk, guestbook = await connected(stack, window)
    await guestbook.sign("Mika", QUESTION)
    await zendesk.switch_on_fault("lose answer", "channelback")
    await zendesk.open_ticket(QUESTION)

    reply = await zendesk.comment_with("It does, once a day.")
    await expect(reply).to_contain_text("delivered as")
    await expect(reply).to_contain_text("repeated 1 time")
    await reply.get_by_text("2 tries").click()
    await expect(reply.get_by_role("listitem")).to_have_count(2)

    await look_again(guestbook.page)
    await expect(guestbook.entry("It does, once a day.")).to_have_count(1)


async def test_a_closed_ticket_gets_a_follow_up_and_a_removed_integration_is_gone(stack, window):
    zendesk, guestbook = await connected(stack, window)
    await guestbook.sign("Mika", QUESTION)
    await zendesk.open_ticket(QUESTION)
    state = zendesk.page.locator("#head .state")

    await zendesk.press("Solve")
    await expect(state).to_have_text("solved")
    await zendesk.press("Open again")
    await expect(state).to_have_text("open")
    await zendesk.press("Close")
    await expect(state).to_have_text("closed")
    await expect(zendesk.page.get_by_label("Comment", exact=True)).to_have_count(0)

    await guestbook.answer(QUESTION, "Mika", "And on Mondays?")
    await zendesk.go_to("Tickets")
    await expect(zendesk.page.get_by_role("row")).to_have_count(3)
    await zendesk.page.get_by_role("row").filter(has_text="And on Mondays?").get_by_role("link").first.click()
    await expect(zendesk.page.locator("#head")).to_contain_text("Follows #1")
    await expect(zendesk.comments).to_have_count(1)

    await zendesk.go_to("Channels")
    await zendesk.page.get_by_role("link", name="Guestbook", exact=True).click()
    await zendesk.press("Remove")
    await expect(zendesk.page.get_by_text("No integration yet")).to_be_visible()
    await zendesk.go_to("Tickets")
    await expect(zendesk.page.get_by_role("row")).to_have_count(3)


async def test_a_visitors_picture_is_shown_on_the_ticket_and_an_agents_at_the_origin(stack, window, tmp_path):
    integration = await stack.zendesk.install(stack.manifest_url())
    await stack.zendesk.add_account(integration, stack.origin.account_answers)
    zendesk = await Zendesk.open(window, stack.zendesk_server.url)
    guestbook = await Guestbook.open(window, stack.origin.url)
    sign, timetable = tmp_path / "sign.png", tmp_path / "timetable.png"
    sign.write_bytes(timetable_picture(width=90))
    timetable.write_bytes(timetable_picture(width=120))

    await guestbook.sign("Mika", SIGN, files=[sign])
    await zendesk.open_ticket(SIGN)
    question = zendesk.comment(SIGN)
    await expect(question.get_by_role("link", name="sign.png")).to_be_visible()
    assert await question.locator(".thumbnail img").evaluate(WIDTH) == 90

    reply = await zendesk.comment_with("Here is a new one.", files=[timetable])
    await expect(reply).to_contain_text("delivered as")
    await look_again(guestbook.page)
    assert await guestbook.entry("Here is a new one.").locator("img").last.evaluate(WIDTH) == 120
