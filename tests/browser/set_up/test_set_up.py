# SPDX-License-Identifier: Apache-2.0
"""Adding an account: the form and its problems, signing in in a window of its own, and all of it by keyboard."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio
from playwright.async_api import FrameLocator, Locator, Page, expect

from sealock.connector.v1.setup_pb2 import (
    SetupDone,
    SetupField,
    SetupFieldKind,
    SetupForm,
    SetupOption,
    SetupProblem,
    SetupRequest,
    SetupResponse,
)
from tests.browser.people import Zendesk
from tests.browser.set_up_place import sign_in_at

SITE = SetupField(name="site", label="Site", value="https://g.example")
FORM = SetupResponse(form=SetupForm(step_id="site", fields=[SITE]))
DONE = SetupResponse(done=SetupDone(account_name="Patience", account=b"{}"))


async def test_a_form_is_sent_once_and_says_that_it_is_being_checked(place, window):
    asked = asyncio.Event()

    async def after_a_while(_):
        await asked.wait()
        return DONE

    place.connector.script("Setup", FORM, after_a_while)
    place.zendesk.change_settings({"locale": "de"})
    zendesk = await Zendesk.open(window, await place.install())
    button = zendesk.frame.get_by_role("button", name="Verbinden")

    await button.dblclick()
    await button.press("Enter")
    words = "Ihre Angaben werden geprüft. Das kann einige Sekunden dauern."
    await expect(zendesk.frame.get_by_role("status")).to_have_text(words)
    await expect(button).to_be_disabled()
    asked.set()

    await expect(zendesk.page.get_by_role("heading", level=1)).to_have_text("Patience")
    assert len(place.connector.seen("Setup")) == 2


async def test_the_summary_of_problems_has_the_focus_at_once(place, window):
    problem = SetupProblem(field="site", message="There is nothing there.")
    form = SetupForm(step_id="site", title="Connect", fields=[SITE], problems=[problem])
    place.connector.script("Setup", SetupResponse(form=form))
    zendesk = await Zendesk.open(window, await place.install())

    await expect(zendesk.frame.locator("#problems")).to_be_focused()
    await expect(zendesk.frame.get_by_label("Site")).to_have_attribute("aria-invalid", "true")
    assert await zendesk.frame.locator("title").text_content() == "Problem: Connect"


NO_POPUPS = "window.open = () => null"


@pytest_asyncio.fixture(loop_scope="session")
async def new_account(place) -> str:
    """The address of the page that adds an account by signing in."""
    place.connector.script("Setup", sign_in_at(place.origin_url))
    return await place.install()


async def open_frame(window, url: str) -> tuple[Page, FrameLocator]:
    tab = await Zendesk.open(window, url)
    await expect(tab.frame.get_by_role("heading", level=1)).to_have_text("Connect your account")
    return tab.page, tab.frame


async def open_popup(page: Page, frame: FrameLocator) -> Page:
    async with page.expect_popup() as opening:
        await frame.get_by_role("link", name="Continue with").click()
    await expect(frame.get_by_role("status")).to_contain_text("The window is open. Finish signing in there.")
    await expect(frame.get_by_label("Code from the other window")).to_be_hidden()
    return await opening.value


async def save(page: Page, frame: FrameLocator, name: str) -> None:
    """After a sign-in the last page asks before it hands the account over."""
    await expect(frame.get_by_role("strong")).to_have_text(name)
    await frame.get_by_role("button", name="Save in http://127.0.0.1").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(name)
    await expect(page.get_by_role("heading", level=1)).to_have_text(name)


async def test_signing_in_closes_the_window_and_the_set_up_goes_on(place, window, new_account):
    page, frame = await open_frame(window, new_account)
    popup = await open_popup(page, frame)

    async with popup.expect_event("close"):
        await popup.get_by_role("link", name="I am Ada").click()

    await save(page, frame, "Ada")
    assert place.account_names() == ["Ada"]


async def test_a_second_press_leads_back_to_the_same_window(window, new_account):
    page, frame = await open_frame(window, new_account)
    popup = await open_popup(page, frame)

    await frame.get_by_role("link", name="Continue with").click()
    async with popup.expect_event("close"):
        await popup.get_by_role("link", name="I am Ada").click()

    await save(page, frame, "Ada")
    assert window.pages == [page]


async def test_where_popups_are_blocked_the_code_is_carried_by_hand(place, open_window, new_account):
    window = await open_window(permissions=["clipboard-read", "clipboard-write"])
    await window.add_init_script(NO_POPUPS)
    page, frame = await open_frame(window, new_account)
    link = frame.get_by_role("link", name="Continue with")

    await link.click()
    await expect(frame.get_by_role("status")).to_contain_text("Your browser blocked the window.")
    async with window.expect_page() as opening:
        await link.click(modifiers=["Control"])
    tab = await opening.value
    await tab.get_by_role("link", name="I am Grace").click()
    await tab.get_by_role("button", name="Copy").click()
    await expect(tab.get_by_role("status")).to_have_text("Copied.")

    await page.bring_to_front()
    await frame.get_by_text("This page did not go on by itself?").click()
    field = frame.get_by_label("Code from the other window")
    await field.press("Control+v")
    await expect(field).not_to_have_value("")
    await frame.get_by_role("button", name="Continue").click()

    await save(page, frame, "Grace")
    assert place.account_names() == ["Grace"]


async def test_where_popups_are_blocked_a_sentence_above_the_button_leads_to_a_tab(place, open_window, new_account):
    window = await open_window()
    await window.add_init_script(NO_POPUPS)
    page, frame = await open_frame(window, new_account)

    await frame.get_by_role("link", name="Continue with").click()
    link = frame.get_by_role("status").get_by_role("link", name="Open it in a tab")
    above, button = await link.bounding_box(), await frame.locator("#open").bounding_box()
    assert above["y"] + above["height"] <= button["y"]
    assert await frame.locator(".trouble").inner_text() == (
        "Your browser blocked the window. Allow pop-ups for this page, or sign in in a tab: Open it in a tab"
    )
    async with window.expect_page() as opening:
        await link.click()
    await (await opening.value).get_by_role("link", name="I am Grace").click()

    await save(page, frame, "Grace")


async def test_a_window_that_was_closed_too_early_is_noticed(place, window, new_account):
    page, frame = await open_frame(window, new_account)
    popup = await open_popup(page, frame)
    await popup.close()

    await expect(frame.get_by_role("status")).to_contain_text("The window is closed, but nothing came back.")
    await expect(frame.get_by_label("Code from the other window")).to_be_visible()
    await expect(frame.get_by_role("status").get_by_role("link", name="Open it in a tab")).to_be_visible()
    await (await open_popup(page, frame)).get_by_role("link", name="I am Ada").click()

    await save(page, frame, "Ada")


@pytest.mark.parametrize("related", [False, True], ids=["tabs of their own", "one tab opened by the other"])
async def test_two_sign_ins_at_once_do_not_mix(place, window, new_account, related):
    first, first_frame = await open_frame(window, new_account)
    if related:
        async with window.expect_page() as opening:
            await first.evaluate("url => { window.open(url); }", new_account)
        second = await opening.value
        second_frame = second.frame_locator("iframe[name=admin-ui]")
    else:
        second, second_frame = await open_frame(window, new_account)
    first_popup = await open_popup(first, first_frame)
    second_popup = await open_popup(second, second_frame)

    await second_popup.get_by_role("link", name="I am Grace").click()
    await save(second, second_frame, "Grace")
    await expect(first_frame.get_by_role("link", name="Continue with")).to_be_visible()
    await first_popup.get_by_role("link", name="I am Ada").click()
    await save(first, first_frame, "Ada")

    assert place.account_names() == ["Grace", "Ada"]


async def test_a_code_of_another_run_is_refused(window, complaints, new_account):
    complaints.expect("401")
    _, frame = await open_frame(window, new_account)
    _, other_frame = await open_frame(window, new_account)
    link = await other_frame.get_by_role("link", name="Continue with").get_attribute("href")
    tab = await window.new_page()
    await tab.goto(link)
    await tab.get_by_role("link", name="I am Grace").click()
    code = await tab.get_by_label("Copy this code into the page in Zendesk").input_value()

    await frame.get_by_text("This page did not go on by itself?").click()
    await frame.get_by_label("Code from the other window").fill(code)
    await frame.get_by_role("button", name="Continue").click()

    await expect(frame.get_by_text("This sign-in is out of date, or was begun elsewhere.")).to_be_visible()
    await expect(frame.get_by_role("link", name="Continue with")).to_be_visible()


FIELDS = (
    SetupField(name="site", label="Site", kind=SetupFieldKind.SETUP_FIELD_KIND_URL, required=True),
    SetupField(name="token", label="Token", kind=SetupFieldKind.SETUP_FIELD_KIND_SECRET, required=True),
    SetupField(
        name="since",
        label="Since",
        kind=SetupFieldKind.SETUP_FIELD_KIND_SELECT,
        options=[SetupOption(value="all", label="Everything"), SetupOption(value="new", label="From now on")],
    ),
    SetupField(name="quiet", label="Leave out greetings", kind=SetupFieldKind.SETUP_FIELD_KIND_CHECKBOX),
)
MOST_STEPS = 40


def wants_the_right_token(request: SetupRequest) -> SetupResponse:
    token = request.answers.get("token")
    if token == "right":
        return SetupResponse(done=SetupDone(account_name="By keyboard", account=b"{}"))
    problems = [SetupProblem(field="token", message="This is not the token.")] if token else []
    return SetupResponse(form=SetupForm(step_id="site", title="Connect", fields=FIELDS, problems=problems))


async def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until it has the focus, and see that people can tell."""
    for _ in range(MOST_STEPS):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("element => element === element.ownerDocument.activeElement"):
            width = await wanted.evaluate("element => parseFloat(getComputedStyle(element).outlineWidth)")
            assert width >= 2
            return
    raise AssertionError(f"not reached by Tab: {wanted}")


async def test_an_account_is_added_by_keyboard_only(place, window):
    place.connector.script("Setup", wants_the_right_token)
    await place.install()
    zendesk = await Zendesk.open(window, place.zendesk_url)
    page, frame, keyboard = zendesk.page, zendesk.frame, zendesk.page.keyboard

    await tab_to(page, page.get_by_role("link", name="Channels"))
    await keyboard.press("Enter")
    await tab_to(page, page.get_by_role("link", name="Add an account"))
    await keyboard.press("Enter")
    await expect(frame.get_by_label("Site")).to_be_visible()
    await tab_to(page, frame.get_by_label("Site"))
    await keyboard.type("https://example.org")
    await tab_to(page, frame.get_by_label("Token"))
    await keyboard.type("wrong")
    await tab_to(page, frame.get_by_role("radio", name="Everything"))
    await keyboard.press("ArrowDown")
    await tab_to(page, frame.get_by_label("Leave out greetings"))
    await keyboard.press("Space")
    await keyboard.press("Enter")

    await expect(frame.get_by_role("alert")).to_be_focused()
    await expect(frame.get_by_label("Site")).to_have_value("https://example.org")
    await expect(frame.get_by_role("radiogroup", name="Since")).to_be_visible()
    await expect(frame.get_by_role("radio", name="From now on")).to_be_checked()
    await expect(frame.get_by_label("Leave out greetings")).to_be_checked()
    await tab_to(page, frame.get_by_role("alert").get_by_role("link", name="Token"))
    await keyboard.press("Enter")
    await expect(frame.get_by_label("Token")).to_be_focused()
    await keyboard.type("right")
    await keyboard.press("Enter")

    await expect(page.get_by_role("heading", level=1)).to_have_text("By keyboard")
    sent = place.connector.seen("Setup")[-1].request
    assert dict(sent.answers) == {"site": "https://example.org", "token": "right", "since": "new", "quiet": "true"}


async def test_a_ticket_is_answered_by_keyboard_only(stack, window):
    integration = await stack.zendesk.install(stack.manifest_url())
    await stack.zendesk.add_account(integration, stack.origin.account_answers)
    await stack.origin.write_comment("Kim", "Anyone there?")
    zendesk = await Zendesk.open(window, stack.zendesk_server.url)
    page, keyboard = zendesk.page, zendesk.page.keyboard
    await expect(zendesk.ticket_link("Anyone there?")).to_be_visible()

    await tab_to(page, page.get_by_role("link", name="To the content"))
    await keyboard.press("Enter")
    await tab_to(page, zendesk.ticket_link("Anyone there?"))
    await keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Anyone there?")
    await tab_to(page, page.get_by_label("Comment", exact=True))
    await keyboard.type("We are.")
    await keyboard.press("Control+Enter")

    await expect(zendesk.comment("We are.")).to_contain_text("delivered as")
