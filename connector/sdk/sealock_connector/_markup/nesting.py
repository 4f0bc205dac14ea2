# SPDX-License-Identifier: Apache-2.0
"""
Tags as a tree: every element that begins ends too, in order, and no more than so many contain each other.

What lacks its end is ended where HTML's rules end it: paragraphs by blocks, list items by the next, cells by rows; text
between a table's rows moves before the table. Two things are simpler than in a browser, whose way would let a few tags
be written again for every other: what is bold or a link ends with the block that it stands in, and a block in it ends
with it. So the work is bounded by the size of the markup, whatever is in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from sealock_connector._markup.tags import Kind, Token

MOST_DEPTH = 32
"""Elements deeper than this are left out; what they contain is not."""

VOID = frozenset({"br", "hr", "img"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BODIES = frozenset({"tbody", "thead", "tfoot"})
_CELLS = frozenset({"td", "th"})
_BETWEEN_CELLS = _BODIES | {"table", "tr"}
_TABLE_PARTS = _BODIES | _CELLS | {"caption", "tr"}
_ITEMS = frozenset({"li", "dt", "dd"})
_BLOCKS = _HEADINGS | {
    *("address", "article", "aside", "blockquote", "center", "details", "dialog", "dir", "div", "dl", "fieldset"),
    *("figcaption", "figure", "footer", "form", "header", "hgroup", "listing", "main", "menu", "nav", "ol", "p", "pre"),
    *("search", "section", "summary", "table", "ul"),
}
"""What ends a paragraph that it begins in."""
_SPECIAL = _BLOCKS | _ITEMS | _TABLE_PARTS
_FORMATTING = frozenset({"a", "b", "code", "em", "i", "s", "strong", "u"})
_SAME_AS = {"image": "img"}

_Tree: TypeAlias = "list[Token | _Tree]"
_NONE = -1


@dataclass(slots=True)
class _Element:
    """An open element. The numbers are places in the stack: the nearest of its kind, itself included."""

    name: str
    shown: bool
    depth: int
    """How many shown elements there are, itself included."""
    content: _Tree
    """Where what it contains is written."""
    open: dict[str, list[int]]
    """The places of the open elements by name, as far as an end tag can reach: no further than its cell."""
    table: int = _NONE
    paragraph: int = _NONE
    item: int = _NONE
    special: int = _NONE


class _Builder:
    def __init__(self, known: Collection[str], most_depth: int) -> None:
        self._known = known
        self._most_depth = most_depth
        self._root: _Tree = []
        self._stack = [_Element("", shown=False, depth=0, content=self._root, open={})]

    def text(self, token: Token) -> None:
        """Write text."""
        blank = not token.value.strip(" \t\n\f")
        (self._stack[-1] if blank else self._parent()).content.append(token)

    def start(self, token: Token) -> None:
        """Begin an element, after those have ended that it cannot be in."""
        name = _SAME_AS.get(token.value, token.value)
        if name in _TABLE_PARTS:
            self._start_part(name)
            return
        if name == "table" and self._stack[-1].name in _BETWEEN_CELLS:
            self._close_to(self._stack[-1].table)
        if name in _ITEMS:
            self._end_item(name)
        if name in _BLOCKS or name in _ITEMS or name == "hr":
            self._close_to(self._stack[-1].paragraph)
        if name in _HEADINGS and self._stack[-1].name in _HEADINGS:
            self._close_to(len(self._stack) - 1)
        elif name == "a":
            self._close_to(self._nearest("a"))
        if name in VOID:
            if name in self._known:
                self._parent().content.append(Token(Kind.START, name, token.attributes))
        elif name in self._known or name in _BLOCKS:
            self._open(name, token.attributes)

    def end(self, name: str) -> None:
        """End an element, if one of this name can be ended here, and all that is open in it."""
        if name == "br":
            self.start(Token(Kind.START, "br"))
        elif name in _TABLE_PARTS:
            self._close_to(self._part(name))
        elif name == "table":
            self._close_to(self._stack[-1].table)
        elif name == "p":
            self._close_to(self._stack[-1].paragraph)
        else:
            found = self._nearest("h1" if name in _HEADINGS else name)
            if found > self._end_reaches(name):
                self._close_to(found)

    def finish(self) -> Iterator[Token]:
        """End everything; all that was written, in order."""
        self._close_to(1)
        waiting = [iter(self._root)]
        while waiting:
            for each in waiting[-1]:
                if isinstance(each, list):
                    waiting.append(iter(each))
                    break
                yield each
            else:
                waiting.pop()

    def _parent(self) -> _Element:
        """What contains whatever is written now: between a table's cells, what the table stands in."""
        top = self._stack[-1]
        return self._stack[top.table - 1] if top.name in _BETWEEN_CELLS else top

    def _open(self, name: str, attributes: dict[str, str] | None = None) -> None:
        parent = self._parent()
        room = 4 if name == "table" else 1
        self._push(name, parent, shown=name in self._known and parent.depth + room <= self._most_depth)
        self._begin(self._stack[-1], parent, attributes or {})

    def _push(self, name: str, parent: _Element, *, shown: bool) -> None:
        top, place = self._stack[-1], len(self._stack)
        barrier = name == "table" or name in _CELLS or name == "caption"
        element = _Element(
            name,
            shown=shown,
            depth=parent.depth + shown,
            content=[] if name == "table" else parent.content,
            open={} if barrier else top.open,
            table=place if name == "table" else top.table,
            paragraph=place if name == "p" else _NONE if barrier else top.paragraph,
            special=place if name in _SPECIAL else top.special,
        )
        element.item = place if name in _ITEMS else top.item
        if name in _SPECIAL and name not in _ITEMS and name not in {"address", "div", "p"}:
            element.item = _NONE
        element.open.setdefault("h1" if name in _HEADINGS else name, []).append(place)
        self._stack.append(element)

    def _begin(self, element: _Element, parent: _Element, attributes: dict[str, str]) -> None:
        content = element.content if element.name == "table" else parent.content
        if element.shown:
            content.append(Token(Kind.START, element.name, attributes))
        elif element.name in self._known and element.name in _SPECIAL:
            content.append(Token(Kind.START, "br"))

    def _start_part(self, name: str) -> None:
        """Begin a part of the innermost table, with what it has to be in; there is none outside of tables."""
        table = self._stack[-1].table
        if table == _NONE:
            return
        place = table + 1
        if name == "tr" or name in _CELLS:
            place += self._is_part(place, _BODIES)
        if name in _CELLS:
            place += place > table + 1 and self._is_part(place, {"tr"})
        self._close_to(place)
        if name == "caption":
            self._push(name, self._stack[table - 1], shown=False)
            return
        missing = [] if name in _BODIES else ["tbody", "tr", name][place - table - 1 : 2 if name == "tr" else 3]
        for each in missing or [name]:
            top = self._stack[-1]
            self._push(each, top, shown=self._stack[table].shown)
            self._begin(self._stack[-1], top, {})

    def _is_part(self, place: int, names: Collection[str]) -> bool:
        return place < len(self._stack) and self._stack[place].name in names

    def _part(self, name: str) -> int:
        """Where the part of the innermost table is: bodies, rows and cells follow right on the table."""
        table = self._stack[-1].table
        if table == _NONE:
            return _NONE
        return next((place for place in range(table + 1, table + 4) if self._is_part(place, {name})), _NONE)

    def _end_item(self, name: str) -> None:
        item = self._stack[-1].item
        if item != _NONE and (self._stack[item].name == "li") == (name == "li"):
            self._close_to(item)

    def _end_reaches(self, name: str) -> int:
        """The place in the stack that an end tag of this name does not reach across."""
        if name == "li":
            return max(self._nearest("ul"), self._nearest("ol"))
        return _NONE if name in _SPECIAL or name in _FORMATTING else self._stack[-1].special

    def _nearest(self, name: str) -> int:
        places = self._stack[-1].open.get(name)
        return places[-1] if places else _NONE

    def _close_to(self, place: int) -> None:
        """End the element at the place in the stack, and all within it; none if the place is none."""
        while 0 < place < len(self._stack):
            element = self._stack.pop()
            element.open["h1" if element.name in _HEADINGS else element.name].pop()
            if element.shown:
                element.content.append(Token(Kind.END, element.name))
            if element.name == "table":
                self._parent().content.append(element.content)


def nested(tokens: Iterable[Token], known: Collection[str], most_depth: int = MOST_DEPTH) -> Iterator[Token]:
    """
    The same as well-nested elements: after each start comes its end, but for `VOID` ones, which have none.

    Only `known` elements are shown, and none deeper than `most_depth`; what others contain stays.
    """
    builder = _Builder(known, most_depth)
    for token in tokens:
        if token.kind is Kind.TEXT:
            builder.text(token)
        elif token.kind is Kind.START:
            builder.start(token)
        else:
            builder.end(token.value)
    return builder.finish()
