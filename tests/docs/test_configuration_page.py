# SPDX-License-Identifier: Apache-2.0
"""docs/configuration.md lists every setting as it is declared, and its example is a real file."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from pathlib import Path

import pytest

from sealock_edge.config import Config, ConfigError, EdgeConfig, IntegrationConfig, ZendeskConfig, read
from sealock_edge.config.declaring import settings_of, table_of
from sealock_edge.config.loading import variable_of
from tests.docs.pages import DOCS, blocks, name_of, rows, section

PAGE = DOCS / "configuration.md"
TABLES = {"`[edge]`": EdgeConfig, "`[zendesk]`": ZendeskConfig, "`[integrations.<name>]`": IntegrationConfig}
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
    known |= {variable_of("zendesk", name) for name in names(ZendeskConfig)}
    for name in re.findall(r"\bSEALOCK_EDGE_[A-Z_]*[A-Z]\b", page.read_text()):
        tail = re.sub(r"^SEALOCK_EDGE_INTEGRATIONS_[A-Z0-9]+_", "", name).lower()
        assert name in known or tail in names(IntegrationConfig), name
