# SPDX-License-Identifier: Apache-2.0
"""
Takes one origin for a connector's image: `take_origin.py ORIGIN FROM TO PROGRAM`.

Copies it from the folder of all origins, with what origins of one company share, and writes the program that serves it.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

SHARED = {"facebook": ["meta"], "instagram": ["meta"]}
"""What origins need besides themselves."""
PROGRAM = """#!{python}
import runpy

runpy.run_module("sealock_origins.{origin}", run_name="__main__")
"""


def take(origin: str, all_origins: Path, taken: Path) -> None:
    """Copy the origin. Raises `ValueError` if there is none of this name."""
    there = sorted(path.parent.name for path in all_origins.glob("*/__main__.py"))
    if origin not in there:
        raise ValueError(f"say with --build-arg ORIGIN= which origin: {', '.join(there)}")
    taken.mkdir(parents=True)
    for name in ("__init__.py", "py.typed"):
        shutil.copy(all_origins / name, taken)
    for name in (origin, *SHARED.get(origin, [])):
        shutil.copytree(all_origins / name, taken / name)


def write_program(origin: str, path: Path) -> None:
    """Write the program, run by the Python beside it."""
    path.write_text(PROGRAM.format(python=path.with_name("python"), origin=origin), encoding="utf-8")
    path.chmod(0o755)


def main() -> int:
    """The program."""
    origin, all_origins, taken, program = sys.argv[1:]
    try:
        take(origin, Path(all_origins), Path(taken))
    except ValueError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    write_program(origin, Path(program))
    return 0


if __name__ == "__main__":
    sys.exit(main())
