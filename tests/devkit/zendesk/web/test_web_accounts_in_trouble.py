# SPDX-License-Identifier: Apache-2.0
"""An account that needs its administrator says why, since when and in whose words, wherever one looks."""

from __future__ import annotations

import pytest

from tests.devkit.zendesk.scripted_service import CHANNELBACK, PULL, Canned, resource
from tests.devkit.zendesk.web.conftest import words

ENDED = "Facebook ended the sign-in of the Page Harbour: its password was changed."


def asks(reason=ENDED, **more):
    said = {"error_info": reason} if reason else {}
    return Canned({"external_resources": [], "state": "s", "metadata_needs_update": True, **said, **more})


async def pulled(zendesk, service, account, *answers):
    service.script[PULL] = list(answers)
    for _ in answers:
        await zendesk.pull(account.id)


async def test_its_page_and_the_head_of_its_form_say_which_account_what_happened_and_since_when(
    browser, zendesk, service, account
):
    await pulled(zendesk, service, account, asks())
    since = zendesk.store.accounts.get(account.id).update_since
    await pulled(zendesk, service, account, asks("It moved."), asks())
    for path, place in ((f"/accounts/{account.id}", ".banner"), (f"/accounts/{account.id}/edit", "#needs-update")):
        page = await browser.open(path)
        assert words(page, place).startswith(f"Needs update. {account.name}, since")
        assert ENDED in words(page, place)
        assert page.css_first(f"{place} time").attributes["datetime"] == since
        assert page.css_first(f"{place} .reason").attributes["dir"] == "auto"
    assert ENDED in words(await browser.open("/channels"), "#channels li")


async def test_a_service_that_does_not_say_why_is_said_to_be_so(browser, zendesk, service, account):
    await pulled(zendesk, service, account, asks(""))
    assert "Scripted asks for an administrator, and does not say why." in words(
        await browser.open(f"/accounts/{account.id}"), ".banner"
    )


async def test_a_pull_that_asked_for_an_update_says_so_in_both_lists(browser, zendesk, service, account):
    await pulled(zendesk, service, account, asks())
    asked = f"asks for an update: {ENDED}"
    assert words(await browser.open(f"/accounts/{account.id}"), "tbody tr td.bad").startswith(asked)
    for path in ("/calls?kind=pull", "/calls?wrong=true"):
        assert asked in words(await browser.open(path), "#calls tbody tr")
    [call] = (await browser.client.get("/api/calls?wrong=true")).json()["calls"]
    assert call["note"] == asked
    assert asked in words(await browser.open(f"/calls/{call['id']}"), "#call")


async def test_its_words_are_shown_and_not_run(browser, zendesk, service, account):
    await pulled(zendesk, service, account, asks("<script>alert(1)</script>" + "x" * 600))
    for path in (f"/accounts/{account.id}", f"/accounts/{account.id}/edit", "/calls", "/channels"):
        page = await browser.open(path)
        assert "<script>alert(1)</script>x" in words(page)
        assert page.css("main script") == []
    assert len(zendesk.store.accounts.get(account.id).update_reason) == 511


@pytest.mark.parametrize("reason", [7, None, ["a"], ""])
async def test_what_is_no_sentence_is_none(zendesk, service, account, reason):
    await pulled(zendesk, service, account, asks(error_info=reason))
    assert zendesk.store.accounts.get(account.id).update_reason == ""


async def test_a_reply_that_was_refused_because_of_the_account_is_a_reason_too(zendesk, service, account):
    service.resources = [resource("c1")]
    await zendesk.pull(account.id)
    service.script[CHANNELBACK] = [Canned({"error_info": ENDED}, 401)]
    await zendesk.settled(zendesk.reply(1, "Soon."))
    assert zendesk.store.accounts.get(account.id).update_reason == f"HTTP 401: {ENDED}"


async def test_an_account_that_was_saved_again_has_no_trouble_left(browser, zendesk, service, account):
    await pulled(zendesk, service, account, asks())
    await zendesk.edit_account(account, [service.good_answers])
    saved = zendesk.store.accounts.get(account.id)
    assert (saved.needs_update, saved.update_reason, saved.update_since) == (False, "", None)
    assert (await browser.open(f"/accounts/{account.id}")).css(".banner") == []
