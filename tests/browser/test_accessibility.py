# SPDX-License-Identifier: Apache-2.0
"""Every page that people can see, in every state, is looked at by axe-core: by day, by night, narrow, in German."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.browser.axe import in_every_frame, in_every_look
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


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town(tmp_path_factory) -> AsyncIterator[Town]:
    async with running_town(tmp_path_factory.mktemp("town")) as running:
        yield running


@pytest.mark.system
@pytest.mark.timeout(900)
async def test_no_page_keeps_anybody_out(town, open_window, complaints):
    complaints.expect(*REFUSALS)
    found: list[str] = []
    window = await open_window(**LOOKS["light"])
    for view in ALL_VIEWS:
        page = await window.new_page()
        await view.open(town, page)
        found += barriers(await in_every_look(page, NARROW["width"]), view)
        await page.close()
    await window.close()

    assert found == []


@pytest.mark.system
@pytest.mark.timeout(900)
async def test_no_page_in_german_keeps_anybody_out(town, open_window, complaints):
    complaints.expect(*REFUSALS)
    found: list[str] = []
    window = await open_window(**LOOKS["german"])
    for view in TRANSLATED_VIEWS:
        page = await window.new_page()
        await view.open(town, page)
        found += barriers(await in_every_frame(page, "in German"), view)
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
