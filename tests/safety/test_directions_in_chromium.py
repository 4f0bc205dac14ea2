# SPDX-License-Identifier: Apache-2.0
"""A name that turns the direction of writing turns itself, and nothing of what the page says beside it."""

from __future__ import annotations

from playwright.async_api import BrowserContext

from tests.safety import desk_rows
from tests.safety.desk_scene import running_desk
from tests.safety.route_tables import filled, method_of

TURNED = "\u202eeciov s'regats a tnemmoc ylper on"
LEAKING = """() => [...document.querySelectorAll("main *")]
  .filter((each) => /[\\u202A-\\u202E\\u2066-\\u2069]/.test(
    [...each.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join("")))
  .filter((each) => !/isolate|plaintext/.test(getComputedStyle(each).unicodeBidi))
  .map((each) => each.localName)"""
PLACES = """() => [...document.querySelectorAll("p.who")].map((line) => {
  const [name, time] = ["b", "time"].map((each) => line.querySelector(each).getBoundingClientRect());
  return time.left - name.right;
})"""


async def test_a_turned_name_stays_in_its_place(window: BrowserContext, tmp_path):
    async with running_desk(tmp_path / "zendesk", [TURNED] * 3) as desk:
        page = await window.new_page()
        leaking = {}
        for route, row in desk_rows.PAGES.items():
            if row.page and method_of(route) == "GET":
                await page.goto(f"{desk.url}{filled(row.path, desk.names)}")
                leaking[route] = await page.evaluate(LEAKING)
        assert {route: found for route, found in leaking.items() if found} == {}
        await page.goto(f"{desk.url}/tickets/{desk.names['ticket']}")
        places = await page.evaluate(PLACES)
        assert places
        assert min(places) >= 0
