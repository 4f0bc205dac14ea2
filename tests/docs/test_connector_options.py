# SPDX-License-Identifier: Apache-2.0
"""docs/configuration.md lists every option that a connector takes, with its true default."""

from __future__ import annotations

import dataclasses
import itertools
import re
import shlex
from argparse import ArgumentParser
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from sealock_connector import Connector
from sealock_connector._serving.options import Options, parse
from tests.docs.pages import DOCS, blocks, rows, section

PAGE = DOCS / "configuration.md"
OPTIONS = {f"--{field.name.replace('_', '-')}": field.default for field in dataclasses.fields(Options)}
ORIGINS = entry_points(group="sealock.origins")
DOCUMENTED = {row[0].strip("`"): row[1].strip("`") for row in rows(section(PAGE, "A connector's options"))}


def test_every_option_is_documented_and_no_other():
    assert set(DOCUMENTED) == set(OPTIONS)


@pytest.mark.parametrize("option", sorted(OPTIONS))
def test_every_default_is_the_true_one(option):
    default, said = OPTIONS[option], DOCUMENTED[option]
    if default is None or default == ():
        assert said in {"none", "any"}
    elif default is False:
        assert said == "off"
    elif isinstance(default, float):
        assert float(said) == default
    else:
        assert said == default


def started() -> list[tuple[str, list[str]]]:
    """Every `sealock connector NAME` line of the pages: the name, and what follows it."""
    lines = [line.removeprefix("$ ") for block in blocks("sh", "console") for line in block.code.splitlines()]
    words = [shlex.split(line, comments=True) for line in lines if line.startswith("sealock connector ")]
    return [(line[2], line[3:]) for line in words if line[2] in ORIGINS.names]


def connector_of(origin: str) -> Connector:
    return ORIGINS[origin].load()()


@pytest.mark.parametrize(("origin", "arguments"), started(), ids=str)
def test_every_connector_in_the_docs_can_be_started_that_way(origin, arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for option, file in itertools.pairwise(arguments):
        if option.endswith("-file"):
            Path(file).write_text("a secret")
    assert parse(connector_of(origin), arguments).insecure


@pytest.mark.parametrize("page", sorted((DOCS / "connectors").glob("*.md")), ids=lambda page: page.stem)
def test_the_page_of_a_connector_lists_its_own_options_and_no_other(page):
    parser = ArgumentParser(add_help=False)
    connector_of(page.stem).add_options(parser)
    own = {option for action in parser._actions for option in action.option_strings}
    listed = re.findall(r"^\| `(--[a-z-]+)", page.read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(own | {"--allow-network"} if page.stem == "wordpress" else own)
