# SPDX-License-Identifier: Apache-2.0
"""Adding an account without a mouse: everything can be reached, and the focus goes where a person has to look."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect

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
    await tab_to(page, frame.get_by_label("Since"))
    await keyboard.press("ArrowDown")
    await tab_to(page, frame.get_by_label("Leave out greetings"))
    await keyboard.press("Space")
    await keyboard.press("Enter")

    await expect(frame.get_by_role("alert")).to_be_focused()
    await expect(frame.get_by_label("Site")).to_have_value("https://example.org")
    await expect(frame.get_by_label("Since")).to_have_value("new")
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
