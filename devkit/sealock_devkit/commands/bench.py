# SPDX-License-Identifier: Apache-2.0
"""
`sealock bench`: measure what pulls cost beside other ways to write such a service, what a deployment holds, or what
hostile traffic costs it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path


class Bench:
    """What `sealock bench` takes, and what it does."""

    name = "bench"
    help = "measure what pulls cost, what a deployment holds, or what hostile traffic costs it"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options."""
        choices = ["edge", "capacity", "hostile"]
        parser.add_argument("what", nargs="?", default="edge", choices=choices, help="default edge")
        parser.add_argument("--rounds", type=int, default=5, choices=range(1, 21), metavar="N", help="default 5")
        parser.add_argument("--write", type=Path, metavar="FILE", help="write the page, such as docs/performance.md")
        parser.add_argument("--this-python", action="store_true", help="measure on the Python that runs this command")
        parser.add_argument(
            "--only",
            action="append",
            metavar="PART",
            help="of `edge`, only this part; may be given more than once; `list` says which there are",
        )
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
        if options.what == "hostile":
            return _hostile(options)
        from sealock_devkit.bench.parts import PARTS  # noqa: PLC0415 - `sealock --help` needs none of it

        names = options.only or list(PARTS)
        if names == ["list"]:
            print("\n".join(f"{name:13} {part.what}" for name, part in PARTS.items()))
            return 0
        if unknown := set(names) - set(PARTS):
            print(f"sealock bench: no part is called {', '.join(sorted(unknown))}; try --only list", file=sys.stderr)
            return 2
        with tempfile.TemporaryDirectory(prefix="sealock-bench-") as folder:
            if not options.this_python and (status := _on_a_better_python(Path(folder))) is not None:
                return status
            return _measure(options, names, Path(folder))


def _on_a_better_python(folder: Path) -> int | None:
    """Run the same command on an optimised Python, if there is one. Returns its exit status."""
    from sealock_devkit.bench import interpreter  # noqa: PLC0415

    found = interpreter.better()
    if found is None:
        return None
    python, share = found
    told = f"which takes {share:.2f} of the CPU of the one that is developed with"
    command = [str(interpreter.environment(folder, python)), "-m", "sealock_contract.command", *sys.argv[1:]]
    environ = {**os.environ, interpreter.TOLD: told}
    return subprocess.run([*command, "--this-python"], env=environ, check=False).returncode  # noqa: S603


def _measure(options: argparse.Namespace, names: list[str], folder: Path) -> int:
    from sealock_devkit.bench import capacity, interpreter, parts, report  # noqa: PLC0415

    _tell(f"on {interpreter.this_one()}; the machine's load before: {os.getloadavg()[0]:.1f}")
    rows: report.Lines = []
    if options.what == "capacity":
        rows += asyncio.run(capacity.all_rows(folder, options.rounds, _tell))
    else:
        rows += parts.measure(folder, names, options.rounds, _tell)
    print(report.table(rows))
    if options.write:
        options.write.write_text(report.PAGES[options.what].text(rows, options.rounds))
    return 0


def _tell(what: str) -> None:
    print(f"... {what}", file=sys.stderr, flush=True)


def _hostile(options: argparse.Namespace) -> int:
    from sealock_devkit.bench.hostile import attacks, measuring, tables  # noqa: PLC0415

    names = options.attack or list(attacks.ATTACKS)
    if names == ["list"]:
        print(tables.meanings(list(attacks.ATTACKS)))
        return 0
    if unknown := set(names) - set(attacks.ATTACKS):
        print(f"sealock bench: no attack is called {', '.join(sorted(unknown))}; try --attack list", file=sys.stderr)
        return 2
    _tell(f"the machine's load before: {os.getloadavg()[0]:.1f}")
    bounds = measuring.Bounds(scale=options.scale, seconds=options.seconds)
    with tempfile.TemporaryDirectory(prefix="sealock-bench-") as folder:
        if options.minutes:
            seen = asyncio.run(measuring.together(Path(folder), names, bounds, options.minutes, _tell))
            print(tables.of_all_at_once(seen))
        else:
            print(tables.of_each(asyncio.run(measuring.each_alone(Path(folder), names, bounds, _tell))))
    return 0


command = Bench()
