# SPDX-License-Identifier: Apache-2.0
"""
What axe-core says of a page: by day, by night and in a narrow window, loaded once.

All rules look by day and, since a narrow page may show and hide other things, in the narrow window. By night only
colours change, so only the rules about colours look again.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Frame, Page

ALL: Mapping[str, Any] = MappingProxyType({"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}})
COLOURS: Mapping[str, Any] = MappingProxyType(
    {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
)
SCROLLS_SIDEWAYS = "document.documentElement.scrollWidth > innerWidth"


async def violations(page: Page | Frame, rules: Mapping[str, Any] = ALL) -> list[dict[str, Any]]:
    """What is wrong on a page or in a frame, as axe tells it."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE_SCRIPT)
    found = await page.evaluate("rules => axe.run(rules)", dict(rules))
    return list(found["violations"])


async def in_every_frame(page: Page, look: str, rules: Mapping[str, Any] = ALL) -> list[str]:
    """The violations of a page and its frames, each in words with where it is."""
    return [
        f"({look}) {each['impact']} {each['id']} at {node['target']}: {node['failureSummary']}"
        for frame in page.frames
        for each in await violations(frame, rules)
        for node in each["nodes"]
    ]


async def in_every_look(page: Page, narrow: int) -> list[str]:
    """
    The violations of a page that was opened by day in a wide window; it is left `narrow` pixels wide.

    That the whole narrow page scrolls sideways is one too.
    """
    found = await in_every_frame(page, "by day")
    await page.emulate_media(color_scheme="dark")
    found += await in_every_frame(page, "by night", COLOURS)
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size({"width": narrow, "height": 800})
    found += await in_every_frame(page, "narrow")
    if await page.evaluate(SCROLLS_SIDEWAYS):
        found.append("(narrow) serious: the whole page scrolls sideways")
    return found
