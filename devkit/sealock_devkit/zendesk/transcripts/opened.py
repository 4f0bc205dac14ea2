# SPDX-License-Identifier: Apache-2.0
"""The transcripts that are open: each a local Zendesk that never runs, until somebody closes it or this one ends."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sealock_devkit.zendesk.context import printable
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.transcripts.reading import About, read_transcript
from sealock_devkit.zendesk.transcripts.shape import Unfit

MOST_OPEN = 5
NAME_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Opened:
    """An open transcript."""

    number: int
    name: str
    """The file's."""
    about: About
    zendesk: LocalZendesk
    """Has what happened; nothing of it runs."""
    folder: TemporaryDirectory[str]

    @property
    def root(self) -> str:
        """Where its pages begin."""
        return f"/transcripts/{self.number}"

    @property
    def start(self) -> str:
        """The page to look at first."""
        page = {"integration": "channels", "account": "accounts", "ticket": "tickets"}.get(self.about.of)
        return f"{self.root}/{page}/{self.about.number}" if page else f"{self.root}/tickets"


class OpenedTranscripts:
    """Those that are open, by number. One event loop only."""

    def __init__(self) -> None:
        self._opened: dict[int, Opened] = {}
        self._last = 0

    def all(self) -> list[Opened]:
        """Those that are open, the newest first."""
        return list(self._opened.values())[::-1]

    def get(self, number: int) -> Opened | None:
        """The one of this number, if it is open."""
        return self._opened.get(number)

    async def open(self, name: str, content: bytes) -> Opened:
        """Open a file. Raises `Unfit`."""
        if len(self._opened) >= MOST_OPEN:
            raise Unfit(f"{MOST_OPEN} transcripts are open: close one first.")
        folder = TemporaryDirectory(prefix="sealock-transcript-")
        try:
            about = await asyncio.to_thread(read_transcript, content, Path(folder.name))
            zendesk = LocalZendesk(Path(folder.name))
        except BaseException:
            folder.cleanup()
            raise
        self._last += 1
        shown = printable(name)[:NAME_CHARACTERS] or "a file"
        self._opened[self._last] = opened = Opened(self._last, shown, about, zendesk, folder)
        return opened

    def close(self, number: int) -> None:
        """Close one, and forget what was read; nothing happens if it is not open."""
        if opened := self._opened.pop(number, None):
            opened.zendesk.close()
            opened.folder.cleanup()

    def close_all(self) -> None:
        """Close all."""
        for number in list(self._opened):
            self.close(number)
