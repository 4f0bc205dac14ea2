# SPDX-License-Identifier: Apache-2.0
"""Markup as plain text, the way people would have typed it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sealock_connector._markup.cleaning import TAGS, prepared
from sealock_connector._markup.nesting import VOID, nested
from sealock_connector._markup.tags import Kind, tokens

_PARAGRAPHS = {"p", "pre", "blockquote", "ul", "ol", "dl", "table", "h1", "h2", "h3", "h4", "h5", "h6", "hr"}
_LINES = {"div", "li", "tr", "dt", "dd"}
_FRAMED = {"a", "blockquote", "li", "ul", "ol"}
_MOST_FRAMES = 16
"""Deeper lists and quotes are written like those around them: each level costs room on every line."""
_SPACES = re.compile(r"[ \t\n\r\f]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_LINE_ENDS = re.compile(r"\n{2,}")


def plain_text(markup: str) -> str:
    """Markup as text: lists with dashes or numbers, quotes with `>`, links in brackets."""
    writer = _Writer()
    for kind, value, attributes in nested(tokens(prepared(markup)), TAGS):
        if kind is Kind.TEXT:
            writer.write(value)
        elif kind is Kind.START:
            writer.enter(value, attributes)
            if value in VOID:
                writer.leave(value)
        else:
            writer.leave(value)
    lines = writer.finish().split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def one_line(markup: str) -> str:
    """The text of markup on one line."""
    return " ".join("".join(each.value for each in tokens(prepared(markup)) if each.kind is Kind.TEXT).split())


def linked(markup: str, relation: str) -> str:
    """The addresses of a page's `link` elements of this relation, one a line."""
    found = (
        each.attributes.get("href", "")
        for each in tokens(prepared(markup))
        if each.value == "link" and each.kind is Kind.START and relation in each.attributes.get("rel", "").split()
    )
    return "\n".join(" ".join(address.split()) for address in found)


@dataclass(slots=True)
class _Frame:
    """What an element that is written in a way of its own has gathered so far."""

    tag: str
    address: str = ""
    parts: list[str] = field(default_factory=list)
    number: int = 0

    def text(self) -> str:
        return _BLANK_LINES.sub("\n\n", "".join(self.parts))


class _Writer:
    def __init__(self) -> None:
        self._frames = [_Frame("body")]
        self._preformatted = 0
        self._depth = 0

    def write(self, text: str) -> None:
        """Write text, with runs of white space as one space except in `pre`."""
        if not self._preformatted:
            text = _SPACES.sub(" ", text)
            if self._at_line_start():
                text = text.lstrip(" ")
        self._put(text)

    def enter(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        if tag == "br":
            self._put("\n")
        elif tag == "img":
            self._picture(attributes)
        elif tag in {"td", "th"} and not self._at_line_start():
            self._put(" | ")
        self._break(tag)
        if tag == "pre":
            self._preformatted += 1
        if tag in _FRAMED:
            self._depth += 1
            if self._depth <= _MOST_FRAMES:
                self._frames.append(_Frame(tag, attributes.get("href", "")))

    def leave(self, tag: str) -> None:
        """End an element."""
        if tag == "pre":
            self._preformatted -= 1
        if tag in _FRAMED:
            if self._depth <= _MOST_FRAMES:
                self._close()
            self._depth -= 1
        self._break(tag)

    def finish(self) -> str:
        """Everything that was written."""
        return self._frames[0].text()

    def _close(self) -> None:
        frame = self._frames.pop()
        text = frame.text()
        if frame.tag == "a":
            self._put(_link(text, frame.address))
        elif frame.tag == "blockquote":
            self._put("\n".join(f"> {line}".rstrip() for line in text.strip("\n").split("\n")))
        elif frame.tag == "li":
            around = self._frames[-1]
            around.number += 1
            bullet = f"{around.number}. " if around.tag == "ol" else "- "
            self._put(bullet + text.strip("\n").replace("\n", "\n" + " " * len(bullet)))
        else:
            self._put(_LINE_ENDS.sub("\n", text.strip("\n")))

    def _picture(self, attributes: dict[str, str]) -> None:
        source, words = attributes.get("src", ""), attributes.get("alt", "")
        self._put(f"[{words or 'picture'}: {source}]" if source else words)

    def _break(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            nested_list = tag in {"ul", "ol"} and self._frames[-1].tag == "li"
            self._end_line("\n" if nested_list else "\n\n")
        elif tag in _LINES:
            self._end_line("\n")

    def _end_line(self, end: str) -> None:
        parts = self._frames[-1].parts
        if parts and not parts[-1].endswith(end):
            parts.append("\n" if end == "\n\n" and parts[-1].endswith("\n") else end)

    def _put(self, text: str) -> None:
        if text:
            self._frames[-1].parts.append(text)

    def _at_line_start(self) -> bool:
        for frame in reversed(self._frames):
            if frame.parts:
                return frame.parts[-1].endswith("\n")
            if frame.tag != "a":
                return True
        return True


def _link(text: str, address: str) -> str:
    shown = text.strip()
    bare = address.removeprefix("mailto:")
    if not address or shown in {address, bare} or address.rstrip("/").endswith(f"://{shown.rstrip('/')}"):
        return text
    return f"{text.rstrip()} ({bare})" if shown else bare
