# SPDX-License-Identifier: Apache-2.0
"""Whatever our connectors say to administrators is translated into every language of the edge's pages."""

from __future__ import annotations

import ast
from importlib.metadata import entry_points
from importlib.resources import files
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from sealock_connector import Connector
from sealock_contract.catalogues import SOURCE
from sealock_edge.pages import languages

CONNECTORS = [entry.load() for entry in entry_points(group="sealock.origins")]
TRANSLATED = sorted(set(languages()) - {SOURCE})
SPOKEN = {"title", "label", "help", "description", "submit_label", "message", "placeholder"}
"""What a form says, by the names of the SDK's arguments."""
NOT_WORDS = {"https://blog.example.com", "https://guestbook.example.com"}
POSITIONS = {"Field": 1, "Form": 1, "Problem": 0}
"""Where the words stand in calls without names."""


def package(connector: type[Connector]):
    return files(f"sealock_origins.{connector.origin}")


def said(connector: type[Connector]) -> set[str]:
    found = extract_from_dir(str(package(connector)), [("**.py", "python")], keywords={"Text": None})
    return {message for _, _, message, _, _ in found}


def catalogue(connector: type[Connector], tag: str) -> dict[str, str]:
    with (package(connector) / "locales" / f"{tag}.po").open("rb") as file:
        return {message.id: message.string for message in read_po(file, abort_invalid=True) if message.id}


def names(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("connector", CONNECTORS)
def test_a_connector_speaks_the_languages_of_the_pages(connector):
    assert list(connector.catalogues.languages) == TRANSLATED


@pytest.mark.parametrize("connector", CONNECTORS)
@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_catalogue_has_every_text_of_its_connector_and_no_other(connector, tag):
    translated = catalogue(connector, tag)

    assert translated.keys() == said(connector)
    assert [text for text, translation in translated.items() if not translation.strip()] == []


@pytest.mark.parametrize("connector", CONNECTORS)
@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_translation_keeps_the_placeholders_and_the_end_of_its_text(connector, tag):
    for text, translation in catalogue(connector, tag).items():
        assert names(translation) == names(text)
        assert text.endswith(".") == translation.endswith((".", "。")), text


@pytest.mark.parametrize("connector", CONNECTORS)
def test_a_form_says_nothing_that_is_not_marked_for_translation(connector):
    bare = []
    for path in package(connector).iterdir():
        if path.name.endswith(".py"):
            calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
            bare += [(path.name, words) for call in calls for words in unmarked(call)]
    assert bare == []


def unmarked(call: ast.Call) -> list[str]:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name not in POSITIONS:
        return []
    spoken = [keyword.value for keyword in call.keywords if keyword.arg in SPOKEN]
    spoken += call.args[POSITIONS[name] : POSITIONS[name] + 1]
    return [node.value for node in spoken if isinstance(node, ast.Constant) and node.value not in {"", *NOT_WORDS}]
