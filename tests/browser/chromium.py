# SPDX-License-Identifier: Apache-2.0
"""How Chromium is started, the looks in which people see pages, and what the browser complains about meanwhile."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from playwright.async_api import BrowserContext, ConsoleMessage, Request, Response, WebError

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


DESK = {"width": 1280, "height": 800}
NARROW = {"width": 360, "height": 800}

LOOKS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "light": {"viewport": DESK, "color_scheme": "light", "locale": "en-US"},
        "dark": {"viewport": DESK, "color_scheme": "dark", "locale": "en-US"},
        "narrow": {"viewport": NARROW, "color_scheme": "light", "locale": "en-US"},
        "german": {"viewport": DESK, "color_scheme": "light", "locale": "de"},
        "japanese": {"viewport": NARROW, "color_scheme": "light", "locale": "ja"},
    }
)
"""What to open a window with."""

TRANSLATED = ("german", "japanese")
"""Only the edge's pages speak these."""


LEFT = "net::ERR_ABORTED"
"""How a request ends whose page was left, and a file that is downloaded instead of shown."""


ICON = "/favicon.ico"
"""What Chromium asks for by itself, at times, where a document that is no page of ours (JSON, a file) names no icon."""


class Complaints:
    """
    Errors on the console, exceptions that no script caught, requests that failed, answers of 400 and more.

    Chromium tells on the console what a Content-Security-Policy stopped.
    """

    def __init__(self) -> None:
        self._heard: list[str] = []
        self._expected: list[str] = []

    def listen_to(self, window: BrowserContext) -> None:
        """Hear everything that the window's pages and frames complain about."""
        window.on("console", self._on_console)
        window.on("weberror", self._on_error)
        window.on("requestfailed", self._on_failed_request)
        window.on("response", self._on_response)

    def expect(self, *patterns: str) -> None:
        """These are what the test is about."""
        self._expected.extend(patterns)

    @property
    def unexpected(self) -> list[str]:
        """All others so far."""
        return [each for each in self._heard if not any(re.search(pattern, each) for pattern in self._expected)]

    def _on_console(self, message: ConsoleMessage) -> None:
        if str(message.location.get("url", "")).endswith(ICON):
            return
        if message.type == "error" or "Content Security Policy" in message.text:
            self._heard.append(f"console of {message.location.get('url', '')}: {message.text}")

    def _on_error(self, error: WebError) -> None:
        self._heard.append(f"exception: {error.error}")

    def _on_failed_request(self, request: Request) -> None:
        if request.failure != LEFT:
            self._heard.append(f"request failed: {request.method} {request.url}: {request.failure}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and not response.request.url.endswith(ICON):
            self._heard.append(f"answer: {response.status} to {response.request.method} {response.url}")
