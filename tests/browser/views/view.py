# SPDX-License-Identifier: Apache-2.0
"""Every page that people can see, in every state that looks different, and how one gets there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import Page

from tests.browser.views.town import Town

Open = Callable[[Town, Page], Awaitable[None]]


@dataclass(frozen=True)
class View:
    """One of them. `route` is its line in a table of routes: program, method and path."""

    name: str
    route: str
    open: Open


def at(address: Callable[[Town], str]) -> Open:
    """Go to an address."""

    async def open_it(town: Town, page: Page) -> None:
        await page.goto(address(town))

    return open_it


async def post(page: Page, url: str, fields: dict[str, str]) -> None:
    """Send a form from nowhere, as a program of another site could."""
    await page.set_content(f'<form method="post" action="{url}"></form>')
    await page.evaluate(
        """fields => {
          const form = document.forms[0];
          for (const [name, value] of Object.entries(fields)) {
            form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
          }
        }""",
        fields,
    )
    async with page.expect_navigation(wait_until="commit"):
        await page.evaluate("document.forms[0].submit()")
    await page.get_by_role("heading", level=1).wait_for()
