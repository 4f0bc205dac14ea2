# SPDX-License-Identifier: Apache-2.0
"""The measurements as a table of ratios with medians and spread, and the budgets they are held against."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from sealock_devkit.bench.interpreter import this_one

HEADINGS = ["What", "Median", "Spread", "Budget", ""]
SIDE_BY_SIDE = """Everything below was measured side by side in one run, each process on a
core of its own, so the ratios travel; the absolute figures do not."""
ONE_RUN = """Edge and connector were measured in the same run, under the same load, by the
kernel's account of their CPU: the ratios travel, the absolute figures are this machine's."""


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, one value a round, and the budget if there is one."""

    what: str
    values: Sequence[float]
    unit: str
    budget: float | None = None
    at_least: bool = True

    @classmethod
    def micro(cls, what: str, seconds: Sequence[float]) -> Row:
        """A row of seconds of CPU, in microseconds."""
        return cls(what, [each * 1e6 for each in seconds], "us")

    @property
    def median(self) -> float:
        """The middle value."""
        return statistics.median(self.values)

    @property
    def verdict(self) -> str:
        """`met`, `missed` or nothing, by the median."""
        if self.budget is None:
            return ""
        met = self.median >= self.budget if self.at_least else self.median <= self.budget
        return "met" if met else "missed"

    def cells(self) -> list[str]:
        """What the table shows of it."""
        spread = f"{number(min(self.values))} to {number(max(self.values))}"
        bound = "" if self.budget is None else f"{'at least' if self.at_least else 'at most'} {number(self.budget)}"
        return [self.what, f"{number(self.median)} {self.unit}".strip(), spread, bound, self.verdict]


@dataclass(frozen=True)
class Missing:
    """A line of the table for what could not be measured here, and why."""

    what: str
    reason: str

    def cells(self) -> list[str]:
        """What the table shows of it."""
        return [self.what, "not measured", self.reason, "", ""]


Lines = list[Row | Missing]


def number(value: float) -> str:
    """A value with as many digits as mean something."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratios(of: Sequence[float], to: Sequence[float]) -> list[float]:
    """The ratio of each round."""
    return [one / other for one, other in zip(of, to, strict=True)]


def table(rows: Sequence[Row | Missing]) -> str:
    """The table for a terminal, which is also valid Markdown."""
    cells = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


@dataclass(frozen=True)
class DocumentationPage:
    """A page of the documentation that shows a table."""

    title: str
    command: str
    measured: str
    """How, in a sentence."""
    remarks: Path
    """A file with what stands below the table."""

    def text(self, rows: Sequence[Row | Missing], rounds: int) -> str:
        """The whole page in Markdown, with when and on what it was measured."""
        packages = ", ".join(f"{name} {version(name)}" for name in ("falcon", "uvicorn", "gunicorn", "grpcio", "flask"))
        made = f"{datetime.now(UTC):%Y-%m-%d}, {packages}, {rounds} rounds, on {this_one()}"
        return f"""# {self.title}

Made by `{self.command}`: {made}. {self.measured}

{table(rows)}

{self.remarks.read_text().strip()}
"""


FOLDER = Path(__file__).parent
PAGES = {
    "edge": DocumentationPage("Performance", "make bench", SIDE_BY_SIDE, FOLDER / "remarks.md"),
    "capacity": DocumentationPage("Capacity", "make capacity", ONE_RUN, FOLDER / "capacity.md"),
}
