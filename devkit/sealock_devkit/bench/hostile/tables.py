# SPDX-License-Identifier: Apache-2.0
"""What attacks got and what others lost, as tables and verdicts, which are valid Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sealock_devkit.bench.hostile.attacks import meaning
from sealock_devkit.bench.hostile.measuring import Alone, Together
from sealock_devkit.bench.hostile.watching import Times

HEADINGS = (
    "Attack",
    "What it got",
    "Edge, MB",
    "Connector, MB",
    "Honest pull before: p50 / p99 / longest, ms",
    "During it",
    "Failed",
    "/livez late",
    "Open after",
    "Stop of edge / connector, s",
)
MOST_NOTES = 4
FLAT = 1.1
"""How much more memory the last quarter may have than the second one."""
FLAT_MB = 16.0
"""Or so much more."""
MOST_RATIO = 2.0


def of_each(found: Sequence[Alone]) -> str:
    """A line for each attack."""
    return table(HEADINGS, [_cells(each) for each in found])


def _cells(seen: Alone) -> list[str]:
    died = f" ({seen.died} died)" if seen.died else ""
    return [
        seen.name,
        _notes(seen.notes) + died,
        f"{seen.edge_growth:+.0f}",
        f"{seen.connector_growth:+.0f}",
        _times(seen.quiet),
        _times(seen.during),
        f"{seen.during.failed} of {seen.during.ends.total()}",
        str(seen.late_probes),
        str(seen.still_open),
        f"{seen.stop_seconds:.1f} / {seen.connector_stop_seconds:.1f}",
    ]


def _notes(notes: Mapping[str, int]) -> str:
    """The most frequent ones."""
    ordered = sorted(notes.items(), key=lambda note: -note[1])
    shown = [f"{count:,} x {what}" for what, count in ordered[:MOST_NOTES]]
    return ", ".join([*shown, f"{len(ordered) - MOST_NOTES} more"] if len(ordered) > MOST_NOTES else shown)


def _times(times: Times) -> str:
    figures = (times.percentile(50), times.percentile(99), times.longest)
    return " / ".join(f"{seconds * 1000:,.0f}" for seconds in figures)


def of_all_at_once(seen: Together) -> str:
    """How the honest tenant fared, and what the processes had at each quarter."""
    headings = ("", "Edge, MB", "Connector, MB", "Edge's files", "Connector's files", "Log lines a minute")
    quarters = [
        [
            "before" if number == 0 else f"after {number} of 4",
            f"{moment.edge:.0f}",
            f"{moment.connector:.0f}",
            str(moment.edge_descriptors),
            str(moment.connector_descriptors),
            "" if number == 0 else f"{moment.log_lines / (seen.minutes / 4):,.0f}",
        ]
        for number, moment in enumerate(seen.moments)
    ]
    facts = [
        ["honest pulls", f"{seen.during.ends.total():,}, of which {seen.during.failed:,} failed"],
        ["p50 / p99 / longest before, ms", _times(seen.quiet)],
        ["p50 / p99 / longest during it, ms", _times(seen.during)],
        ["p99 to the one before", f"{seen.ratio:.1f} x"],
        ["/livez late", f"{seen.late_probes} of {seen.probes:,}"],
        ["died", seen.died or "nothing"],
        ["memory flat", "yes" if flat(seen) else "no"],
    ]
    return "\n\n".join((table(("What", "Seen"), facts), table(headings, quarters)))


def flat(seen: Together) -> bool:
    """Whether neither process had notably more memory after the last quarter than after the second one."""
    second, last = seen.moments[2], seen.moments[4]
    pairs = ((second.edge, last.edge), (second.connector, last.connector))
    return all(after <= max(before * FLAT, before + FLAT_MB) for before, after in pairs)


def meanings(names: Sequence[str]) -> str:
    """What each attack does."""
    return table(("Attack", "What it does"), [[name, meaning(name)] for name in names])


def table(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A table for a terminal, which is also valid Markdown."""
    cells = [headings, *lines]
    widths = [max(len(line[column]) for line in cells) for column in range(len(headings))]
    shown = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    shown.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(shown)
