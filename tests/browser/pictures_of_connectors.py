# SPDX-License-Identifier: Apache-2.0
"""Takes the pictures of the connectors' documentation: `make screenshots FOLDER=docs/pictures ARGS=--connectors`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.async_api import Browser, expect

from sealock_devkit.stack.stack import Options, Stack
from tests.browser.looks import LOOKS
from tests.browser.meta_people import Customers, begin_account, sign_in_from_the_frame
from tests.browser.people import Zendesk

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
    await expect(zendesk.frame.get_by_label("Page", exact=True)).to_be_visible()
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
