# SPDX-License-Identifier: Apache-2.0
"""What the set-up form does by itself while people fill it in and wait."""

from __future__ import annotations

import asyncio

from playwright.async_api import expect

from sealock.connector.v1.setup_pb2 import SetupDone, SetupField, SetupForm, SetupProblem, SetupResponse
from tests.browser.people import Zendesk

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
    button = zendesk.frame.get_by_role("button", name="Weiter")

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
