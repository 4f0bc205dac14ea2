# SPDX-License-Identifier: Apache-2.0
"""The logbook as an origin of a stack, and its programs: what is not as for the origins of the demo."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sealock_devkit.ledger.logbook import Logbook, LogbookServer
from sealock_devkit.stack.demo_origin import DemoOrigin, Post
from sealock_devkit.stack.programs import Programs


class LogbookOrigin:
    """A `DemoOrigin` that the ledger's own process serves."""

    name = "logbook"
    origin = "logbook"
    title = "Logbook"
    account_answers: Sequence[Mapping[str, str]] = ()
    secrets: Sequence[str] = ()
    hints: Sequence[str] = ()

    def __init__(self, logbook: Logbook, port: int, secret: str) -> None:
        """`secret` is what its webhooks are signed with."""
        self._logbook = logbook
        self._server = LogbookServer(logbook, port)
        self.url = f"http://127.0.0.1:{port}"
        self._secret = secret

    @property
    def connector_options(self) -> Sequence[str]:
        """Where the logbooks are."""
        return ("--logbooks", self.url, "--webhook-secret", self._secret)

    def missing(self) -> str:
        """Nothing."""
        return ""

    async def start(self, folder: Path) -> None:  # noqa: ARG002
        """Listen."""
        await self._server.start()

    async def stop(self) -> None:
        """Stop."""
        await self._server.stop()

    async def write_comment(self, author: str, text: str, *, answer_to: str = "") -> str:
        """An entry at the first place."""
        return str(self._logbook.write("place-1", text, author=author, thread=int(answer_to or 0)).id)

    async def posts(self) -> list[Post]:
        """The entries of all places."""
        return [
            Post(
                str(each.id),
                each.author,
                each.text,
                str(each.thread) if each.thread != each.id else "",
                bool(each.mark),
            )
            for each in self._logbook.entries
        ]

    async def lose_answers(self, count: int) -> None:
        """Lose the answers of the next calls."""
        self._logbook.lost_answers = count


class LedgerPrograms(Programs):
    """The programs of a ledger: its connector is a module."""

    def connector_command(self, origin: DemoOrigin) -> Sequence[str]:  # noqa: ARG002 - there is one
        """The logbooks'."""
        return (sys.executable, "-m", "sealock_devkit.ledger.connector")
