# SPDX-License-Identifier: Apache-2.0
"""Somebody else's site on this machine, and what a browser may be seen to do there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import urlsplit

from falcon.asgi import App, Request, Response
from playwright.async_api import BrowserContext, Page, Route

from tests.serving import listening, served


@dataclass
class Site:
    """`pages` by path. `url` and `other_url` are two sites to a browser: an address and a name of this machine."""

    url: str
    other_url: str
    pages: dict[str, str] = field(default_factory=dict)

    async def on_request(self, request: Request, response: Response, **_: Any) -> None:
        response.content_type = "text/html; charset=utf-8"
        response.text = self.pages.get(request.path, "<!doctype html><title>Elsewhere</title>")


@asynccontextmanager
async def running_site() -> AsyncIterator[Site]:
    listener, url = listening()
    site = Site(url, url.replace("127.0.0.1", "localhost"))
    app: App[Request, Response] = App()
    app.add_sink(site.on_request)
    async with served(app, listener):
        yield site


@dataclass
class Watched:
    """What happened in a window: what ran, what a policy had to stop, what was asked of other hosts."""

    ran: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    asked_elsewhere: list[str] = field(default_factory=list)


async def watch(context: BrowserContext, own: Sequence[str]) -> Watched:
    """Watch the window from now on. Requests to other addresses than its `own` are noted and go nowhere."""
    watched = Watched()
    hosts = {urlsplit(url).netloc for url in own}

    async def pass_on(route: Route) -> None:
        request = route.request
        if urlsplit(request.url).netloc in hosts:
            await route.continue_()
        else:
            watched.asked_elsewhere.append(f"{request.resource_type} {request.url[:80]}")
            await route.abort()

    def look_at(page: Page) -> None:
        page.on("dialog", lambda dialog: watched.ran.append(f"a dialog: {dialog.message}"))
        page.on("console", lambda message: _note(watched, message.text))
        page.on("popup", lambda popup: watched.ran.append(f"a window: {popup.url}"))

    await context.expose_function("canary", lambda *said: watched.ran.append(f"canary{said}"))
    await context.route("**/*", pass_on)
    context.on("page", look_at)
    return watched


def _note(watched: Watched, message: str) -> None:
    if "Content Security Policy" in message or message.startswith("Refused to"):
        watched.stopped.append(message)


async def provoke(page: Page) -> None:
    """Do everything to a page that could make something in it run."""
    await page.evaluate(
        """() => {
          for (const each of document.querySelectorAll("details")) each.open = true;
          for (const each of document.querySelectorAll("body *")) {
            for (const name of ["mouseover", "mouseenter", "focus", "error", "load", "toggle", "animationstart"])
              each.dispatchEvent(new Event(name));
          }
        }"""
    )


def posting_page(action: str, fields: Mapping[str, str], *, target: str = "_self", more: str = "") -> str:
    """A page whose form sends itself as soon as it is there."""
    inputs = "".join(
        f'<input type=hidden name="{escape(name)}" value="{escape(value)}">' for name, value in fields.items()
    )
    form = f'<form method=post action="{escape(action)}" target="{target}">{inputs}</form>'
    return f"<!doctype html><title>x</title>{more}{form}<script>document.forms[0].submit()</script>"


def as_script(value: Any) -> str:
    """A value as it stands in a script of a page."""
    return json.dumps(value).replace("<", "\\u003c")
