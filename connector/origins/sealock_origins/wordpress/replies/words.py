# SPDX-License-Identifier: Apache-2.0
"""Whether what a site stored is what was sent: by the words that people read, for filters change the rest."""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher

from sealock_connector.markup import one_line

_MOST_CHARS = 70_000
_MOST_WORDS_COMPARED = 200
_WORD = re.compile(r"\w+")
_NEARLY_ALL, _HALF = 0.8, 0.5
"""So much of the words stays where a filter replaces some, such as those of a list that is not wanted."""
_LOST = "?\ufffd"
_LAST_IN_THREE_BYTES = "\uffff"


class Kept(enum.Enum):
    """How much of a text a site kept."""

    WHOLE = enum.auto()
    """The words, perhaps with more around them or a few others."""
    MARKS_LOST = enum.auto()
    """The words, but for characters that its database cannot hold, or nothing from the first of these on."""
    LETTERS_LOST = enum.auto()
    """Less than the words, as letters of other countries are missing, or question marks stand in their place."""
    CUT = enum.auto()
    """The beginning alone."""
    CHANGED = enum.auto()
    """More than half of the words."""
    REPLACED = enum.auto()
    """Something else."""


def kept(sent: str, stored: str) -> Kept:
    """How much of the markup that was sent is in the markup that was stored."""
    ours, theirs = _visible(sent), _visible(stored)
    if ours == theirs:
        return Kept.WHOLE
    if _without_marks(ours) != ours and _lost_marks(ours, theirs):
        return Kept.MARKS_LOST
    return Kept.LETTERS_LOST if _lost_letters(ours, theirs) else kept_words(sent, stored)


def kept_words(sent: str, stored: str) -> Kept:
    """The same by whole words alone."""
    our_words, their_words = _words(_visible(sent)), _words(_visible(stored))
    if _contains(their_words, our_words):
        return Kept.WHOLE
    if their_words and their_words == our_words[: len(their_words)]:
        return Kept.CUT
    part = _part(our_words, their_words)
    if part >= _NEARLY_ALL and set(_numbers(our_words)) <= set(_numbers(their_words)):
        return Kept.WHOLE
    return Kept.CHANGED if part > _HALF else Kept.REPLACED


def forms(content: str) -> Iterator[str]:
    """
    The markup as it is, and as databases of fewer characters can hold it.

    First without the characters that three bytes of UTF-8 cannot say, then in ASCII: the others as references, which
    a browser shows as the characters.
    """
    yield content
    if any(each > _LAST_IN_THREE_BYTES for each in content):
        yield "".join(f"&#{ord(each)};" if each > _LAST_IN_THREE_BYTES else each for each in content)
    if not content.isascii():
        yield content.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _visible(markup: str) -> str:
    return unicodedata.normalize("NFC", one_line(markup, _MOST_CHARS))


def _without_marks(text: str) -> str:
    return "".join(each for each in text if each <= _LAST_IN_THREE_BYTES)


def _lost_marks(ours: str, theirs: str) -> bool:
    """Whether the two differ in the characters of four bytes alone, or the second ends where the first of them is."""
    first = next(place for place, each in enumerate(ours) if each > _LAST_IN_THREE_BYTES)
    return theirs.rstrip() == ours[:first].rstrip() or _squeezed(theirs) == _squeezed(ours)


def _lost_letters(ours: str, theirs: str) -> bool:
    """Whether the second is the first without characters that are not ASCII."""
    left = iter(each for each in theirs if each not in _LOST and not each.isspace())
    following = next(left, "")
    lost = False
    for each in ours:
        if each == following:
            following = next(left, "")
        elif not each.isascii():
            lost = True
        elif not (each.isspace() or each in _LOST):
            return False
    return lost and not following


def _squeezed(text: str) -> str:
    return "".join(each for each in _without_marks(text) if each not in _LOST and not each.isspace())


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold()) or [each for each in text if not each.isspace()]


def _contains(whole: list[str], part: list[str]) -> bool:
    return bool(part) and f" {' '.join(part)} " in f" {' '.join(whole)} "


def _part(ours: list[str], theirs: list[str]) -> float:
    """How much of our words is among theirs, in the same order."""
    ours, theirs = ours[:_MOST_WORDS_COMPARED], theirs[:_MOST_WORDS_COMPARED]
    blocks = SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / max(len(ours), 1)


def _numbers(words: list[str]) -> list[str]:
    """The words that tell two answers from the same draft apart."""
    return [word for word in words if any(each.isdigit() for each in word)]
