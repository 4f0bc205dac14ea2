# SPDX-License-Identifier: Apache-2.0
"""A comment's HTML, cleaned and as plain text, the way people would have typed it; a reply's plain text as HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin

import nh3
from selectolax.lexbor import LexborHTMLParser, LexborNode

_TAGS = {
    *("p", "br", "b", "strong", "i", "em", "u", "s", "del", "ins", "sub", "sup", "cite", "q", "abbr", "code", "pre"),
    *("a", "img", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "hr"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "div", "span"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt"}, "abbr": {"title"}}
_PARAGRAPHS = {"p", "pre", "blockquote", "ul", "ol", "dl", "table", "h1", "h2", "h3", "h4", "h5", "h6", "hr"}
_LINES = {"div", "li", "tr", "dt", "dd"}
_FRAMED = {"a", "blockquote", "li", "ul", "ol"}
_MOST_FRAMES = 16
"""Deeper lists and quotes are written like those around them: each level costs room on every line."""
_SPACES = re.compile(r"[ \t\n\r\f]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def clean_html(rendered: str, *, site: str) -> str:
    """
    The part of a comment's HTML that is harmless in an agent's browser: text, links, pictures over https.

    Addresses without a host are the site's.
    """

    def absolute(tag: str, attribute: str, value: str) -> str | None:
        if attribute not in {"href", "src"}:
            return value
        try:
            address = urljoin(f"{site}/", value.strip())
        except ValueError:
            return None
        if tag == "img":
            return address if address.startswith("https://") else None
        return address if address.startswith(("https://", "http://", "mailto:")) else None

    return nh3.clean(
        _CONTROL.sub("", rendered),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=absolute,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    ).strip()


def plain_text(cleaned: str) -> str:
    """Cleaned HTML as text, however deeply nested: lists with dashes or numbers, quotes with `>`, links in brackets."""
    body = LexborHTMLParser(cleaned).body
    if body is None:
        return ""
    writer = _Writer()
    for node, entering in _walk(body):
        if node.tag == "-text":
            writer.write(node.text_content or "")
        elif entering:
            writer.enter(node)
        else:
            writer.leave(node)
    lines = writer.finish().split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def title_of(rendered: str) -> str:
    """A title that WordPress rendered, on one line."""
    return " ".join(plain_text(nh3.clean(rendered, tags=set())).split())


def as_comment(message: str) -> str:
    """A reply as it has to be posted to be read as it was written: nothing in it is HTML."""
    text = message.replace("\r\n", "\n").replace("\r", "\n")
    return html.escape(_CONTROL.sub("", text), quote=False).strip()


def link_to(address: str, name: str) -> str:
    """A link as a line of a comment."""
    return f'<a href="{html.escape(address)}">{html.escape(name)}</a>'


@dataclass(slots=True)
class _Frame:
    """What an element that is written in a way of its own has gathered so far."""

    tag: str
    parts: list[str] = field(default_factory=list)
    number: int = 0

    def text(self) -> str:
        return _BLANK_LINES.sub("\n\n", "".join(self.parts))


def _walk(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Each node below the root, and each element once more when it ends. Not recursive: nesting has no limit."""
    waiting = [(child, True) for child in reversed(list(root.iter(include_text=True)))]
    while waiting:
        node, entering = waiting.pop()
        yield node, entering
        if entering and node.tag != "-text":
            waiting.append((node, False))
            waiting.extend((child, True) for child in reversed(list(node.iter(include_text=True))))


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

    def enter(self, node: LexborNode) -> None:
        """Begin an element."""
        tag = node.tag
        if tag == "br":
            self._put("\n")
        elif tag == "img":
            self._picture(node)
        elif tag in {"td", "th"} and not self._at_line_start():
            self._put(" | ")
        self._break(tag)
        if tag == "pre":
            self._preformatted += 1
        if tag in _FRAMED:
            self._depth += 1
            if self._depth <= _MOST_FRAMES:
                self._frames.append(_Frame(tag or ""))

    def leave(self, node: LexborNode) -> None:
        """End an element."""
        tag = node.tag
        if tag == "pre":
            self._preformatted -= 1
        if tag in _FRAMED:
            if self._depth <= _MOST_FRAMES:
                self._close(node)
            self._depth -= 1
        self._break(tag)

    def finish(self) -> str:
        """Everything that was written."""
        return self._frames[0].text()

    def _close(self, node: LexborNode) -> None:
        frame = self._frames.pop()
        text = frame.text()
        if frame.tag == "a":
            self._put(_link(text, node.attributes.get("href") or ""))
        elif frame.tag == "blockquote":
            self._put("\n".join(f"> {line}".rstrip() for line in text.strip("\n").split("\n")))
        elif frame.tag == "li":
            around = self._frames[-1]
            around.number += 1
            bullet = f"{around.number}. " if around.tag == "ol" else "- "
            self._put(bullet + text.strip("\n").replace("\n", "\n" + " " * len(bullet)))
        else:
            self._put(re.sub(r"\n{2,}", "\n", text.strip("\n")))

    def _picture(self, node: LexborNode) -> None:
        source, words = node.attributes.get("src") or "", node.attributes.get("alt") or ""
        self._put(f"[{words or 'picture'}: {source}]" if source else words)

    def _break(self, tag: str | None) -> None:
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
