# SPDX-License-Identifier: Apache-2.0
"""Takes pictures of every page, to be looked at: `make screenshots`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tests.browser.all_views import ALL_VIEWS, TRANSLATED_VIEWS
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.looks import LOOKS, TRANSLATED
from tests.browser.pictures_of_connectors import take_of_connectors
from tests.browser.views import View
from tests.browser.world import World, world

IN_THE_README = {
    "ticket.png": "zendesk-ticket",
    "set-up.png": "zendesk-add-account-guestbook",
    "calls.png": "zendesk-calls-details",
}
"""The views of the pictures in `docs/pictures`."""


@dataclass(frozen=True)
class Picture:
    """One to take. `whole`: as long as the page is, however small the window."""

    file: str
    view: View
    look: str
    whole: bool = True


def of_everything(words: str, looks: Iterable[str]) -> list[Picture]:
    """Pictures of the views with these words in their names."""
    return [
        Picture(f"{view.name}-{look}.png", view, look)
        for look in looks
        for view in ALL_VIEWS
        if words in view.name and (look not in TRANSLATED or view in TRANSLATED_VIEWS)
    ]


def of_the_readme() -> list[Picture]:
    """What a window shows by day."""
    views = {view.name: view for view in ALL_VIEWS}
    return [Picture(file, views[name], "light", whole=False) for file, name in IN_THE_README.items()]


async def take(browser: Browser, town: World, picture: Picture, folder: Path) -> None:
    """Take one."""
    window = await browser.new_context(**LOOKS[picture.look])
    page = await window.new_page()
    await picture.view.open(town, page)
    await page.evaluate("document.fonts.ready")
    await page.screenshot(path=folder / picture.file, full_page=picture.whole, animations="disabled")
    await window.close()


async def take_all(pictures: list[Picture], folder: Path, *, with_violations: bool) -> None:
    """Take them, of one little story, in which one of the integrations breaks rules."""
    with tempfile.TemporaryDirectory(prefix="sealock-pictures-") as place:
        async with world(Path(place)) as town, async_playwright() as playwright:
            if not with_violations:
                await town.at_zendesk("DELETE", "/violations")
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
            for picture in pictures:
                await take(browser, town, picture, folder)
            await browser.close()


async def take_the_connectors(folder: Path) -> int:
    """Take those of the connectors' documentation. Returns how many."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        taken = await take_of_connectors(browser, folder)
        await browser.close()
    return taken


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", metavar="WORDS", help="of views with these words in their names")
    parser.add_argument("--look", action="append", choices=LOOKS, help="can be repeated; default: all")
    parser.add_argument("--readme", action="store_true", help="those of the README, instead")
    parser.add_argument("--connectors", action="store_true", help="those of the connectors' documentation, instead")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    if args.connectors:
        sys.stdout.write(f"{asyncio.run(take_the_connectors(args.folder))} pictures are in {args.folder}\n")
        return
    pictures = of_the_readme() if args.readme else of_everything(args.only, args.look or LOOKS)
    asyncio.run(take_all(pictures, args.folder, with_violations=not args.readme))
    sys.stdout.write(f"{len(pictures)} pictures are in {args.folder}\n")


if __name__ == "__main__":
    main()
