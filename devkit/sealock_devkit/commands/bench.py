# SPDX-License-Identifier: Apache-2.0
"""`sealock bench`: measure the edge against the bare client and a threaded monolith, or what a deployment holds."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path


class Bench:
    """What `sealock bench` takes, and what it does."""

    name = "bench"
    help = "measure the edge against others, or what edges and connectors hold"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("what", nargs="?", default="edge", choices=["edge", "capacity"], help="default edge")
        parser.add_argument("--rounds", type=int, default=5, choices=range(1, 21), metavar="N", help="default 5")
        parser.add_argument("--write", type=Path, metavar="FILE", help="write the page, such as docs/performance.md")

    def run(self, options: argparse.Namespace) -> int:
        """Measure and print the table; exit status 0 even when a budget is missed, for this judges no code."""
        from sealock_devkit.bench import capacity, performance, report  # noqa: PLC0415 - `sealock --help` needs none of it

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
            options.write.write_text(report.PAGES[options.what].text(rows, options.rounds))
        return 0


command = Bench()
