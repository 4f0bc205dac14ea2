# SPDX-License-Identifier: Apache-2.0
"""Facebook and Instagram in a real browser: the emulator's pages, and how people connect them and talk."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from sealock_devkit.emulators.meta.actions import Action
from sealock_devkit.emulators.meta.app import MetaSite, running_meta
from sealock_devkit.emulators.meta.files import Upload, plain_picture
from sealock_devkit.stack.stack import Options, Stack
from tests.browser.access.axe import SCROLLS_SIDEWAYS, in_every_look
from tests.browser.people import Customers, Zendesk, begin_account, has_stayed, is_not_reloaded, sign_in_from_the_frame
from tests.system.conftest import assert_nowhere, logs_in

PICTURE = Upload("harbour.png", "image/png", plain_picture("harbour"))


@pytest_asyncio.fixture(loop_scope="session")
async def meta() -> AsyncIterator[MetaSite]:
    async with running_meta() as site:
        yield site


def fill(site: MetaSite) -> None:
    """Something of everything on the first Page and its Instagram account."""
    page = next(iter(site.store.pages))
    account = site.store.instagrams[page.instagram_id]
    media = next(each for each in site.store.media if each.owner_id == account.id)
    do = site.actions.do
    post = do("post", Action("Ann Example", page.id, text="x" * 300, picture=PICTURE))
    comment = do("comment", Action("Ben Sample", target=post, text="Is it?"))
    do("page_comment", Action(target=comment, text="It is."))
    do("comment", Action("Ann Example", target=media.id, text="How much?"))
    for place in (page, account):
        do("message", Action("Ann Example", place.id, text="Hello", picture=PICTURE))
        do("page_message", Action("Ann Example", place.id, text="Good morning"))


def paths(site: MetaSite) -> list[str]:
    ann = site.store.person_named("Ann Example")
    keys, here = site.store.keys, "http://127.0.0.1:1/callback"
    return [
        *(
            "/?" + urlencode({"as": ann.id, "at": account.id, "view": view})
            for account in site.store.accounts()
            for view in ("wall", "messages")
        ),
        f"/www.facebook.com/v26.0/dialog/oauth?client_id={keys.app_id}&redirect_uri={here}",
        f"/www.instagram.com/oauth/authorize?client_id={keys.instagram_app_id}&redirect_uri={here}",
        "/www.facebook.com/v26.0/dialog/oauth?client_id=wrong",
        f"/www.facebook.com/{next(iter(site.store.pages)).id}",
    ]


@pytest.mark.timeout(180)
async def test_every_page_is_readable_for_everybody(meta, open_window, complaints):
    complaints.expect("400 ")
    fill(meta)
    window = await open_window(viewport={"width": 1_100, "height": 800})
    for path in paths(meta):
        page = await window.new_page()
        await page.goto(meta.url + path)
        assert not await page.evaluate(SCROLLS_SIDEWAYS), path
        assert await in_every_look(page, narrow=320) == [], path
        await page.close()
    await window.close()


@pytest.mark.timeout(180)
async def test_a_visitor_writes_and_the_answer_appears_by_itself(meta, window):
    page = await window.new_page()
    await page.goto(meta.url)
    await page.get_by_label("Write on the wall of Harbour Café").fill("Is it blue?")
    await page.get_by_role("button", name="Post").click()
    await page.locator("p.text", has_text="Is it blue?").wait_for()
    (post,) = [each for each in meta.store.posts if each.author_id != each.page_id]
    meta.actions.do("page_comment", Action(target=post.id, text="It is red."))
    await page.locator("p.text", has_text="It is red.").wait_for()


@pytest.mark.timeout(180)
async def test_a_sign_in_leads_back_to_the_app_with_a_code(meta, window):
    """The app is at another origin, which the form's policy has to allow."""
    page = await window.new_page()
    query = {
        "client_id": meta.store.keys.app_id,
        "redirect_uri": f"{meta.url.replace('127.0.0.1', 'localhost')}/changes",
        "state": "s1",
        "scope": "pages_show_list,pages_messaging",
    }
    await page.goto(f"{meta.host('www.facebook.com')}/v26.0/dialog/oauth?{urlencode(query)}")
    await page.get_by_label("Person").select_option("Olivia Owner")
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_label("Lock Museum").uncheck()
    await page.get_by_role("button", name="Continue").click()
    await page.wait_for_url("http://localhost:*/changes?code=*&state=s1*")
    (grant,) = meta.store.grants
    assert [meta.store.pages[each].name for each in grant.page_ids] == ["Harbour Café"]


PAGE, ACCOUNT = "Harbour Café", "harbour.cafe"
BY_FACEBOOK = "With Facebook: the account is linked to a Page (needed for mentions)"
QUESTION = "Is there a table outside?"


@pytest_asyncio.fixture(loop_scope="session")
async def stack(request, tmp_path):
    """An origin of Meta's as real processes. At the end no protocol was broken, and no secret is in a log."""
    async with Stack(tmp_path, origin=request.param, options=Options(pull_interval=1)) as running:
        yield running
        assert await running.zendesk.violations() == []
        assert_nowhere(running.origin.secrets, logs_in(tmp_path))


@pytest.fixture
def picture(tmp_path) -> Path:
    path = tmp_path / "cake.png"
    path.write_bytes(plain_picture("cake", size=64))
    return path


async def is_a_ticket(zendesk: Zendesk, subject: str, words: str) -> None:
    await zendesk.go_to("Tickets")
    await is_not_reloaded(zendesk.page)
    await expect(zendesk.ticket_link(subject)).to_be_visible()
    assert await has_stayed(zendesk.page)
    await zendesk.open_ticket(subject)
    await expect(zendesk.comment(words)).to_have_count(1)


async def is_shown_once(page: Page, words: str) -> None:
    await expect(page.get_by_role("article").filter(has_text=words).last).to_be_visible()
    await expect(page.get_by_text(words, exact=True)).to_have_count(1)


async def a_comment_is_answered(zendesk: Zendesk, customers: Customers, post: str, subject: str) -> None:
    await customers.comment(post, QUESTION)
    await is_a_ticket(zendesk, f"{subject}: {post}", QUESTION)
    reply = await zendesk.comment_with("There is, by the water.")
    await expect(reply).to_contain_text("delivered as")
    await customers.look()
    await is_shown_once(customers.page, "There is, by the water.")
    async with zendesk.page.expect_popup() as opening:
        await zendesk.comment(QUESTION).get_by_role("link", name="Open at").click()
    await expect((await opening.value).get_by_text(QUESTION)).to_be_visible()


async def a_message_with_a_picture_is_answered_with_one(
    zendesk: Zendesk, customers: Customers, place: str | re.Pattern[str], subject: str, picture: Path
) -> None:
    await customers.write_message(place, "Found this on the quay.", picture=picture)
    await is_a_ticket(zendesk, subject, "Found this on the quay.")
    shown = zendesk.comments.locator(".file img").first
    await expect(shown).to_be_visible()
    assert await shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 64
    reply = await zendesk.comment_with("Thank you, we keep it for them.", files=[picture])
    await expect(reply).to_contain_text("delivered as")
    await customers.look()
    await is_shown_once(customers.page, "Thank you, we keep it for them.")
    await expect(customers.page.locator(".bubble:not(.mine) img.photo")).to_have_count(1)


@pytest.mark.system
@pytest.mark.timeout(180)
@pytest.mark.parametrize("stack", ["facebook"], indirect=True)
async def test_a_page_is_connected_and_its_comments_and_messages_are_answered(stack, window, picture):
    zendesk = await begin_account(window, stack)
    await sign_in_from_the_frame(zendesk, "Olivia Owner")
    await expect(zendesk.frame.get_by_role("heading", level=1)).to_have_text("Connect a Facebook Page")
    await zendesk.frame.get_by_role("radiogroup", name="Page").get_by_label(PAGE).check()
    await zendesk.frame.get_by_role("button", name="Connect").click()
    await zendesk.save_new_account()
    await expect(zendesk.page.get_by_role("heading", level=1)).to_have_text(PAGE)

    customers = await Customers.open(window, stack.origin.url, "Ann Example")
    await a_comment_is_answered(zendesk, customers, "The plum cake is back.", f"Comment on {PAGE}")
    await a_message_with_a_picture_is_answered_with_one(
        zendesk, customers, re.compile(f"{PAGE}.*Facebook Page", re.DOTALL), f"Message to {PAGE}", picture
    )


@pytest.mark.system
@pytest.mark.timeout(180)
@pytest.mark.parametrize("stack", ["instagram"], indirect=True)
@pytest.mark.parametrize(
    ("login", "person"),
    [("With Instagram: sign in as the account itself", ACCOUNT), (BY_FACEBOOK, "Olivia Owner")],
    ids=["by Instagram", "by Facebook"],
)
async def test_an_account_is_connected_and_its_comments_and_messages_are_answered(
    stack, window, picture, login, person
):
    zendesk = await begin_account(window, stack)
    await zendesk.frame.get_by_label(login).check()
    await zendesk.frame.get_by_role("button", name="Go on").click()
    await sign_in_from_the_frame(zendesk, person)
    await expect(zendesk.frame.get_by_label("Bring messages")).to_be_checked()
    if login == BY_FACEBOOK:
        await zendesk.frame.get_by_role("radiogroup", name="Account").get_by_label(f"@{ACCOUNT} ({PAGE})").check()
    await zendesk.frame.get_by_role("button", name="Connect").click()
    await zendesk.save_new_account()
    await expect(zendesk.page.get_by_role("heading", level=1)).to_have_text(f"@{ACCOUNT}")

    customers = await Customers.open(window, stack.origin.url, "Ann Example")
    place = f"Instagram: {ACCOUNT}"
    await customers.go_to(place, "Posts")
    await a_comment_is_answered(zendesk, customers, "Morning light.", f"Comment on {ACCOUNT}")
    await a_message_with_a_picture_is_answered_with_one(zendesk, customers, place, f"Message to {ACCOUNT}", picture)
