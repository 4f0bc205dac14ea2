# SPDX-License-Identifier: Apache-2.0
"""`sealock bench`: measure the edge against the bare client and a threaded monolith, or what a deployment holds."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

from sealock_devkit.bench import capacity, performance, report
from sealock_devkit.bench.report import Page

FOLDER = Path(__file__).parent.parent / "bench"
SIDE_BY_SIDE = """Everything below was measured side by side in one run, each process on a
core of its own, so the ratios travel; the absolute figures do not."""
ONE_RUN = """Edge and connector were measured in the same run, under the same load, by the
kernel's account of their CPU: the ratios travel, the absolute figures are this machine's."""
PAGES = {
    "edge": Page("Performance", "make bench", SIDE_BY_SIDE, FOLDER / "remarks.md"),
    "capacity": Page("Capacity", "make capacity", ONE_RUN, FOLDER / "capacity.md"),
}


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
                rows = asyncio.run(capacity.all_rows(Path(folder), options.rounds, tell))
            else:
                rows = performance.all_rows(Path(folder), options.rounds, tell)
        print(report.table(rows))
        if options.write:
            options.write.write_text(PAGES[options.what].text(rows, options.rounds))
        return 0


command = Bench()
