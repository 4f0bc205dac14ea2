# SPDX-License-Identifier: Apache-2.0
"""What a browser complains about while people use pages: none of it may happen unless a test says why."""

from __future__ import annotations

import re

from playwright.async_api import BrowserContext, ConsoleMessage, Request, Response, WebError

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
