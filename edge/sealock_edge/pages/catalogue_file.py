# SPDX-License-Identifier: Apache-2.0
"""Reads a catalogue of translations in gettext's own text format (.po), as translators' tools write it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

_LINE = re.compile(r'(?:(msgid_plural|msgid|msgstr)(?:\[(\d)\])? )?("(?:[^"\\]|\\.)*")')


class BadCatalogue(Exception):
    """The text is no catalogue; the message names the line."""


def read_catalogue(text: str) -> dict[str, tuple[str, ...]]:
    """
    The forms of each translation, by the English text; one form unless the text counts something.

    Left out: the header, and what translators marked as fuzzy. Raises `BadCatalogue`: it is malformed, or translates
    a text twice.
    """
    found: dict[str, tuple[str, ...]] = {}
    for number, block in _entries(text):
        entry = _entry(number, block)
        original = entry.get("msgid", "")
        forms = tuple(form for key, form in entry.items() if key.startswith("msgstr"))
        if original in found or not forms:
            raise BadCatalogue(f"the entry at line {number} is incomplete, or there twice")
        found[original] = forms
    found.pop("", None)
    return found


def _entries(text: str) -> Iterator[tuple[int, list[str]]]:
    """Blocks between empty lines, with the line at which each begins."""
    number = 1
    for block in re.split(r"\n[ \t]*\n", text):
        lines = block.strip("\n").split("\n")
        fuzzy = any(line.startswith("#,") and "fuzzy" in line for line in lines)
        words = [line for line in lines if line.strip() and not line.startswith("#")]
        if words and not fuzzy:
            yield number, words
        number += block.count("\n") + 2


def _entry(number: int, lines: list[str]) -> Mapping[str, str]:
    entry: dict[str, str] = {}
    key = ""
    for line in lines:
        match = _LINE.fullmatch(line.strip())
        if match is None or not (match[1] or key):
            raise BadCatalogue(f"the entry at line {number} cannot be read")
        if match[1]:
            key = match[1] + (match[2] or "")
        entry[key] = entry.get(key, "") + ast.literal_eval(match[3])
    return entry
