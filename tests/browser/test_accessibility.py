# SPDX-License-Identifier: Apache-2.0
"""Every page that people can see, in every state, is looked at by axe-core: by day, by night, narrow, in German."""

from __future__ import annotations

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Frame, Page

from tests.browser.all_views import ALL_VIEWS, NO_PAGES, TRANSLATED_VIEWS
from tests.browser.looks import LOOKS
from tests.browser.routes import all_routes
from tests.browser.views import View
from tests.browser.world import World, world

BAD = {"serious", "critical"}
REFUSALS = (r"status of [45]\d\d", r"^answer: [45]\d\d ")


def test_every_route_has_a_view_or_shows_no_page():
    viewed = {view.route for view in ALL_VIEWS}

    assert all_routes() - viewed - set(NO_PAGES) == set()
    assert (viewed | set(NO_PAGES)) - all_routes() == set()
    assert viewed & set(NO_PAGES) == set()


def test_every_view_has_a_name_of_its_own():
    names = [view.name for view in ALL_VIEWS]

    assert sorted(set(names)) == sorted(names)


async def barriers(page: Page | Frame, where: str) -> list[str]:
    """What keeps somebody out, with where it is."""
    found = (await Axe().run(page)).response["violations"]
    return [
        f"{where}: {each['id']} at {node['target']}: {node['failureSummary']}"
        for each in found
        if each["impact"] in BAD
        for node in each["nodes"]
    ]


async def look_at(town: World, page: Page, view: View, look: str) -> list[str]:
    """What is wrong with one view."""
    await view.open(town, page)
    found = [each for frame in page.frames for each in await barriers(frame, f"{view.name} ({look})")]
    if look == "narrow" and await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append(f"{view.name} ({look}): the whole page scrolls sideways")
    return found


@pytest.mark.system
@pytest.mark.timeout(300)
@pytest.mark.parametrize("look", ["light", "dark", "narrow", "german"])
async def test_no_page_keeps_anybody_out(open_window, complaints, tmp_path, look):
    complaints.expect(*REFUSALS)
    views = TRANSLATED_VIEWS if look == "german" else ALL_VIEWS
    found: list[str] = []
    async with world(tmp_path) as town:
        window = await open_window(**LOOKS[look])
        for view in views:
            page = await window.new_page()
            found += await look_at(town, page, view, look)
            await page.close()
        await window.close()

    assert found == []


async def test_axe_finds_what_is_wrong(window):
    page = await window.new_page()
    await page.set_content("<title>x</title><main><h1>x</h1><img src='data:,'><input></main>")

    found = " ".join(await barriers(page, "here"))

    assert "image-alt" in found
    assert "label" in found
