# SPDX-License-Identifier: Apache-2.0
"""The parts of `make bench`, by the names that `--only` takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sealock_devkit.bench.report import Lines, Missing
from sealock_devkit.bench.rows import alone, edges, pulls, rates, replies, webhooks

Measure = Callable[[Path, int], Lines]
"""Measures in a folder of its own, in so many rounds."""


@dataclass(frozen=True)
class Part:
    """Rows of the table that are measured together."""

    what: str
    measure: Measure


PARTS: Mapping[str, Part] = {
    "nothing": Part("pulls that bring nothing, beside Node and Go", pulls.nothing_new),
    "twenty": Part("pulls that bring 20 entries, beside Node and Go", pulls.twenty_new),
    "full": Part("pulls that bring 200 entries, beside Node and Go", pulls.two_hundred_new),
    "seldom": Part("20 to 150 pulls a second", pulls.low_rates),
    "accounts": Part("1 to 100,000 accounts", edges.accounts),
    "cores": Part("what 100,000 accounts take", edges.cores),
    "stores": Part("replies by the outbox's store", replies.stores),
    "files": Part("files of the origin", replies.files),
    "webhooks": Part("from the origin to the ticket by webhook", webhooks.at_once),
    "integrations": Part("1 to 200 integrations, scraped", edges.integrations),
    "open": Part("1 to 5,000 pulls open", edges.open_at_once),
    "sizes": Part("messages of 1 to 64 kB", edges.sizes),
    "rates": Part("rates beside the bare client and the monolith", rates.at_once),
    "slow": Part("an origin of 500 ms beside the monolith", rates.slow_origin),
    "alone": Part("sealing, conversion, memory, cold start", alone.alone),
}


def measure(folder: Path, names: Sequence[str], rounds: int, tell: Callable[[str], None]) -> Lines:
    """
    The rows of these parts, in the order of the table; `tell` hears what is measured now.

    A part that fails takes none of the others with it: it has a line that says so.
    """
    lines: Lines = []
    for name, part in PARTS.items():
        if name in names:
            tell(part.what)
            place = folder / name
            place.mkdir()
            try:
                lines += part.measure(place, rounds)
            except (RuntimeError, OSError) as failed:
                tell(f"failed: {failed}")
                lines.append(Missing(part.what, "failed"))
    return lines
