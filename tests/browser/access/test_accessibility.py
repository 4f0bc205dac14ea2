# SPDX-License-Identifier: Apache-2.0
"""Every page that people can see, in every state, is looked at by axe-core: by day, by night, narrow, in German."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.browser.access.axe import in_every_frame, in_every_look
from tests.browser.access.barriers import by_day, by_night, in_narrow_windows, in_the_systems_colours
from tests.browser.chromium import LOOKS, NARROW
from tests.browser.views.all_views import ALL_VIEWS, NO_PAGES, TRANSLATED_VIEWS, all_routes
from tests.browser.views.town import Town, running_town
from tests.browser.views.view import View

BAD = ("serious", "critical")
REFUSALS = (r"status of [45]\d\d", r"^answer: [45]\d\d ")


def test_every_route_has_a_view_or_shows_no_page():
    viewed = {view.route for view in ALL_VIEWS}

    assert all_routes() - viewed - set(NO_PAGES) == set()
    assert (viewed | set(NO_PAGES)) - all_routes() == set()
    assert viewed & set(NO_PAGES) == set()


def test_every_view_has_a_name_of_its_own():
    names = [view.name for view in ALL_VIEWS]

    assert sorted(set(names)) == sorted(names)


def barriers(found: list[str], view: View) -> list[str]:
    """Those that keep somebody out."""
    return [f"{view.name} {each}" for each in found if each.partition(") ")[2].startswith(BAD)]


async def in_every_way(page: Page, view: View) -> list[str]:
    """What axe-core finds, and what it does not look for."""
    found = await by_day(page)
    found += await in_the_systems_colours(page)
    await page.emulate_media(color_scheme="dark")
    found += await by_night(page)
    await page.emulate_media(color_scheme="light")
    found += await in_every_look(page, NARROW["width"])
    found += await in_narrow_windows(page)
    return barriers(found, view)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town(tmp_path_factory) -> AsyncIterator[Town]:
    async with running_town(tmp_path_factory.mktemp("town")) as running:
        yield running


@pytest.mark.system
@pytest.mark.timeout(1800)
async def test_no_page_keeps_anybody_out(town, open_window, complaints):
    complaints.expect(*REFUSALS)
    found: list[str] = []
    window = await open_window(**LOOKS["light"])
    for view in ALL_VIEWS:
        page = await window.new_page()
        await view.open(town, page)
        found += await in_every_way(page, view)
        await page.close()
    await window.close()

    assert found == []


@pytest.mark.system
@pytest.mark.timeout(1800)
async def test_no_page_in_german_keeps_anybody_out(town, open_window, complaints):
    complaints.expect(*REFUSALS)
    found: list[str] = []
    window = await open_window(**LOOKS["german"])
    for view in TRANSLATED_VIEWS:
        page = await window.new_page()
        await view.open(town, page)
        found += barriers([*await in_every_frame(page, "in German"), *await in_narrow_windows(page)], view)
        await page.close()
    await window.close()

    assert found == []


async def test_axe_finds_what_is_wrong(window):
    page = await window.new_page()
    await page.set_content("<title>x</title><main><h1>x</h1><img src='data:,'><input></main>")

    found = " ".join(await in_every_frame(page, "here"))

    assert "critical image-alt" in found
    assert "critical label" in found


async def test_axe_finds_what_is_wrong_only_by_night_or_only_where_it_is_narrow(window):
    page = await window.new_page()
    await page.set_content(
        """<html lang=en><meta name=color-scheme content="light dark"><title>x</title><style>
        p { background: white; color: black } img { display: none }
        @media (prefers-color-scheme: dark) { p { color: #eee } }
        @media (max-width: 500px) { img { display: block; width: 600px } }
        </style><main><h1>x</h1><p>words</p><img src="data:,"></main></html>"""
    )

    found = await in_every_look(page, NARROW["width"])

    assert [each.partition(" at ")[0] for each in found] == [
        "(by night) serious color-contrast",
        "(narrow) critical image-alt",
        "(narrow) serious: the whole page scrolls sideways",
    ]


async def test_barriers_that_axe_does_not_know_are_found(window):
    page = await window.new_page()
    await page.set_content(
        """<html lang=en><meta name=color-scheme content="light dark"><title>x</title><style>
        p { font-size: 20px } button { border: 0; font: inherit; outline: none !important }
        :focus-visible { outline: 2px solid } select { width: 5em }
        input { border: 1px solid #ddd } ::placeholder { color: #999 }
        .cover { position: fixed; left: 0; bottom: 0; width: 100%; height: 3em; background: white }
        i { animation: x 1s infinite alternate } @keyframes x { to { opacity: .5 } }
        </style><main><h1>x</h1><p>\u0633\u0644\u0627\u0645!</p><button>Go</button><i>.</i>
        <select aria-label=s><option>As a comment for everybody to see</option></select>
        <nav><a href=#a aria-current=page>A</a> <a href=#b>B</a></nav>
        <input aria-label=n placeholder=name value="" ><div style="height: 200vh"></div>
        <a href=#c style="display: block; position: absolute; top: calc(100vh - 1.5em)">C</a></main>
        <div class=cover></div></html>"""
    )

    found = [*await by_day(page), *await in_the_systems_colours(page), *await in_narrow_windows(page)]

    assert {each.partition(" serious: ")[2] for each in found} == {
        'the placeholder of input "" has a contrast of 2.85',
        'the edge of input "" has a contrast of 1.36',
        'the focus on button "Go" is not seen',
        'a "C" has the focus, and div.cover "" covers it',
        'p "\u0633\u0644\u0627\u0645!" does not follow its own words',
        'nothing shows where button "Go" is',
        'nothing tells a "A" from the others',
        "i moves although nothing should",
        'p "\u0633\u0644\u0627\u0645!" does not grow with the text size',
        'select "As a comment for everybody to see" cuts off "As a comment for everybody to see"',
    }
