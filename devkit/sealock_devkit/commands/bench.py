# SPDX-License-Identifier: Apache-2.0
"""
`sealock bench`: measure the edge against the bare client and a threaded monolith, what a deployment holds, or what
hostile traffic costs it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path


class Bench:
    """What `sealock bench` takes, and what it does."""

    name = "bench"
    help = "measure the edge, what a deployment holds, or what hostile traffic costs it"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options."""
        choices = ["edge", "capacity", "hostile"]
        parser.add_argument("what", nargs="?", default="edge", choices=choices, help="default edge")
        parser.add_argument("--rounds", type=int, default=5, choices=range(1, 21), metavar="N", help="default 5")
        parser.add_argument("--write", type=Path, metavar="FILE", help="write the page, such as docs/performance.md")
        hostile = parser.add_argument_group("hostile")
        hostile.add_argument(
            "--attack",
            action="append",
            metavar="NAME",
            help="only this one; may be given more than once; `list` says which there are",
        )
        hostile.add_argument("--scale", type=float, default=1.0, help="how large each attack is (1)")
        hostile.add_argument("--seconds", type=float, default=10.0, help="when each attack gives up (10)")
        hostile.add_argument("--minutes", type=float, default=0.0, help="all attacks at once, for so long")

    def run(self, options: argparse.Namespace) -> int:
        """Measure and print the table; exit status 0 even when a budget is missed, for this judges no code."""
        from sealock_devkit.bench import capacity, performance, report  # noqa: PLC0415 - `sealock --help` needs none of it

        def tell(what: str) -> None:
            print(f"... {what}", file=sys.stderr, flush=True)

        tell(f"the machine's load before: {os.getloadavg()[0]:.1f}")
        if options.what == "hostile":
            return _hostile(options, tell)
        with tempfile.TemporaryDirectory(prefix="sealock-bench-") as folder:
            if options.what == "capacity":
                rows = asyncio.run(capacity.all_rows(Path(folder), options.rounds, tell))
            else:
                rows = performance.all_rows(Path(folder), options.rounds, tell)
        print(report.table(rows))
        if options.write:
            options.write.write_text(report.PAGES[options.what].text(rows, options.rounds))
        return 0


def _hostile(options: argparse.Namespace, tell: Callable[[str], None]) -> int:
    from sealock_devkit.bench.hostile import attacks, measuring, tables  # noqa: PLC0415

    names = options.attack or list(attacks.ATTACKS)
    if names == ["list"]:
        print(tables.meanings(list(attacks.ATTACKS)))
        return 0
    if unknown := set(names) - set(attacks.ATTACKS):
        print(f"sealock bench: no attack is called {', '.join(sorted(unknown))}; try --attack list", file=sys.stderr)
        return 2
    bounds = measuring.Bounds(scale=options.scale, seconds=options.seconds)
    with tempfile.TemporaryDirectory(prefix="sealock-bench-") as folder:
        if options.minutes:
            seen = asyncio.run(measuring.together(Path(folder), names, bounds, options.minutes, tell))
            print(tables.of_all_at_once(seen))
        else:
            print(tables.of_each(asyncio.run(measuring.each_alone(Path(folder), names, bounds, tell))))
    return 0


command = Bench()
