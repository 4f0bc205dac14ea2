# SPDX-License-Identifier: Apache-2.0
"""
Takes out of an image's environment what nothing in it runs: `trim.py FOLDER`.

That is the sources of compiled modules and stubs for type checkers, tests of libraries, symbols for debuggers, and what
Babel knows of languages in which no catalogue of ours is written. The lists of installed files are shortened to match.
"""

from __future__ import annotations

import shutil
import struct
import sys
from pathlib import Path

NOT_RUN = {".c", ".h", ".pxd", ".pxi", ".pyi", ".pyx", ".proto"}
TESTS = {"test", "tests"}
ELF_64_LITTLE = b"\x7fELF\x02\x01"
LOADED = 1
"""The type of a program header whose bytes are loaded."""


def trim(environment: Path) -> None:
    """Trims a virtual environment."""
    (packages,) = environment.glob("lib/python*/site-packages")
    for path in sorted(packages.rglob("*")):
        if path.is_dir() and path.name in TESTS:
            shutil.rmtree(path)
        elif path.suffix in NOT_RUN:
            path.unlink()
        elif path.suffix == ".so":
            strip(path)
    forget_languages(packages)
    for record in packages.glob("*.dist-info/RECORD"):
        lines = record.read_text(encoding="utf-8").splitlines(keepends=True)
        there = [line for line in lines if (packages / line.rpartition(",")[0].rpartition(",")[0].strip('"')).exists()]
        replace(record, "".join(there).encode())


def forget_languages(packages: Path) -> None:
    """Removes Babel's data on languages of which no package has a catalogue."""
    tags = {path.stem.replace("-", "_") for path in packages.glob("sealock_*/**/locales/*.po")}
    needed = {"root", "en", *tags, *(tag.partition("_")[0] for tag in tags)}
    for path in packages.glob("babel/locale-data/*.dat"):
        if path.stem not in needed:
            path.unlink()


def strip(library: Path) -> None:
    """Cuts off what is not loaded into memory: it stands behind the last byte that is, and sections name it."""
    content = library.read_bytes()
    if not content.startswith(ELF_64_LITTLE):
        return
    (table,) = struct.unpack_from("<Q", content, 32)
    size, count = struct.unpack_from("<HH", content, 54)
    end = table + size * count
    for header in range(table, end, size):
        (kind,) = struct.unpack_from("<I", content, header)
        (offset,) = struct.unpack_from("<Q", content, header + 8)
        (length,) = struct.unpack_from("<Q", content, header + 32)
        if kind == LOADED:
            end = max(end, offset + length)
    head = bytearray(content[:64])
    struct.pack_into("<Q", head, 40, 0)  # where the sections are: nowhere
    struct.pack_into("<HHH", head, 58, 0, 0, 0)
    replace(library, bytes(head) + content[64:end])


def replace(path: Path, content: bytes) -> None:
    """Writes another file in a file's place, so that a link's target stays as it is."""
    mode = path.stat().st_mode
    path.unlink()
    path.write_bytes(content)
    path.chmod(mode)


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
