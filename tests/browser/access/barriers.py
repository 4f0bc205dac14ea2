# SPDX-License-Identifier: Apache-2.0
"""
What keeps people out of a page and axe-core does not look for.

Placeholders that are hard to read, a focus that cannot be seen or is covered, choices that are cut off, words whose
direction nobody asked for, buttons that nobody sees in the colours of the system, texts that do not grow.
"""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Frame, Page

SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
NARROW = 360
NARROWEST = 320


async def told(page: Page, look: str, *checks: str) -> list[str]:
    """What the checks find in the page and its frames, each in words."""
    return [f"({look}) serious: {each}" for frame in page.frames for each in await _found(frame, checks)]


async def _found(frame: Frame, checks: tuple[str, ...]) -> list[str]:
    return [each for check in checks for each in await frame.evaluate(f"{SCRIPT.strip()}.{check}()")]


async def by_day(page: Page) -> list[str]:
    """In a wide window."""
    return await told(page, "by day", "placeholders", "fields", "focus", "directions")


async def by_night(page: Page) -> list[str]:
    """In the dark colours."""
    return await told(page, "by night", "placeholders", "fields", "focus")


async def in_the_systems_colours(page: Page) -> list[str]:
    """With forced colours and no motion; the page is left as it was."""
    await page.emulate_media(forced_colors="active", reduced_motion="reduce")
    found = await told(page, "in the system's colours", "systemColours", "moves")
    await page.emulate_media(forced_colors="none", reduced_motion="no-preference")
    return found


async def in_narrow_windows(page: Page) -> list[str]:
    """On telephones, and with large texts; the page is left narrow."""
    await page.set_viewport_size({"width": 640, "height": 800})
    found = await told(page, "large texts", "textSize")
    for width in (NARROW, NARROWEST):
        await page.set_viewport_size({"width": width, "height": 740})
        found += await told(page, f"{width} pixels", "cut")
    return found
