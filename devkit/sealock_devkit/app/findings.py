# SPDX-License-Identifier: Apache-2.0
"""What is wrong with an installer app, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule. It never holds a value of the app, only names of files and keys."""

    place: str
    """The file, and the key in it where there is one: `requirements.json: channel_integrations`."""
    problem: str
    """What is wrong, as the end of a sentence that begins with the place."""
    remedy: str
    """What to do about it, as a sentence."""

    def __str__(self) -> str:
        return f"{self.place} {self.problem}. {self.remedy}"


class Findings:
    """Collects what the checks find."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []

    def add(self, place: str, problem: str, remedy: str) -> None:
        """A rule is broken."""
        self._findings.append(Finding(place, problem, remedy))

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._findings)

    def __len__(self) -> int:
        return len(self._findings)


def shown(name: str) -> str:
    """A name that somebody else wrote, fit for a terminal: control characters escaped, and not too long."""
    printable = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in name)
    return printable if len(printable) <= LONGEST_NAME else f"{printable[:LONGEST_NAME]}..."
