# SPDX-License-Identifier: Apache-2.0
"""Takes pictures of every page, to be looked at: `make screenshots`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tests.browser.all_views import ALL_VIEWS, TRANSLATED_VIEWS
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.looks import LOOKS, TRANSLATED
from tests.browser.views import View
from tests.browser.world import World, world


async def take(browser: Browser, town: World, view: View, look: str, file: Path, *, whole: bool) -> None:
    """One picture; `whole`: as long as the page is, however small the window."""
    window = await browser.new_context(**LOOKS[look])
    page = await window.new_page()
    await view.open(town, page)
    await page.evaluate("document.fonts.ready")
    await page.screenshot(path=file, full_page=whole, animations="disabled")
    await window.close()


async def take_all(folder: Path, wanted: str, looks: list[str]) -> None:
    """Pictures of all views whose name contains `wanted`, in all looks."""
    with tempfile.TemporaryDirectory(prefix="sealock-pictures-") as place:
        async with world(Path(place)) as town, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
            for look in looks:
                for view in ALL_VIEWS:
                    speaks = look not in TRANSLATED or view in TRANSLATED_VIEWS
                    if wanted in view.name and speaks:
                        await take(browser, town, view, look, folder / f"{view.name}-{look}.png", whole=True)
            await browser.close()


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", metavar="WORDS", help="of views with these words in their names")
    parser.add_argument("--look", action="append", choices=LOOKS, help="default: all")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(take_all(args.folder, args.only, args.look or list(LOOKS)))
    sys.stdout.write(f"the pictures are in {args.folder}\n")


if __name__ == "__main__":
    main()
