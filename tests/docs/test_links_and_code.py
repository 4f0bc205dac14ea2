# SPDX-License-Identifier: Apache-2.0
"""Every link between pages leads somewhere, and every block of code is code."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import tomllib

import pytest

from tests.docs.pages import DOCS, ROOT, Block, anchors, blocks, links, name_of, pages

OUTSIDE = ("https://", "mailto:")


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_link_leads_somewhere(page):
    broken = []
    for link in links(page):
        if link.startswith(OUTSIDE):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_page_of_the_docs_can_be_reached_from_the_readme():
    reached = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md" and page.exists():
            reached.add(page)
            inner = [link.partition("#")[0] for link in links(page) if not link.startswith((*OUTSIDE, "#"))]
            targets = [(page.parent / path).resolve() for path in inner]
            waiting += [
                found for target in targets for found in (target.glob("*.md") if target.is_dir() else (target,))
            ]
    assert [name_of(page) for page in pages() if page.is_relative_to(DOCS) and page not in reached] == []


def test_every_test_that_a_page_names_exists():
    named = {name for page in pages() for name in re.findall(r"`((?:\w+/)+test_\w+\.py)`", page.read_text())}
    assert named
    assert [name for name in sorted(named) if not (ROOT / "tests" / name).is_file()] == []


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_every_block_of_python_compiles_and_its_imports_exist(block: Block):
    tree = ast.parse(block.code, str(block))
    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    exec(compile(ast.Module(imports, []), str(block), "exec"), {})


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
def test_every_block_of_toml_parses(block: Block):
    assert tomllib.loads(block.code)


@pytest.mark.parametrize("block", blocks("json"), ids=str)
def test_every_block_of_json_parses(block: Block):
    assert json.loads(block.code)


@pytest.mark.parametrize("block", blocks("sh", "console"), ids=str)
def test_every_block_of_shell_is_shell(block: Block):
    code = re.sub(r"^\$ ", "", block.code, flags=re.MULTILINE)
    result = subprocess.run([shutil.which("bash"), "-n"], input=code, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("block", blocks("sh", "console"), ids=str)
def test_every_make_target_in_the_docs_exists(block: Block):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"^(?:\$ )?make ([a-z-]+)", block.code, re.MULTILINE)) <= targets


def test_every_block_says_what_language_it_is_in():
    assert [str(block) for block in blocks() if block.language not in KNOWN] == []


KNOWN = {"python", "toml", "json", "sh", "console", "text", "proto"}
