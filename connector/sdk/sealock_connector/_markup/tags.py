# SPDX-License-Identifier: Apache-2.0
"""
Markup as tags and text, as HTML's tokenizer sees it: every character is looked at a bounded number of times.

What a browser would not show is left out: comments, declarations, scripts, styles. What elements contain that hold no
tags (`textarea`, `title`, `xmp`, ...) is text. Whatever lacks its end reaches to the markup's end, as in a browser.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple


class Kind(Enum):
    """What a token is."""

    START = auto()
    END = auto()
    TEXT = auto()


class Token(NamedTuple):
    """A tag by its name in lower case, or text with its entities decoded."""

    kind: Kind
    value: str
    attributes: dict[str, str] = {}  # noqa: RUF012 - nobody writes to it
    """Of a start tag: those of `ATTRIBUTES`, the first of each name, with their entities decoded."""


ATTRIBUTES = frozenset({"href", "src", "title", "alt", "rel"})
_NOTHING = Token(Kind.TEXT, "")
_NOT_SHOWN = frozenset({"script", "style"})
_ONLY_TEXT = frozenset({"textarea", "title"})
_RAW_TEXT = frozenset({"xmp", "iframe", "noembed", "noframes"})

_MARKUP = re.compile(r"<(?=[A-Za-z!/?])")
_NAME = re.compile(r"[^\t\n\f />]++")
_ATTRIBUTE = re.compile(
    r"[\t\n\f /]*+(?:(>)|(=?[^\t\n\f />=]*+)[\t\n\f ]*+(?:(=)[\t\n\f ]*+(?:([\"'])|([^\t\n\f >]*+)))?)"
)
_COMMENT_END = re.compile(r"--!?>")
_ENDS = {
    name: re.compile(rf"</{name}(?=[\t\n\f />])", re.ASCII | re.IGNORECASE)
    for name in _NOT_SHOWN | _ONLY_TEXT | _RAW_TEXT
}
_LONG_NUMBER = re.compile(r"&#(?:0*+([0-9]{8,})|[xX]0*+([0-9a-fA-F]{7,}));?")
_ZEROS = re.compile(r"&#([xX]?)0++(?=[0-9a-fA-F])")
_WITHOUT_END = re.compile(r"&(?=[A-Za-z])(?![A-Za-z0-9]{1,32}+;)")


def tokens(markup: str) -> Iterator[Token]:
    """The markup's tags and text, in order. Line ends have to be line feeds already."""
    at = 0
    while (found := _MARKUP.search(markup, at)) is not None:
        begin = found.start()
        if begin > at:
            yield Token(Kind.TEXT, decoded(markup[at:begin]))
        following = markup[begin + 1]
        if following == "/" and _is_letter(markup, begin + 2):
            name, _, at = _tag(markup, begin + 2)
            token = Token(Kind.END, name)
        elif following in "!/?":
            token, at = _NOTHING, _after_declaration(markup, begin)
        else:
            token, at = _beginning(markup, begin + 1)
        if token.value:
            yield token
    if at < len(markup):
        yield Token(Kind.TEXT, decoded(markup[at:]))


def decoded(text: str) -> str:
    """The text with its entities decoded. A number that no character has becomes U+FFFD, however long it is."""
    if "&" not in text:
        return text
    text = _ZEROS.sub(r"&#\1", text)
    return html.unescape(_LONG_NUMBER.sub("\ufffd", text))


def _tag(markup: str, begin: int) -> tuple[str, dict[str, str], int]:
    """The tag whose name begins there, and where it ends; an empty name for one without an end."""
    named = _NAME.match(markup, begin)
    at = begin if named is None else named.end()
    attributes: dict[str, str] = {}
    while (found := _ATTRIBUTE.match(markup, at)) is not None:
        at = found.end()
        if found[1]:
            return markup[begin : named.end() if named else begin].lower(), attributes, at
        value = found[5] or ""
        if quote := found[4]:
            end = markup.find(quote, at)
            if end < 0:
                break
            value, at = markup[at:end], end + 1
        elif at >= len(markup):
            break
        if (name := found[2].lower()) in ATTRIBUTES and name not in attributes:
            # `?a=1&copy=2` is an address, not a sign.
            attributes[name] = decoded(_WITHOUT_END.sub("&amp;", value))
    return "", {}, len(markup)


def _content(markup: str, name: str, begin: int) -> tuple[str, int]:
    """The text of an element that holds no tags, and where its end tag's end is."""
    end = None if name == "plaintext" else _ENDS[name].search(markup, begin)
    text = markup[begin : end.start() if end else len(markup)]
    after = _tag(markup, end.start() + 2)[2] if end else len(markup)
    if name in _NOT_SHOWN:
        return "", after
    return decoded(text) if name in _ONLY_TEXT else text, after


def _beginning(markup: str, begin: int) -> tuple[Token, int]:
    """The start tag whose name begins there, or the text of the element if it holds no tags, and where that ends."""
    name, attributes, at = _tag(markup, begin)
    if name in _ENDS or name == "plaintext":
        text, at = _content(markup, name, at)
        return Token(Kind.TEXT, text), at
    return Token(Kind.START, name, attributes), at


def _after_declaration(markup: str, begin: int) -> int:
    """Where a comment, a declaration or an end tag without a name ends."""
    if not markup.startswith("<!--", begin):
        end = markup.find(">", begin)
        return len(markup) if end < 0 else end + 1
    for short in ("<!-->", "<!--->"):
        if markup.startswith(short, begin):
            return begin + len(short)
    found = _COMMENT_END.search(markup, begin + 4)
    return found.end() if found else len(markup)


def _is_letter(markup: str, at: int) -> bool:
    return markup[at : at + 1].isascii() and markup[at : at + 1].isalpha()
