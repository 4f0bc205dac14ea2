# SPDX-License-Identifier: Apache-2.0
"""Forms of connectors in a browser: groups, choices, fields that depend on others, and a second button."""

from __future__ import annotations

from playwright.async_api import expect

from sealock.connector.v1.setup_pb2 import (
    SetupCondition,
    SetupField,
    SetupFieldKind,
    SetupForm,
    SetupOption,
    SetupProblem,
    SetupResponse,
)
from tests.browser.people import Zendesk

LONG = "As a private message to the person, once for each comment"
FIELDS = (
    SetupField(
        name="comments",
        label="Bring comments",
        kind=SetupFieldKind.SETUP_FIELD_KIND_CHECKBOX,
        value="true",
        group="What becomes a ticket",
    ),
    SetupField(
        name="answers",
        label="Replies",
        kind=SetupFieldKind.SETUP_FIELD_KIND_SELECT,
        required=True,
        group="Tickets and replies",
        only_if=SetupCondition(field="comments", values=["true"]),
        options=[SetupOption(value="public", label="As a comment"), SetupOption(value="private", label=LONG)],
    ),
)


def form(*problems: SetupProblem) -> SetupResponse:
    return SetupResponse(
        form=SetupForm(step_id="one", fields=FIELDS, problems=problems, sign_in_label="Sign in with the harbour again")
    )


async def test_a_field_that_depends_on_another_is_neither_shown_nor_sent_without_it(place, window):
    place.connector.script("Setup", form())
    frame = (await Zendesk.open(window, await place.install())).frame

    answers = frame.get_by_role("group", name="Tickets and replies").get_by_role("radiogroup", name="Replies")
    await expect(answers).to_be_visible()
    await frame.get_by_label("Bring comments").uncheck()
    await expect(answers).to_be_hidden()
    await frame.get_by_role("button", name="Connect", exact=True).click()
    await expect(answers).to_be_visible()

    assert dict(place.connector.seen("Setup")[-1].request.answers) == {"comments": "false"}


async def test_what_is_hidden_at_first_comes_with_its_first_choice(place, window):
    hidden = SetupField.FromString(FIELDS[0].SerializeToString())
    hidden.value = "false"
    place.connector.script("Setup", SetupResponse(form=SetupForm(step_id="one", fields=[hidden, FIELDS[1]])))
    frame = (await Zendesk.open(window, await place.install())).frame

    await expect(frame.get_by_role("radiogroup")).to_be_hidden()
    await frame.get_by_label("Bring comments").check()
    await expect(frame.get_by_label("As a comment")).to_be_checked()
    await frame.get_by_role("button", name="Connect", exact=True).click()
    await expect(frame.get_by_role("radiogroup")).to_be_hidden()

    assert dict(place.connector.seen("Setup")[-1].request.answers) == {"comments": "true", "answers": "public"}


async def test_a_problem_of_a_choice_leads_to_it(place, window):
    place.connector.script("Setup", form(SetupProblem(field="answers", message="Choose another one.")))
    frame = (await Zendesk.open(window, await place.install())).frame

    await frame.get_by_role("alert").get_by_role("link", name="Replies").click()

    await expect(frame.get_by_label("As a comment")).to_be_focused()
    await expect(frame.get_by_role("radiogroup", name="Replies")).to_have_accessible_description("Choose another one.")


async def test_a_second_button_signs_in_and_leaves_what_was_typed(place, window):
    place.connector.script("Setup", form())
    frame = (await Zendesk.open(window, await place.install())).frame

    await frame.get_by_label(LONG).check()
    async with frame.owner.page.expect_request("**/admin_ui/step") as sent:
        await frame.get_by_role("button", name="Sign in with the harbour again").click()
    await (await sent.value).response()
    await expect(frame.get_by_label(LONG)).to_be_checked()

    asked = place.connector.seen("Setup")[-1].request
    assert asked.sign_in
    assert asked.answers["answers"] == "private"


async def test_a_long_choice_is_read_whole_on_a_narrow_screen(place, open_window):
    window = await open_window(viewport={"width": 360, "height": 740})
    place.connector.script("Setup", form())
    frame = (await Zendesk.open(window, await place.install())).frame

    choice = frame.locator("label.choice", has_text=LONG)
    await expect(choice).to_be_visible()
    assert await choice.evaluate("element => element.scrollWidth <= element.clientWidth")
    assert await frame.locator("html").evaluate("element => element.scrollWidth <= element.clientWidth")


async def test_an_address_without_its_beginning_is_taken(place, window):
    address = SetupField(name="site", label="Site", kind=SetupFieldKind.SETUP_FIELD_KIND_URL, required=True)
    place.connector.script("Setup", SetupResponse(form=SetupForm(step_id="one", fields=[address])))
    frame = (await Zendesk.open(window, await place.install())).frame

    for typed, sent in {
        "blog.example.com": "https://blog.example.com",
        "bücher.example:8443/a?b": "https://bücher.example:8443/a?b",
        "http://blog.example.com": "http://blog.example.com",
    }.items():
        async with frame.owner.page.expect_request("**/admin_ui/step") as asked:
            await frame.get_by_label("Site").fill(typed)
            await frame.get_by_label("Site").press("Enter")
        await (await asked.value).response()
        assert place.connector.seen("Setup")[-1].request.answers["site"] == sent
