# SPDX-License-Identifier: Apache-2.0
"""Takes pictures of every page, to be looked at: `make screenshots`; and those of the documentation."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, async_playwright, expect

from sealock_devkit.stack.stack import Options, Stack
from tests.browser.chromium import CHROMIUM, FLAGS, LOOKS, TRANSLATED
from tests.browser.people import Customers, Zendesk, begin_account, sign_in_from_the_frame
from tests.browser.views.all_views import ALL_VIEWS, TRANSLATED_VIEWS
from tests.browser.views.town import Town, running_town
from tests.browser.views.view import View

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


async def take(browser: Browser, town: Town, picture: Picture, folder: Path) -> None:
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
        async with running_town(Path(place)) as town, async_playwright() as playwright:
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


STORIES = ("facebook", "instagram")
OF_CONNECTORS = frozenset(f"{origin}-{what}.png" for origin in STORIES for what in ("set-up", "ticket"))
"""The files in `docs/pictures`."""
PAGE, ACCOUNT = "Harbour Café", "harbour.cafe"


async def take_of_connectors(browser: Browser, folder: Path) -> int:
    """Take them, each of a story of its own. Returns how many."""
    for origin, story in zip(STORIES, (facebook, instagram), strict=True):
        with tempfile.TemporaryDirectory(prefix="sealock-pictures-") as place:
            async with Stack(Path(place), origin=origin, options=Options(pull_interval=1)) as stack:
                window = await browser.new_context(**{**LOOKS["light"], "viewport": {"width": 1280, "height": 820}})
                await story(await begin_account(window, stack), folder)
                customers = await Customers.open(window, stack.origin.url, "Ann Example")
                await answered(stack, customers, await Zendesk.open(window, stack.zendesk_server.url), folder)
                await window.close()
    return len(OF_CONNECTORS)


async def facebook(zendesk: Zendesk, folder: Path) -> None:
    """The form for a Page."""
    await sign_in_from_the_frame(zendesk, "Olivia Owner")
    await expect(zendesk.frame.get_by_role("radiogroup", name="Page")).to_be_visible()
    await _connect(zendesk, folder / "facebook-set-up.png", PAGE)


async def instagram(zendesk: Zendesk, folder: Path) -> None:
    """The form for an account that was signed in to as itself."""
    await zendesk.frame.get_by_role("button", name="Go on").click()
    await sign_in_from_the_frame(zendesk, ACCOUNT)
    await expect(zendesk.frame.get_by_label("Bring messages")).to_be_visible()
    await _connect(zendesk, folder / "instagram-set-up.png", f"@{ACCOUNT}")


async def _connect(zendesk: Zendesk, picture: Path, name: str) -> None:
    await zendesk.page.screenshot(path=picture, animations="disabled")
    await zendesk.frame.get_by_role("button", name="Connect").click()
    await zendesk.save_new_account()
    await expect(zendesk.page.get_by_role("heading", level=1)).to_have_text(name)


async def answered(stack: Stack, customers: Customers, zendesk: Zendesk, folder: Path) -> None:
    """A ticket with a comment, its reply, and the answer to that."""
    on_facebook = stack.origin.name == "facebook"
    post = "The plum cake is back." if on_facebook else "Morning light."
    if not on_facebook:
        await customers.go_to(f"Instagram: {ACCOUNT}", "Posts")
    await customers.comment(post, "Is there a table outside?")
    await zendesk.open_ticket(f"Comment on {PAGE if on_facebook else ACCOUNT}: {post}")
    reply = await zendesk.comment_with("There is, by the water. Shall we keep it for you?")
    await expect(reply).to_contain_text("delivered as")
    await customers.look()
    await customers.reply("Is there a table outside?", "Yes, please, at four.")
    await expect(zendesk.comment("at four")).to_be_visible()
    await zendesk.page.screenshot(path=folder / f"{stack.origin.name}-ticket.png", animations="disabled")


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
