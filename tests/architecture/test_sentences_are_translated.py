# SPDX-License-Identifier: Apache-2.0
"""
Nobody reads English who does not want to: whatever looks like a sentence in the code is marked for translation.

It is found by its looks, so that the next one is, too: words that begin as a sentence does, and end as one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import sealock_connector
import sealock_edge
import sealock_origins
from sealock_contract.catalogues import SOURCE
from sealock_edge.pages import languages, translations

TRANSLATED = sorted(set(languages()) - {SOURCE})
SDK, ORIGINS, EDGE = (
    Path(module.__file__).parent for module in (sealock_connector, sealock_origins, sealock_edge) if module.__file__
)
OPERATORS = {
    SDK: {"_command.py", "_serving/options.py", "_telemetry.py", "testing"},
    ORIGINS: {"meta/options.py"},
    EDGE: {"commands", "config", "connectors/faults.py", "telemetry"},
}
"""What is said to whoever runs the programs: help, settings, logs and metrics, in English."""
SQL = {"CREATE", "DELETE", "INSERT", "PRAGMA", "SELECT", "UPDATE"}
NOT_SAID = {
    "Anonymous",
    "Cursor(since={}, remembered={})",
    "Meta refused: {} ({}, code {}/{})",
    "OpenAccount({}, {}, stale={})",
    "Sealock/{} (WordPress connector)",
    "Sealock/{} (reply {}.",
    "{} (external_id {})",
    "{} answered ({})",
    "{}: {}.",
}
"""What only logs, programs and developers see."""
MACHINES = {
    "The caller has hung up.",
    "Too many events are in hand. Send these again later.",
    "Too many webhooks come at once. Send this one again in {seconds} s.",
    "This cannot be remembered now. Send it again later.",
    "The body is too large.",
    "The body must be {}.",
    "The body ended early.",
    "This Zendesk account is not named in the configuration.",
    "This account belongs to another Zendesk account.",
    "This was not sealed here.",
    "Handshake read failed (Endpoint closing)",
}
"""What is wrong with a request that no person of ours sends; a page that has it marks it as English."""


def looks_like_one(text: str) -> bool:
    """Whether people would take it for a sentence, or for a remark in brackets."""
    if len(text) < 9 or " " not in text or text.partition(" ")[0] in SQL:
        return False
    if text[0] in "([":
        return text[1].isalpha() and text[-1] == {"(": ")", "[": "]"}[text[0]]
    return (text[0].isupper() or text[0] == "{") and text[-1] in ".!?:…"


def sentences(tree: ast.Module) -> Iterator[str]:
    """Those that are no documentation, and that no `Text` marks."""
    left_out: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left_out.add(node.value)
        elif isinstance(node, ast.Call) and name_of(node.func) == "Text":
            left_out |= set(ast.walk(node))
        elif isinstance(node, ast.JoinedStr):
            left_out |= set(ast.walk(node)) - {node}
    for node in ast.walk(tree):
        if node not in left_out and looks_like_one(text := words_of(node).strip()):
            yield text


def name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def words_of(node: ast.AST) -> str:
    """A string as it stands, or an f-string with braces for its values; else nothing."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def modules(package: Path) -> list[Path]:
    to_operators = OPERATORS[package]
    found = {path: path.relative_to(package) for path in package.rglob("*.py")}
    return [
        path
        for path, name in found.items()
        if not to_operators & {name.as_posix(), *(each.as_posix() for each in name.parents)}
    ]


def unmarked(package: Path) -> list[tuple[str, str]]:
    return [
        (path.relative_to(package).as_posix(), text)
        for path in modules(package)
        for text in sentences(ast.parse(path.read_text(encoding="utf-8")))
        if text not in NOT_SAID
    ]


@pytest.mark.parametrize("package", [SDK, ORIGINS], ids=["sdk", "origins"])
def test_what_connectors_say_is_marked_for_translation(package):
    assert unmarked(package) == []


@pytest.mark.parametrize("tag", TRANSLATED)
def test_what_the_edge_says_is_in_its_catalogues(tag):
    texts = translations(tag)
    assert [each for each in unmarked(EDGE) if each[1] not in MACHINES and not texts.translates(each[1])] == []


@pytest.mark.parametrize("tag", TRANSLATED)
def test_what_the_sdk_says_is_in_its_catalogues_and_nothing_else(tag):
    package = files("sealock_connector")
    found = extract_from_dir(
        str(package), [("**.py", "python")], keywords={"Text": None}, directory_filter=lambda _: True
    )
    said = {text for _, _, text, _, _ in found}
    with (package / "locales" / f"{tag}.po").open("rb") as file:
        catalogue = {message.id: message.string for message in read_po(file, abort_invalid=True) if message.id}

    assert catalogue.keys() == said
    for text, translation in catalogue.items():
        assert text.count("{") == translation.count("{"), text
        assert text.endswith(".") == translation.endswith((".", "。")), text


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('raise MessageRejected("The shop is closed.")', ["The shop is closed."]),
        ('raise MessageRejected(f"{shop} takes {n} files.")', ["{} takes {} files."]),
        ('CLOSED = "The shop " "is closed."', ["The shop is closed."]),
        ('text = "(nothing was written)"', ["(nothing was written)"]),
        ('raise MessageRejected(Text("The shop is closed."))', []),
        ('raise MessageRejected(sdk.Text("{shop} is closed.", shop=shop))', []),
        ('raise OriginUnavailable("the shop answers 500")', []),
        ('rows = "SELECT name FROM shops WHERE open = ?"', []),
        ('"""The shop is closed."""\nname = "Name"', []),
    ],
)
def test_a_sentence_is_known_by_its_looks(code, found):
    assert list(sentences(ast.parse(code))) == found
