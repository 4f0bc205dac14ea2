# SPDX-License-Identifier: Apache-2.0
"""Every command in the docs is one that can be typed, and every command that there is is in the docs."""

from __future__ import annotations

import re
import shlex
from argparse import ArgumentParser
from importlib.metadata import entry_points

import pytest

from sealock_contract.command import GROUP
from tests.docs.pages import DOCS, ROOT, blocks, pages


def commands() -> dict[str, ArgumentParser]:
    """A parser for each installed command."""
    found = {}
    for entry in entry_points(group=GROUP):
        command = entry.load()
        found[entry.name] = ArgumentParser(prog=f"sealock {entry.name}", exit_on_error=True)
        command.add_arguments(found[entry.name])
    return found


def typed() -> list[tuple[str, list[str]]]:
    """Every `sealock ...` line of the pages, with the place where it stands."""
    lines = []
    for block in blocks("sh", "console"):
        whole = re.sub(r"^\$ ", "", block.code.replace("\\\n", " "), flags=re.MULTILINE)
        for line in whole.splitlines():
            words = shlex.split(line, comments=True)
            while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                words = words[1:]
            words = [word for word in words if word != "&" and not re.match(r"\d?>", word)]
            if words and words[0].rpartition("/")[2] == "sealock":
                lines.append((str(block), words[1:]))
    return lines


@pytest.mark.parametrize(("place", "words"), typed(), ids=str)
def test_every_command_in_the_docs_can_be_typed(place, words):
    if words[0] not in {"--help", "--version"}:
        commands()[words[0]].parse_args(words[1:])


@pytest.mark.parametrize("name", sorted(entry.name for entry in entry_points(group=GROUP)))
def test_every_command_is_documented(name):
    text = (DOCS / "commands.md").read_text()
    assert f"sealock {name}" in text


def test_every_option_of_every_command_is_documented():
    text = (DOCS / "commands.md").read_text()
    missing = []
    for name, parser in commands().items():
        missing += [f"sealock {name}: {option}" for option in sorted(options(parser)) if f"`{option}" not in text]
    assert missing == []


def options(parser: ArgumentParser) -> set[str]:
    """The long options of a parser and of the actions below it."""
    found = set()
    for action in parser._actions:
        found |= {option for option in action.option_strings if option.startswith("--") and option != "--help"}
        if isinstance(action.choices, dict):
            for below in action.choices.values():
                found |= options(below)
    return found


def test_every_make_target_is_in_the_readme_or_contributing():
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    text = "\n".join(page.read_text() for page in pages() if page.parent == ROOT)
    assert [target for target in targets if f"make {target}" not in text] == []
