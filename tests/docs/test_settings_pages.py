# SPDX-License-Identifier: Apache-2.0
"""The pages of settings, of the edge's and of the connectors', say every one with its true default."""

from __future__ import annotations

import dataclasses
import itertools
import re
import shlex
import tomllib
from argparse import ArgumentParser
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from sealock_connector import Connector
from sealock_connector._serving.options import Options, parse
from sealock_edge.config import (
    Config,
    ConfigError,
    ConnectionsConfig,
    EdgeConfig,
    IntegrationConfig,
    ZendeskConfig,
    read,
)
from sealock_edge.config.declaring import settings_of, table_of
from sealock_edge.config.loading import variable_of
from tests.docs.pages import DOCS, blocks, name_of, rows, section

PAGE = DOCS / "configuration.md"
TABLES = {
    "`[edge]`": EdgeConfig,
    "`[edge.connections]`": ConnectionsConfig,
    "`[zendesk]`": ZendeskConfig,
    "`[integrations.<name>]`": IntegrationConfig,
}
CASES = list(TABLES.items())


def names(table: type) -> set[str]:
    return {setting.name for setting in settings_of(table)}


@pytest.mark.parametrize(("heading", "table"), CASES, ids=[heading for heading, _ in CASES])
def test_every_setting_is_documented_and_no_other(heading, table):
    assert {row[0].strip("`") for row in rows(section(PAGE, heading))} == names(table)


@pytest.mark.parametrize(("heading", "table"), CASES, ids=[heading for heading, _ in CASES])
def test_every_default_is_the_true_one(heading, table):
    """And every sentence and limit: the page has the table that the declarations make."""
    assert table_of(table) in section(PAGE, heading)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_field_of_a_table_is_a_declared_setting(table):
    assert {field.name for field in dataclasses.fields(table)} - {"path"} == names(table)


def examples() -> list:
    return [block for block in blocks("toml") if re.search(r"^\[edge\]", block.code, re.MULTILINE)]


@pytest.mark.parametrize("block", examples(), ids=str)
def test_every_example_file_is_one_that_the_edge_takes(block):
    assert isinstance(read(tomllib.loads(block.code), {}), Config)


def test_the_example_is_there():
    assert PAGE in [block.page for block in examples()]


def variables() -> list[str]:
    return re.findall(r"^(SEALOCK_EDGE_\w+)=", PAGE.read_text(), re.MULTILINE)


@pytest.mark.parametrize("variable", variables())
def test_every_variable_that_is_shown_changes_something(variable):
    [block] = [block for block in examples() if block.page == PAGE]
    with pytest.raises(ConfigError):
        read(tomllib.loads(block.code), {variable: "no such thing\x00"})


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=name_of)
def test_no_page_names_a_variable_that_does_not_exist(page: Path):
    known = {variable_of("edge", name) for name in names(EdgeConfig)}
    known |= {variable_of("edge.connections", name) for name in names(ConnectionsConfig)}
    known |= {variable_of("zendesk", name) for name in names(ZendeskConfig)}
    for name in re.findall(r"\bSEALOCK_EDGE_[A-Z_]*[A-Z]\b", page.read_text()):
        tail = re.sub(r"^SEALOCK_EDGE_INTEGRATIONS_[A-Z0-9]+_", "", name).lower()
        assert name in known or tail in names(IntegrationConfig), name


OPTIONS_PAGE = DOCS / "configuration.md"
OPTIONS = {f"--{field.name.replace('_', '-')}": field.default for field in dataclasses.fields(Options)}
ORIGINS = entry_points(group="sealock.origins")
DOCUMENTED = {row[0].strip("`"): row[1].strip("`") for row in rows(section(OPTIONS_PAGE, "A connector's options"))}


def test_every_option_is_documented_and_no_other():
    assert set(DOCUMENTED) == set(OPTIONS)


@pytest.mark.parametrize("option", sorted(OPTIONS))
def test_every_default_of_an_option_is_the_true_one(option):
    default, said = OPTIONS[option], DOCUMENTED[option]
    if default is None or default == ():
        assert said in {"none", "any"}
    elif default is False:
        assert said == "off"
    elif isinstance(default, int | float):
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
