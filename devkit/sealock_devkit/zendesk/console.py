# SPDX-License-Identifier: Apache-2.0
"""What people read while it runs: one line for each thing that matters."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import TextIO

STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
RED, GREEN, YELLOW, GREY, PLAIN = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[90m", "\x1b[0m"


class Console:
    """Writes lines with the time of day, coloured where a person reads them. Without a stream it is silent."""

    def __init__(self, stream: TextIO | None, clock: Callable[[], datetime]) -> None:
        self._stream = stream
        self._clock = clock
        self._colours = stream is not None and stream.isatty()

    def say(self, text: str) -> None:
        """Something happened."""
        self._write(text, "")

    def good(self, text: str) -> None:
        """Something arrived where it should."""
        self._write(text, GREEN)

    def warn(self, text: str) -> None:
        """Something went wrong and is tried again."""
        self._write(text, YELLOW)

    def bad(self, text: str) -> None:
        """Something failed for good, or breaks the protocol."""
        self._write(text, RED)

    def _write(self, text: str, colour: str) -> None:
        if self._stream is None:
            return
        stamp = self._clock().astimezone().strftime("%H:%M:%S")
        line = printable(" ".join(text.split()))
        whole = f"{GREY}{stamp}{PLAIN} {colour}{line}{PLAIN}" if self._colours else f"{stamp} {line}"
        self._stream.write(whole + "\n")
        self._stream.flush()


def printable(text: str) -> str:
    """A text that steers no terminal: marks stand for control characters and for changes of direction."""
    return STEERING.sub("\ufffd", text)


def excerpt(text: str, length: int = 60) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
