# SPDX-License-Identifier: Apache-2.0
"""Tells a story step by step, with a tick for each step that went well."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TextIO

GREEN, RED, GREY, PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[90m", "\x1b[0m"


class StoryFailed(Exception):
    """A step did not come out as it must. The text says what was expected and what happened."""


class Narrator:
    """Writes one line for each step, coloured where a person reads it."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._colours = out.isatty()

    async def step(self, sentence: str, deed: Callable[[], Awaitable[None]]) -> None:
        """Do a step, then tell how it went. Its exception passes on."""
        begun = time.monotonic()
        try:
            await deed()
        except BaseException:
            self.say(self._in(RED, "✗") + f" {sentence}")
            raise
        took = f"{time.monotonic() - begun:.1f} s"
        self.say(self._in(GREEN, "✓") + f" {sentence} " + self._in(GREY, took))

    def say(self, line: str = "") -> None:
        """Write a line."""
        self._out.write(line + "\n")
        self._out.flush()

    def _in(self, colour: str, text: str) -> str:
        return f"{colour}{text}{PLAIN}" if self._colours else text


def expect(holds: object, sentence: str) -> None:
    """Raise `StoryFailed` with the sentence unless something holds."""
    if not holds:
        raise StoryFailed(sentence)
