# SPDX-License-Identifier: Apache-2.0
"""Set-up, replies and long conversations with a keyboard alone, with the names that Chromium gives a screen reader."""

from __future__ import annotations

import pytest
from playwright.async_api import BrowserContext, Frame, Page, expect

from sealock.connector.v1.setup_pb2 import SetupDone, SetupProblem, SetupResponse
from tests.browser.access.screen_reader import announced, heard
from tests.browser.set_up_place import SetUpPlace
from tests.browser.test_replies import CLOSED, Desk, desk, press_until, ticket
from tests.browser.views.of_the_edge import FIELDS, form
from tests.devkit.zendesk.scripted_service import CHANNELBACK, Canned

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

__all__ = ["desk"]

FRAME = "admin-ui"
PROBLEM = SetupProblem(field="page", message="There is no page at this address.")
DONE = SetupResponse(done=SetupDone(account_name="Harbour page", account=b"{}", what_to_try="Write a comment."))


async def tab_to(frame: Frame, key: str, selector: str) -> None:
    """Press the key until something in the frame has the focus that matches."""
    matches = "selector => document.hasFocus() && document.activeElement.matches(selector)"
    for _ in range(40):
        await frame.page.keyboard.press(key)
        if await frame.evaluate(matches, selector):
            return
    raise AssertionError(f"{key} does not lead to {selector}")


async def set_up_frame(place: SetUpPlace, window: BrowserContext) -> tuple[Page, Frame]:
    page = await window.new_page()
    await page.goto(await place.install())
    await expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_have_text("Connect a page")
    frame = page.frame(FRAME)
    assert frame is not None
    return page, frame


async def test_a_form_has_its_structure_in_the_tree(place, window):
    place.connector.script("Setup", form())
    page, _ = await set_up_frame(place, window)

    lines = await heard(page, FRAME)

    wanted = [
        'heading "Connect a page"',
        'group "The page"',
        'textbox "Page": The page whose comments become tickets. [required]',
        f'textbox "Access token": {FIELDS[1].help} [required]',
        'group "What becomes a ticket"',
        'radiogroup "Comments to bring to Zendesk"',
        'radio "All that are there" [checked]',
        'radio "Only new ones"',
        'textbox "Leave out comments with these words (optional)": One in each line.',
        'checkbox "Bring answers to comments too" [checked]',
        'radiogroup "Replies to them"',
        'radio "As a comment of the page, for everybody to see" [checked]',
        'radio "As a private message to the person, once for each comment"',
        'textbox "Name in Zendesk (optional)": What agents see. Leave it empty for a name that fits the account.',
        'button "Connect"',
    ]
    assert [line for line in lines if line in wanted] == wanted


async def test_an_account_is_set_up_by_keyboard_alone(place, window):
    place.connector.script("Setup", form(), form(PROBLEM), DONE)
    page, frame = await set_up_frame(place, window)

    await tab_to(frame, "Tab", "#field-page")
    await page.keyboard.type("https://social.example/harbor")
    await page.keyboard.press("Tab")
    await page.keyboard.type("a-token")
    await tab_to(frame, "Tab", "[name=since]")
    await page.keyboard.press("ArrowDown")
    await tab_to(frame, "Tab", "[name=replies][type=checkbox]")
    await page.keyboard.press("Space")
    assert not any("Replies to them" in line for line in await heard(page, FRAME))
    await page.keyboard.press("Space")
    await tab_to(frame, "Tab", "[name=answers]")
    await page.keyboard.press("ArrowDown")
    await tab_to(frame, "Tab", "#submit")
    await page.keyboard.press("Enter")

    await expect(frame.locator("#problems")).to_be_focused()
    problem = "alert assertive: Please look at this again: Page : There is no page at this address."
    assert problem in await announced(page, FRAME)
    assert dict(place.connector.seen("Setup")[-1].request.answers) == {
        "page": "https://social.example/harbor",
        "token": "a-token",
        "since": "new",
        "words": "",
        "replies": "true",
        "answers": "private",
    }
    await page.keyboard.press("Tab")
    await expect(frame.get_by_role("link", name="Page", exact=True)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(frame.locator("#field-page")).to_be_focused()
    field = 'textbox "Page": There is no page at this address. The page whose comments become tickets.'
    assert f"{field} [focused, invalid, required]" in await heard(page, FRAME)

    await page.keyboard.press("Control+a")
    await page.keyboard.type("https://social.example/harbour")
    await page.keyboard.press("Tab")
    await page.keyboard.type("a-token")
    await page.keyboard.press("Enter")
    await expect(frame.get_by_role("heading", name="The account is ready")).to_be_visible()
    await tab_to(frame, "Tab", "button")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Harbour page")


async def test_an_internal_note_is_written_by_keyboard_and_says_who_sees_it(desk: Desk, window):
    page = await ticket(desk, window)
    await press_until(page, "Tab", "[name=kind]")
    assert 'radio "Public reply" [focused, checked]' in await heard(page)
    await page.keyboard.press("ArrowDown")

    lines = await heard(page)
    assert 'group "Kind of comment"' in lines
    assert 'radio "Internal note" [focused, checked]' in lines
    assert 'textbox "Comment": Only colleagues see this [required]' in lines
    assert 'button "Add note"' in lines
    assert 'button "Send"' not in lines
    await press_until(page, "Tab", "#body")
    await page.keyboard.type("Ask Bob.")
    await press_until(page, "Tab", "#send")
    await page.keyboard.press("Enter")

    await expect(page.locator(".message.note")).to_contain_text("Ask Bob.")
    assert "status polite: Added." in await announced(page)


async def test_a_failed_reply_and_its_way_back_have_names_and_are_announced(desk: Desk, window):
    desk.service.script[CHANNELBACK] = [Canned({"error_info": CLOSED}, 422)]
    page = await ticket(desk, window)
    await press_until(page, "Tab", "#body")
    await page.keyboard.type("It is red.")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#heard")).to_contain_text("failed")

    lines = await heard(page)
    assert 'link "reply failed"' in lines
    assert 'article "Ann"' in lines
    assert 'button "Put it back into the reply : comment 2"' in lines
    assert 'button "Leave it at that : comment 2"' in lines
    assert f"status polite: Your reply: failed: {CLOSED}" in await announced(page)
    await press_until(page, "Shift+Tab", "button[name=again]")
    await page.keyboard.press("Enter")
    await expect(page.locator("#body")).to_be_focused()
    assert await page.locator("#body").input_value() == "It is red."
    assert 'textbox "Comment": Scripted shows this to Ann [focused, required]' in await heard(page)


async def test_the_middle_of_a_long_conversation_is_unfolded_by_keyboard(desk: Desk, window):
    await desk.comes(*(f"comment {number}" for number in range(1, 200)))
    page = await ticket(desk, window)
    folded = 'DisclosureTriangle "183 earlier comments"'
    assert folded in await heard(page)

    await press_until(page, "Tab", "#middle > summary")
    await page.keyboard.press("Enter")

    assert f"{folded} [focused, expanded]" in await heard(page)
    await expect(page.get_by_text("comment 100", exact=True)).to_be_visible()


async def test_the_skip_links_lead_where_they_say(desk: Desk, window):
    await desk.comes(*(f"comment {number}" for number in range(1, 40)))
    page = await ticket(desk, window)
    await press_until(page, "Tab", ".skip[href='#newest']")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    inside = "document.activeElement.closest('article') === [...document.querySelectorAll('article')].at(-1)"
    assert await page.evaluate(f"{inside} || document.activeElement.name === 'kind'")

    await press_until(page, "Shift+Tab", ".skip[href='#body']")
    await page.keyboard.press("Enter")
    await expect(page.locator("#body")).to_be_focused()


@pytest.mark.parametrize(
    ("path", "label", "value", "button"),
    [
        ("/channels", "Manifest URL", "http://127.0.0.1:9/manifest.json", "Install"),
        ("/accounts/1", "Seconds between two pulls", "soon", "Set"),
    ],
)
async def test_what_was_refused_has_the_focus_with_the_reason(
    desk: Desk, window, complaints, path, label, value, button
):
    complaints.expect("status of 422", "^answer: 422 ")
    page = await window.new_page()
    await page.goto(f"{desk.url}{path}")
    field = page.get_by_label(label)
    await field.fill(value)
    async with page.expect_navigation():
        await page.get_by_role("button", name=button, exact=True).click()

    await expect(field).to_be_focused()
    alert = (await page.get_by_role("alert").inner_text()).strip()
    assert any("[focused, invalid" in line and alert in line for line in await heard(page))
