# SPDX-License-Identifier: Apache-2.0
"""
How a case becomes a hostile one: a few edits of its tokens.

A token is what a parser sees as one: a quoted text, a number, a word, a sign, or a byte that is no text. So the edits
of JSON give JSON with another value somewhere, and the edits of a form another form, more often than rubbish.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from hypothesis import strategies as st

_TOKEN = re.compile(rb'"(?:[^"\\\n]|\\.)*"|[A-Za-z0-9_.+-]+|[ \t]+|[^\x80-\xff]|[\x80-\xff]+', re.DOTALL)
_CLOSING = {b"{": b"}", b"[": b"]", b"(": b")", b"<": b">"}
MOST_BYTES = 1_000_000
POSITIONS = 2**16

VALUES: Sequence[bytes] = (
    *(b"null", b"true", b"false", b"0", b"-1", b"1", b"0.5", b"[]", b"{}", b'""', b"[null]", b"[[]]", b"[{}]"),
    *(b'{"":null}',),
    *(b"2147483648", b"9223372036854775808", b"18446744073709551616", b"1e999", b"-1e999", b"1e300", b"NaN"),
    *(b"Infinity",),
    *(b"9" * 25, b"9" * 400, b"9" * 5_000, b"-" + b"9" * 30, b'"' + b"9" * 30 + b'"', b'"' + b"9" * 5_000 + b'"'),
    *(b'"\\ud800"', b'"a\\udc00\\ud800"', b'"1\\ud83d"', b'"\\u0000"', b'"\\u202e"', b'"\\u00e9"', b'"\\u0663"'),
    *(b'"\xff"',),
    *(b'{"\\ud800":1}', b'["\\ud800"]', b'{"id":1}', b'{"data":null}', b'{"data":[null]}'),
    b'{"code":"a","message":1}',
    *(b"[" * 5_000, b'{"a":' * 3_000, b"[" * 500 + b"]" * 500, b"[" * 90 + b"]" * 90, b'"' + b"(" * 200 + b'"'),
    *(b'"0000-00-00T00:00:00"', b'"0001-01-01T00:00:00+23:59"', b'"9999-12-31T23:59:59-23:59"'),
    *(b'"1969-12-31T00:00:00Z"',),
    *(b'"2026-13-45"', b'"2026-W01-1"', b'"20261120T120000"', b'"9999-12-31"', b'"2026-11-20T12:00:00+99:99"'),
    *(b'"http://["', b'"https://[::1"', b'"//"', b'"https://example.com:99999999/"', b'"javascript:alert(1)"'),
    *(b'"\\\\"', b'"../.."'),
    *(b'" "', b'"  a  "', b'"a b"', b'"a"', b'"' + b"a" * 300 + b'"', b'"' + b"a" * 70_000 + b'"'),
    *(b'"&#xd800;&#x110000;"',),
)  # fmt: skip
"""What is put in the place of a value: most of it is JSON."""

PIECES: Sequence[bytes] = (
    *(b"", b"\xff\xfe", b"\xef\xbb\xbf", b"\x00", b"\xed\xa0\x80", b"\xc0\xaf", b" ", b"\t", b":", b",", b"&"),
    *(b"=", b";", b"<", b"&#x110000;"),
    *(b"%ff", b"%00", b"%", b"%u0041", b"+", b"%0d%0a", b"\r\n", b"\n", b"\r", b"\n\n", b"\r\n\r\n"),
    *(b"a" * 9_000, b"9" * 5_000, b"%41" * 3_000),
    *(b"0000-00-00", b"Thu, 01 Jan 0001 00:00:00 +2359", b"Fri, 31 Dec 9999 23:59:59 -2359"),
    b"Mon, 01 Jan 2026 00:00:00 +" + b"9" * 30,
    *(b"http://[", b"https://\xc3\xa9.example/", b"../../", b"?rest_route=/", b"file:///etc/passwd"),
    *(b"https://a@b/", b"//", b"@", b"\\"),
    *(b"<!--", b"-->", b"<![CDATA[", b"&#xd800;", b"&#0;", b"&amp", b"<a href='", b"<?php"),
    *(b"Warning: foo in /bar.php on line 1\n",),
    *(b"<blockquote>" * 400, b"<li>" * 300, b"<table><tr><td>" * 100, b"<svg><style>", b"<template>"),
    *(b"</p>" * 50, b"<a href=\"java\nscript:1\">"),
    *(b"Transfer-Encoding: chunked\r\n", b"Content-Length: 5\r\n", b"Content-Length: -1\r\n"),
    *(b"Content-Length: " + b"9" * 30 + b"\r\n",),
    *(b"Expect: 100-continue\r\n", b"Connection: upgrade\r\nUpgrade: websocket\r\n", b"Host: \r\n", b"HTTP/0.9"),
    *(b"HTTP/2.0", b"HTTP/1.0"),
    *(b"0\r\n\r\n", b"fffffffffffffffff\r\n", b"gzip", b"utf-7", b"text/html", b"application/json", b"500"),
    *(b"301", b"204", b"429", b"100"),
)  # fmt: skip
"""What is put between other things, or in their place."""


@dataclass(frozen=True)
class Edit:
    """One change; the numbers are positions, in whatever there is to choose from."""

    kind: int
    at: int
    other: int

    def __repr__(self) -> str:
        return f"Edit({self.kind}, {self.at}, {self.other})"


def edited(data: bytes, edits: Sequence[Edit]) -> bytes:
    """The data with the changes made, one after the other; at most a megabyte of it."""
    for edit in edits:
        tokens = _TOKEN.findall(data)
        if not tokens:
            tokens = [b""]
        change, places = _CHANGES[edit.kind % len(_CHANGES)]
        among = places(tokens) or range(len(tokens))
        change(tokens, among[edit.at * len(among) // POSITIONS], edit.other)
        data = b"".join(tokens)[:MOST_BYTES]
    return data


def random_edits(random: Random) -> list[Edit]:
    """Some edits, for engines that have no strategies."""
    count = random.choice((1, 1, 1, 2, 2, 3, 5))
    return [Edit(random.randrange(64), random.randrange(POSITIONS), random.randrange(POSITIONS)) for _ in range(count)]


def edits() -> st.SearchStrategy[list[Edit]]:
    """Some edits; few and early ones are simpler."""
    position = st.integers(0, POSITIONS - 1)
    return st.lists(st.builds(Edit, st.integers(0, len(_CHANGES) - 1), position, position), max_size=4)


def _end_of(tokens: list[bytes], at: int) -> int:
    """The end of the value that begins there: of an object or a list its closing bracket."""
    opening = tokens[at]
    closing = _CLOSING.get(opening)
    if closing is None:
        return at + 1
    depth = 0
    for end in range(at, len(tokens)):
        depth += (tokens[end] == opening) - (tokens[end] == closing)
        if not depth:
            return end + 1
    return len(tokens)


def _values(tokens: list[bytes]) -> Sequence[int]:
    """Where values begin: texts, numbers, words, and opening brackets."""
    return [at for at, token in enumerate(tokens) if token[:1].isalnum() or token[:1] in b'"{[-']


def _all(tokens: list[bytes]) -> Sequence[int]:
    return range(len(tokens))


def _replace_value(tokens: list[bytes], at: int, other: int) -> None:
    tokens[at : _end_of(tokens, at)] = [VALUES[other % len(VALUES)]]


def _replace(tokens: list[bytes], at: int, other: int) -> None:
    tokens[at : _end_of(tokens, at)] = [PIECES[other % len(PIECES)]]


def _insert(tokens: list[bytes], at: int, other: int) -> None:
    tokens.insert(at, PIECES[other % len(PIECES)])


def _delete(tokens: list[bytes], at: int, other: int) -> None:
    del tokens[at : at + 1 + other % 4]


def _delete_value(tokens: list[bytes], at: int, other: int) -> None:
    del tokens[at : _end_of(tokens, at)]


def _repeat(tokens: list[bytes], at: int, other: int) -> None:
    value = tokens[at : _end_of(tokens, at)]
    tokens[at:at] = value * (1 + other % 3)


def _copy(tokens: list[bytes], at: int, other: int) -> None:
    other = other * len(tokens) // POSITIONS
    tokens[at : _end_of(tokens, at)] = tokens[other : _end_of(tokens, other)]


def _cut(tokens: list[bytes], at: int, other: int) -> None:
    del tokens[at:]


def _flip(tokens: list[bytes], at: int, other: int) -> None:
    token = bytearray(tokens[at])
    if token:
        token[other % len(token)] ^= 1 << (other >> 8) % 8
    tokens[at] = bytes(token)


def _nest(tokens: list[bytes], at: int, other: int) -> None:
    end, depth = _end_of(tokens, at), (1, 3, 30, 120)[other % 4]
    tokens[at:end] = [b"[" * depth, *tokens[at:end], b"]" * depth]


def _swap(tokens: list[bytes], at: int, other: int) -> None:
    other = other * len(tokens) // POSITIONS
    tokens[at], tokens[other] = tokens[other], tokens[at]


_Change = Callable[[list[bytes], int, int], None]
_Places = Callable[[list[bytes]], Sequence[int]]
_CHANGES: Sequence[tuple[_Change, _Places]] = (
    *[(_replace_value, _values)] * 6,
    (_replace, _all),
    (_insert, _all),
    (_delete_value, _values),
    (_copy, _values),
    (_repeat, _values),
    (_flip, _all),
    (_swap, _values),
    (_delete, _all),
    (_nest, _values),
    (_cut, _all),
)
