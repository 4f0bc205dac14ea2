# SPDX-License-Identifier: Apache-2.0
"""docs/configuration.md lists every setting with its true default, and its example is a real file."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from pathlib import Path

import pytest

from sealock_edge.config import Config, ConfigError, EdgeConfig, IntegrationConfig, ZendeskConfig, read
from tests.docs.pages import DOCS, blocks, name_of, rows, section

PAGE = DOCS / "configuration.md"
TABLES = {"`[edge]`": EdgeConfig, "`[zendesk]`": ZendeskConfig, "`[integrations.<name>]`": IntegrationConfig}
NO_DEFAULT = {"none", "the system's", "the target's host"}
CASES = list(TABLES.items())


def settings(tree: type) -> dict[str, dataclasses.Field]:
    """The settings of a table; `path` is the table's own name."""
    return {field.name: field for field in dataclasses.fields(tree) if field.name != "path"}


def documented(heading: str) -> dict[str, str]:
    """Each setting and the default that the page gives."""
    return {row[0].strip("`"): row[1].strip("`") for row in rows(section(PAGE, heading))}


@pytest.mark.parametrize(("heading", "tree"), CASES, ids=[heading for heading, _ in CASES])
def test_every_setting_is_documented_and_no_other(heading, tree):
    assert set(documented(heading)) == set(settings(tree))


@pytest.mark.parametrize(("heading", "tree"), CASES, ids=[heading for heading, _ in CASES])
def test_every_default_is_the_true_one(heading, tree):
    for name, field in settings(tree).items():
        said = documented(heading)[name]
        if field.default is dataclasses.MISSING:
            assert said == "required", name
        elif field.default in (None, "", ()):
            assert said in NO_DEFAULT, name
        elif isinstance(field.default, (bool, tuple)):
            assert said == str(field.default).strip("()',").lower(), name
        elif isinstance(field.default, (int, float)):
            assert float(said) == field.default, name
        else:
            assert said == str(field.default), name


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
    known = {f"SEALOCK_EDGE_{name.upper()}" for name in settings(EdgeConfig)}
    known |= {f"SEALOCK_EDGE_ZENDESK_{name.upper()}" for name in settings(ZendeskConfig)}
    for name in re.findall(r"\bSEALOCK_EDGE_[A-Z_]*[A-Z]\b", page.read_text()):
        tail = re.sub(r"^SEALOCK_EDGE_INTEGRATIONS_[A-Z0-9]+_", "", name).lower()
        assert name in known or tail in settings(IntegrationConfig), name
