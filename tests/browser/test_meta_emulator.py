# SPDX-License-Identifier: Apache-2.0
"""The emulator of Facebook and Instagram in a real browser: for eyes, for screen readers, for a sign-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest
import pytest_asyncio

from sealock_devkit.emulators.meta.actions import Action
from sealock_devkit.emulators.meta.app import MetaSite, running_meta
from sealock_devkit.emulators.meta.files import Upload, plain_picture
from tests.browser.axe import SCROLLS_SIDEWAYS, in_every_look

pytestmark = pytest.mark.timeout(180)
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


async def test_a_visitor_writes_and_the_answer_appears_by_itself(meta, window):
    page = await window.new_page()
    await page.goto(meta.url)
    await page.get_by_label("Write on the wall of Harbour Café").fill("Is it blue?")
    await page.get_by_role("button", name="Post").click()
    await page.locator("p.text", has_text="Is it blue?").wait_for()
    (post,) = [each for each in meta.store.posts if each.author_id != each.page_id]
    meta.actions.do("page_comment", Action(target=post.id, text="It is red."))
    await page.locator("p.text", has_text="It is red.").wait_for()


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
