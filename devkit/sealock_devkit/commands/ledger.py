# SPDX-License-Identifier: Apache-2.0
"""`sealock ledger`: run everything, break everything, and count what arrived."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
import tempfile
from pathlib import Path


class Ledger:
    """What `sealock ledger` takes, and what it does."""

    name = "ledger"
    help = "run everything while everything breaks, and count what arrived"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--seconds", type=float, default=60.0, metavar="N", help="how long things break (60)")
        parser.add_argument("--seed", type=int, default=None, metavar="N", help="what decides what breaks (any)")
        parser.add_argument(
            "--fault", action="append", metavar="NAME", help="only this one; may be given more than once"
        )
        parser.add_argument("--folder", type=Path, metavar="DIR", help="keep data and logs there")

    def run(self, options: argparse.Namespace) -> int:
        """Print what broke and what does not add up; exit status 1 if something does not."""
        from sealock_devkit.ledger import valkey  # noqa: PLC0415 - `sealock --help` needs none of it

        if missing := valkey.missing():
            print(f"sealock ledger: {missing}", file=sys.stderr)
            return 2
        seed = secrets.randbelow(1_000_000) if options.seed is None else options.seed
        print(f"seed {seed}, {options.seconds:g} seconds", flush=True)
        with tempfile.TemporaryDirectory(prefix="sealock-ledger-") as folder:
            return _keep(options.folder or Path(folder), options, seed)


def _keep(folder: Path, options: argparse.Namespace, seed: int) -> int:
    from sealock_devkit.ledger.run import Wish, keep  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    outcome = asyncio.run(keep(folder, Wish(options.seconds, seed, options.fault, say=_say)))
    for what, count in outcome.counted.items():
        print(f"  {what}: {count}")
    for line in outcome.explained:
        print(f"explained: {line}")
    problems = outcome.reckoning.problems()
    for line in problems:
        print(line)
    print(f"it adds up (seed {seed})" if not problems else f"{len(problems)} do not add up (seed {seed})")
    return 1 if problems else 0


def _say(what: str) -> None:
    print(f"  {what}", flush=True)


command = Ledger()
