# SPDX-License-Identifier: Apache-2.0
"""
`make fuzz`: the harnesses for minutes instead of seconds, with other mutations each time.

What a harness raises on, or takes longer over than it may, is kept in `.fuzz` and said. Once that is mended, the file
becomes a case with a name that says what it is.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import secrets
import sys
import time
import traceback
from pathlib import Path
from random import Random

from tests.fuzz.mutation import edited, random_edits
from tests.fuzz.table import BY_NAME, Harness

FOUND = Path(".fuzz")
MOST_SECONDS = 2.0
"""Of the processor, for one input: what takes longer is a find, too."""
MOST_FINDS = 10
"""Of one harness, each at another place in the code."""


def main() -> int:
    """The command; 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--minutes", type=float, default=1.0, help="for each harness (%(default)s)")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32), help="repeats a run")
    parser.add_argument("harness", nargs="*", help="some of: " + ", ".join(BY_NAME))
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    print(f"seed {options.seed}")
    found = 0
    for name in options.harness or BY_NAME:
        found += fuzzed(BY_NAME[name], options.minutes * 60, Random(f"{options.seed} {name}"))
    return 1 if found else 0


def fuzzed(harness: Harness, seconds: float, random: Random) -> int:
    """Try mutations of its cases for so long; how many finds there were."""
    cases = list(harness.cases.values())
    places: set[str] = set()
    tried, slowest, end = 0, 0.0, time.monotonic() + seconds
    while time.monotonic() < end and len(places) < MOST_FINDS:
        data = edited(random.choice(cases), random_edits(random))
        begun = time.process_time()
        place = _place(harness, data)
        took = time.process_time() - begun
        tried, slowest = tried + 1, max(slowest, took)
        if not place and took > MOST_SECONDS:
            place = f"took {took:.1f} seconds"
        if place and place not in places:
            places.add(place)
            print(f"  {_kept(harness, data)}: {place}", flush=True)
    print(f"{harness.name}: {tried:,} tried, {len(places)} found, the slowest took {slowest:.2f} seconds", flush=True)
    return len(places)


def _place(harness: Harness, data: bytes) -> str:
    """Where in our code, and with what, the harness failed; empty if it did not."""
    try:
        harness.run(data)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a find
        frames = [each for each in traceback.extract_tb(error.__traceback__) if "site-packages" not in each.filename]
        return f"{type(error).__name__} in {Path(frames[-1].filename).name}, line {frames[-1].lineno}"
    return ""


def _kept(harness: Harness, data: bytes) -> Path:
    FOUND.mkdir(exist_ok=True)
    path = FOUND / f"{harness.name}-{hashlib.sha256(data).hexdigest()[:12]}"
    path.write_bytes(data)
    return path


if __name__ == "__main__":
    sys.exit(main())
