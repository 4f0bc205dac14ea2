# SPDX-License-Identifier: Apache-2.0
"""`sealock bench`: measure the edge against the bare client and a threaded monolith, or what a deployment holds."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from sealock_devkit.bench import capacity_rows, measure, report
from sealock_devkit.bench.report import Page, Row, ratios
from sealock_devkit.bench.subjects import MONOLITH_THREADS

FOLDER = Path(__file__).parent.parent / "bench"
SIDE_BY_SIDE = """Everything below was measured side by side in one run, each process on a
core of its own, so the ratios travel; the absolute figures do not."""
ONE_RUN = """Edge and connector were measured in the same run, under the same load, by the
kernel's account of their CPU: the ratios travel, the absolute figures are this machine's."""
PAGES = {
    "edge": Page("Performance", "make bench", SIDE_BY_SIDE, FOLDER / "remarks.md"),
    "capacity": Page("Capacity", "make capacity", ONE_RUN, FOLDER / "capacity.md"),
}


def zero_latency(folder: Path, rounds: int, resources: int, requests: int) -> list[Row]:
    """Rows for an origin that answers at once."""
    found = measure.rates(folder, resources=resources, rounds=rounds, requests=requests)
    of = f"pull of {resources} resources"
    bare, monolith = (0.6, 1.0) if resources == 20 else (None, None)
    return [
        Row(f"{of}: edge to the bare grpc.aio client", ratios(found["edge"], found["bare"]), "x", bare),
        Row(f"{of}: edge to the threaded monolith", ratios(found["edge"], found["monolith"]), "x", monolith),
        Row(f"{of}: edge", found["edge"], "pulls/s"),
    ]


def half_a_second(folder: Path, rounds: int, open_at_once: int, threads: int) -> Row:
    """A row for an origin that takes 500 ms."""
    found = measure.slow_origin(folder, open_at_once=open_at_once, rounds=rounds, threads=threads)
    what = f"origin of 500 ms, {open_at_once:,} open: edge to the monolith of {threads:,} threads"
    budget = 20.0 if (open_at_once, threads) == (1000, MONOLITH_THREADS) else None
    return Row(what, ratios(found["edge"], found["monolith"]), "x", budget)


def small_things(folder: Path, rounds: int) -> list[Row]:
    """Rows for what is measured without a load."""
    thousand = measure.memory_per_thousand(folder, min(rounds, 3))
    sealing = [seconds * 1e6 for seconds in measure.sealing_seconds(folder, rounds)]
    conversion = [seconds * 1e3 for seconds in measure.conversion_seconds(rounds)]
    return [
        Row("sealing and opening, a pull", sealing, "us", 60, at_least=False),
        Row("checking and converting 200 resources of 1 kB", conversion, "ms", 3, at_least=False),
        Row("memory of 1,000 pulls in flight", thousand, "MB", 50, at_least=False),
        Row("cold start of the edge to ready", measure.cold_starts(folder, rounds), "s", 2, at_least=False),
    ]


def all_rows(folder: Path, rounds: int, tell: Callable[[str], None]) -> list[Row]:
    """Every measurement, in the order of the table."""
    rows: list[Row] = []
    for resources, requests in ((20, 4000), (200, 800)):
        tell(f"pulls of {resources} resources, origin at once")
        rows += zero_latency(folder, rounds, resources, requests)
    for open_at_once in (1, 10, 100, 1000):
        tell(f"origin of 500 ms, {open_at_once:,} pulls open")
        rows.append(half_a_second(folder, 1 if open_at_once < 100 else min(rounds, 3), open_at_once, MONOLITH_THREADS))
    rows.append(half_a_second(folder, 1, 1000, 1000))
    tell("sealing, conversion, memory, cold start")
    return rows + small_things(folder, rounds)


class Bench:
    """The command."""

    name = "bench"
    help = "measure the edge against others, or what edges and connectors hold"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("what", nargs="?", default="edge", choices=list(PAGES), help="default edge")
        parser.add_argument("--rounds", type=int, default=5, choices=range(1, 21), metavar="N", help="default 5")
        parser.add_argument("--write", type=Path, metavar="FILE", help="write the page, such as docs/performance.md")

    def run(self, options: argparse.Namespace) -> int:
        """Measure and print the table; exit status 0 even when a budget is missed, for this judges no code."""

        def tell(what: str) -> None:
            print(f"... {what}", file=sys.stderr, flush=True)

        tell(f"the machine's load before: {os.getloadavg()[0]:.1f}")
        with tempfile.TemporaryDirectory(prefix="sealock-bench-") as folder:
            if options.what == "capacity":
                rows = asyncio.run(capacity_rows.all_rows(Path(folder), options.rounds, tell))
            else:
                rows = all_rows(Path(folder), options.rounds, tell)
        print(report.table(rows))
        if options.write:
            options.write.write_text(PAGES[options.what].text(rows, options.rounds))
        return 0


command = Bench()
