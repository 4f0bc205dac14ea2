# SPDX-License-Identifier: Apache-2.0
"""Markup that costs a parser more than its size: each kind in any size."""

from __future__ import annotations

from collections.abc import Callable

Kind = Callable[[int], str]


def repeated(unit: str, before: str = "", after: str = "") -> Kind:
    """As often as it fits."""
    return lambda size: before + unit * ((size - len(before) - len(after)) // len(unit)) + after


def numbered(unit: str) -> Kind:
    """Each time with another number, so that no two are the same."""

    def made(size: int) -> str:
        return "".join(unit.format(number) for number in range(size // (len(unit) + 4)))

    return made


def halves(first: str, second: str) -> Kind:
    """Half of it one thing, half of it another, which may multiply."""
    return lambda size: first * (size // 2 // len(first)) + second * (size // 2 // len(second))


def closed(start: str, end: str) -> Kind:
    """Nested, and properly closed."""
    return lambda size: start * (size // (len(start) + len(end))) + "x" + end * (size // (len(start) + len(end)))


def attributes(unit: str) -> Kind:
    """One tag with ever so many attributes."""
    return lambda size: "<a " + numbered(unit)(size) + ">x</a>"


KINDS: dict[str, Kind] = {
    "nested quotes": repeated("<blockquote>x"),
    "nested quotes, closed": closed("<blockquote>", "</blockquote>"),
    "nested unknown": repeated("<nobody>"),
    "nested divs": repeated("<div>x"),
    "nested lists": repeated("<ul><li>x"),
    "flat list": repeated("<li>x", "<ul>"),
    "nested tables": repeated("<table><tr><td>x"),
    "foster parents": repeated("<b>x</b>", "<table>"),
    "foster parents, text": repeated("<tr>x", "<table>"),
    "rows without a table": repeated("<tr><td>x"),
    "captions": repeated("<caption>x<table>"),
    "bold, then paragraphs": halves("<b>", "<p>x"),
    "fonts, then paragraphs": lambda size: numbered("<font color={}>")(size // 2) + "<p>x" * (size // 8),
    "formatting, then paragraphs": halves("<b><i><em><s><u><code><tt><big>", "<p>x"),
    "misnested": repeated("<b><p></b><i></p>x"),
    "adoption": halves("<b><i><a>", "</b></i></a>x"),
    "links in links": repeated("<a href=x>x"),
    "nobr": repeated("<nobr>x"),
    "buttons": repeated("<button>x<p>"),
    "ends without beginnings": repeated("</p></b></blockquote>"),
    "ends of p": repeated("</p>"),
    "deep, then ends": halves("<div>", "</span>x"),
    "deep, then p": halves("<span>", "<p>x"),
    "headings": repeated("<h1>x<h2>y"),
    "svg": repeated("<svg><g>x"),
    "math": repeated("<math><mi>x"),
    "svg and html": repeated("<svg><desc><p>x"),
    "svg, cdata": repeated("<svg><![CDATA[x]]>"),
    "templates": repeated("<template>x"),
    "selects": repeated("<select><option>x<optgroup>"),
    "frames": repeated("<frameset><frame>"),
    "comments": repeated("<!--x-->"),
    "comment without end": repeated("<!--x"),
    "comment of dashes": repeated("-", "<!--"),
    "comment ends of comments": repeated("--!", "<!--"),
    "cdata": repeated("<![CDATA[x"),
    "doctypes": repeated("<!DOCTYPE x>"),
    "instructions": repeated("<?x"),
    "plaintext": repeated("<plaintext>x"),
    "textareas": repeated("<textarea>x"),
    "titles, closed": repeated("<title>x</title>"),
    "scripts": repeated("<script>x"),
    "scripts in comments": repeated("<script><!--<script>", "<script>"),
    "styles, closed": repeated("<style>x</style>"),
    "ends of scripts": repeated("</script", "<script>"),
    "xmp": repeated("<xmp>x</xm"),
    "entities without end": repeated("&amp"),
    "long entities": repeated("&CounterClockwiseContourIntegra"),
    "ampersands": repeated("&"),
    "one number": repeated("9", "&#", ";"),
    "numbers": repeated("&#x41;"),
    "attributes": attributes("a{}=x "),
    "attributes, the same": lambda size: "<a " + "href=x " * (size // 7) + ">x</a>",
    "attributes without values": attributes("a{} "),
    "one attribute": repeated("x", "<a href='", "'>x</a>"),
    "entities in an attribute": repeated("&amp;", "<a title='", "'>x</a>"),
    "attribute without end": repeated("x=' ", "<a "),
    "quotes that open": repeated("<a href=' "),
    "tag without end": repeated("x", "<"),
    "tags without ends": repeated("<b "),
    "slashes": repeated("/", "<a "),
    "equals": repeated("=", "<a "),
    "spaces in a tag": repeated(" ", "<a"),
    "angle brackets": repeated("<"),
    "ends without names": repeated("</"),
    "NULs": repeated("\0"),
    "NULs in tags": repeated("<\0b\0>x"),
    "spaces": repeated(" "),
    "line ends": repeated("\n"),
    "breaks": repeated("<br>"),
    "breaks in quotes": lambda size: "<blockquote>" * 200 + "x<br>" * (size // 5),
    "pre in pre": repeated("<pre>\n"),
    "pictures": repeated("<img src=https://x.example/y>"),
    "links": repeated("<a href=/x>y</a>"),
    "rules": repeated("<hr>"),
    "paragraphs": repeated("<p>x"),
    "text": repeated("words and words "),
    "text that is not ASCII": repeated("ö💥"),
}
