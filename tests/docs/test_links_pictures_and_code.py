# SPDX-License-Identifier: Apache-2.0
"""The pages' links lead somewhere, their code is code, and their pictures are there and can be made again."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import tomllib

import pytest

from tests.browser.views.all_views import ALL_VIEWS
from tests.browser.views.pictures import IN_THE_README, OF_CONNECTORS
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


PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
MOST_BYTES = 150_000
PICTURES = [(page, alt, path) for page in pages() for alt, path in PICTURE.findall(page.read_text())]


@pytest.mark.parametrize(("page", "alt", "path"), PICTURES, ids=[path for _, _, path in PICTURES])
def test_a_picture_is_there_small_and_described(page, alt, path):
    file = page.parent / path

    assert file.read_bytes().startswith(b"\x89PNG\r\n"), name_of(page)
    assert file.stat().st_size < MOST_BYTES
    assert len(alt) > 40


def test_every_picture_is_shown_and_can_be_made_again():
    kept = {file.name for file in (DOCS / "pictures").iterdir()}

    assert kept == {path.rpartition("/")[2] for _, _, path in PICTURES} == {*IN_THE_README, *OF_CONNECTORS}
    assert set(IN_THE_README.values()) <= {view.name for view in ALL_VIEWS}
