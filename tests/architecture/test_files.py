# SPDX-License-Identifier: Apache-2.0
"""Files, folders and commits are short; each file is licensed, finished, plainly named, and no machine's own."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.architecture.source_tree import ROOT, hand_written, is_shell, named, sources, tracked

LONGEST = 400
MOST_MODULES = 14
LONGEST_SUBJECT = 72
SUBJECTS_SINCE = "2026-11-30T06:15:00Z"
"""From when on commits have short subjects."""
LICENCE = "SPDX-License-Identifier: Apache-2.0"
VAGUE = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"}
SPELLING = {Path(__file__)}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
MACHINE = re.compile(r"(?<![\w.])/(work|root|home)/\w|(?<![\w/])\.\./shared(?!/schemas)|/opt/(pypi|wheels)")
INDEX = re.compile(
    r"(?<![\w-])--(extra-index-url|index-url|find-links|trusted-host)\b|\[\[?(tool\.uv\.)?index", re.MULTILINE
)
LICENSED = (".py", ".proto", ".sh", ".html", ".jinja", ".css", ".js", ".php")


def texts() -> list[Path]:
    """Tracked files that people can read, except this one, which spells out what is forbidden."""
    binary = {".png", ".jpg", ".ico", ".woff2", ".typed", ".bin"}
    return [path for path in tracked() if path.suffix not in binary and path not in SPELLING]


def test_no_file_is_longer_than_a_person_reads_at_once():
    lengths = {named(path): len(path.read_text().splitlines()) for path in sources()}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_folder_has_more_modules_than_a_person_looks_through():
    folders = Counter(named(path.parent) for path in hand_written(".py") if path.name != "__init__.py")
    assert {name: count for name, count in folders.items() if count > MOST_MODULES} == {}


def test_the_subject_of_a_commit_fits_a_line():
    log = ["git", "log", f"--since={SUBJECTS_SINCE}", "--no-merges", "--format=%h %s"]
    subjects = subprocess.check_output(log, cwd=ROOT, text=True).splitlines()
    assert [line for line in subjects if len(line.partition(" ")[2]) > LONGEST_SUBJECT] == []


def test_every_source_file_names_its_licence_at_its_head():
    missing = []
    for path in tracked():
        if path.is_relative_to(ROOT / "contract" / "sealock") or not (path.suffix in LICENSED or is_shell(path)):
            continue
        head = path.read_text().splitlines()[:3]
        if not any(LICENCE in line for line in head):
            missing.append(named(path))
    assert missing == []


def test_the_licence_is_the_first_line_of_every_python_file():
    first = {named(path): (path.read_text().splitlines() or [""])[0] for path in hand_written(".py")}
    scripts = {name for name, line in first.items() if line.startswith("#!")}
    assert [name for name, line in first.items() if line != f"# {LICENCE}" and name not in scripts] == []


def test_nothing_is_left_to_be_done():
    assert [named(path) for path in texts() if UNFINISHED.search(path.read_text())] == []


def test_no_module_has_a_name_that_says_nothing():
    parts = {named(path): set(re.split(r"[/_.]", named(path))) for path in hand_written(".py")}
    assert {name: found & VAGUE for name, found in parts.items() if found & VAGUE} == {}


def test_no_class_or_function_has_a_name_that_says_nothing():
    defined = re.compile(r"^\s*(?:class|(?:async )?def) (\w+)", re.MULTILINE)
    vague = re.compile(r"(?i)(?:^|_)(?:util|utils|helper|helpers|manager)(?:$|_)|(?:Util|Utils|Helper|Manager)s?$")
    found = {
        named(path): [n for n in defined.findall(path.read_text()) if vague.search(n)] for path in hand_written(".py")
    }
    assert {name: names for name, names in found.items() if names} == {}


def test_no_file_speaks_of_the_machine_it_was_written_on():
    found = {named(path): MACHINE.findall(path.read_text()) for path in texts()}
    assert [name for name, matches in found.items() if matches] == []


def test_no_file_names_a_package_index():
    kinds = [path for path in texts() if path.suffix in {".lock", ".in", ".toml", ".cfg", ""} or is_shell(path)]
    assert [named(path) for path in kinds if INDEX.search(path.read_text())] == []


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").glob("*.lock")), ids=lambda path: path.stem)
def test_every_locked_version_is_pinned_with_hashes_and_no_address(path):
    text = path.read_text()
    assert "://" not in text
    pins = re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==\S+", text, re.MULTILINE)
    blocks = [block for block in re.split(r"\n(?=\S)", text.strip()) if not block.startswith("#")]
    assert len(pins) == len(blocks)
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []
