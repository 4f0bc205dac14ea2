# SPDX-License-Identifier: Apache-2.0
"""Every rule of the local Zendesk names a test that exists, and each setting that it leans on."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from sealock_devkit.zendesk import Settings
from tests.docs.pages import DOCS, ROOT, rows, section

PAGE = DOCS / "local-zendesk-behaviour.md"
SECTIONS = [
    "Pull",
    "An external resource",
    "Channelback",
    "Event callbacks",
    "REST API",
    "Threads and tickets",
    "Limits",
]
SURE = ("documented", "schema", "seen", "our choice", "the service's")
ABOUT = ("pull_", "channelback_", "event_", "push_", "file_", "rest_", "author_", "report_", "attachments_")
"""How the names of settings begin that belong to the page's sections."""


@cache
def existing_tests() -> dict[str, set[str]]:
    """The names of all test functions, with the folders that they are in."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                found.setdefault(node.name, set()).add(path.relative_to(ROOT / "tests").as_posix())
    return found


def all_rows() -> list[list[str]]:
    return [row for name in SECTIONS for row in rows(section(PAGE, name))]


def test_every_section_has_its_table():
    for name in SECTIONS:
        assert len(rows(section(PAGE, name))) > 10
    assert re.findall(r"^## (.+)$", PAGE.read_text("utf-8"), re.MULTILINE) == SECTIONS


@pytest.mark.parametrize("row", all_rows(), ids=lambda row: row[0][:60])
def test_every_rule_says_how_sure_it_is_and_names_a_test_that_exists(row):
    rule, sure, proof = row
    assert rule
    assert sure.partition(" (")[0] in SURE
    for setting in re.findall(r"`(\w+)`", sure):
        assert setting in Settings().as_dict()
    names = re.findall(r"`(\w+)`", proof)
    assert names
    assert proof == ", ".join(f"`{name}`" for name in names)
    for name in names:
        folders = existing_tests().get(name, set())
        assert folders, f"there is no test {name}"
        of_zendesk = any(folder.startswith(("devkit/zendesk", "browser/")) for folder in folders)
        assert of_zendesk is not (sure == "the service's"), f"{name} is the other side's test"


def test_no_rule_stands_there_twice():
    for name in SECTIONS:
        rules = [row[0] for row in rows(section(PAGE, name))]
        assert sorted(set(rules)) == sorted(rules)


def test_every_setting_that_decides_one_of_these_rules_is_named():
    told = {name for _, sure, _ in all_rows() for name in re.findall(r"`(\w+)`", sure)}
    wanted = {name for name in Settings().as_dict() if name.startswith(ABOUT)}
    assert wanted <= told
