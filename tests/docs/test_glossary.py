# SPDX-License-Identifier: Apache-2.0
"""One word for one thing: no package, module or class has a name that the glossary's last column forbids."""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.source_tree import PACKAGES, ROOT, dotted, modules

ROW = re.compile(r"^\| (?P<term>[^|]+?) \| (?P<meaning>[^|]+?) \| ?(?P<never>[^|]*?) ?\|$", re.MULTILINE)
TABLE = (ROOT / "docs" / "glossary.md").read_text().partition("|---|---|---|\n")[2]
TERMS = {row["term"]: row for row in ROW.finditer(TABLE)}
FORBIDDEN = {word for row in TERMS.values() for word in row["never"].split(", ") if word and " " not in word}


def words(name: str) -> set[str]:
    """The words of a name, in whichever way they are put together, and each without a plural's letter."""
    found = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
    return found | {word.removesuffix("s") for word in found}


def names(package: str) -> dict[str, set[str]]:
    """The package's modules and classes, each with its words."""
    found = {}
    for path in modules(package):
        module = dotted(package, path)
        found[module] = words(module.removeprefix(package))
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                found[f"{module}.{node.name}"] = words(node.name)
    return found


def test_every_line_of_the_table_is_a_term():
    assert len(TERMS) == len(TABLE.strip().splitlines())
    assert list(TERMS) == sorted(TERMS, key=str.lower)


def test_no_term_is_forbidden_by_another():
    assert not {word for term in TERMS for word in words(term)} & FORBIDDEN


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_no_name_uses_a_second_word_for_a_thing(package):
    found = {name: used & FORBIDDEN for name, used in names(package).items()}
    assert {name: used for name, used in found.items() if used} == {}


def test_a_second_word_is_noticed():
    assert words("MockGraph") & FORBIDDEN == {"mock"}
    assert words("tenants.store") & FORBIDDEN == {"tenant"}
    assert words("platform") & FORBIDDEN == {"platform"}
