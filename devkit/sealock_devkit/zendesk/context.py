# SPDX-License-Identifier: Apache-2.0
"""What every part of the local Zendesk shares: its store, settings, clock, console, and a signal for changes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TextIO

from sealock_devkit.zendesk.judge import Finding
from sealock_devkit.zendesk.settings import Settings
from sealock_devkit.zendesk.store import Store

A_DAY = 86_400.0


class Changes:
    """A counter of what happened, which can be waited for. One event loop only."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Event] = set()
        self.count = 0

    def announce(self) -> None:
        """Something that can be seen from outside is different now."""
        self.count += 1
        for waiter in self._waiters:
            waiter.set()

    async def wait_until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Wait until `holds` is true, looking after each change. False when the time is up first."""
        deadline = asyncio.get_running_loop().time() + seconds
        waiter = asyncio.Event()
        self._waiters.add(waiter)
        try:
            while not holds():
                waiter.clear()
                async with asyncio.timeout_at(deadline):
                    await waiter.wait()
        except TimeoutError:
            return holds()
        finally:
            self._waiters.discard(waiter)
        return True


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


@dataclass(slots=True)
class Context:
    """Shared by all parts; `settings` is replaced whole when settings change."""

    store: Store
    settings: Settings
    changes: Changes
    console: Console
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    address: str = ""
    """Where this Zendesk listens, as a URL; empty when it does not."""

    def now(self) -> str:
        """The instant in RFC 3339's form."""
        return stamp(self.clock())

    def record(
        self,
        endpoint: str,
        findings: Iterable[Finding],
        *,
        integration_id: int | None = None,
        account_id: int | None = None,
        call_id: int | None = None,
    ) -> None:
        """Remember and show what breaks the protocol."""
        for finding in findings:
            self.store.violations.add(
                self.settings.calls_kept,
                integration_id=integration_id,
                account_id=account_id,
                call_id=call_id,
                endpoint=endpoint,
                path=finding.path,
                rule=finding.rule,
                source=finding.source,
                detail=finding.detail,
                found_at=self.now(),
            )
            self.console.bad(f"violation in {endpoint}: {finding} ({finding.source})")
            self.changes.announce()


def stamp(instant: datetime) -> str:
    """An instant in RFC 3339's form, in UTC with milliseconds."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
