# SPDX-License-Identifier: Apache-2.0
"""What the doctor tells: one row for each check."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    """It may work, but something should be done."""
    FAILED = "failed"
    """Zendesk would refuse it, or it is not safe."""


@dataclass(frozen=True, slots=True)
class Row:
    """One check, how it ended, and what to do about it."""

    check: str
    verdict: Verdict
    seen: str
    """What was there: statuses, times, sizes. Never a secret, nor an address with its query."""
    remedy: str = ""
    """What to do about it; empty if nothing."""


def ok(check: str, seen: str) -> Row:
    """A check with a good end."""
    return Row(check, Verdict.OK, seen)


def warning(check: str, seen: str, remedy: str) -> Row:
    """A check that found something doubtful."""
    return Row(check, Verdict.WARNING, seen, remedy)


def failed(check: str, seen: str, remedy: str) -> Row:
    """A check that found something wrong."""
    return Row(check, Verdict.FAILED, seen, remedy)


def has_findings(rows: Iterable[Row]) -> bool:
    """Whether there is anything to do."""
    return any(row.verdict is not Verdict.OK for row in rows)


def table(rows: Sequence[Row]) -> str:
    """The rows in columns of equal width."""
    cells = [("CHECK", "VERDICT", "SEEN", "WHAT TO DO")]
    cells += [(row.check, row.verdict.value, row.seen, row.remedy) for row in rows]
    widths = [max(len(each) for each in column) for column in zip(*cells, strict=True)]
    lines = ("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) for line in cells)
    return "\n".join(line.rstrip() for line in lines)
