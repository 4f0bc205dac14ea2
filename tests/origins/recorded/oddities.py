# SPDX-License-Identifier: Apache-2.0
"""
What hosts, firewalls, plug-ins, caches and broken programs do to answers: the kinds that the field has shown.

An `Oddity` is a kind, which answers it befalls, and two numbers that choose among its members; so it is small, prints
as what makes it again, and is tried by hypothesis as well as one after the other.
"""

from __future__ import annotations

import gzip
import json
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.mutation import POSITIONS
from tests.origins.recorded import odd_json
from tests.origins.recorded.exchanges import Exchange
from tests.origins.recorded.loopback import head_of
from tests.origins.recorded.replaying import Change, Wire, wire_of

ANSWERS = Path(__file__).parents[2] / "connector/answers"
PAGES = [
    case for name in ("walls.toml", "pages.toml") for case in tomllib.loads((ANSWERS / name).read_text())["answer"]
]
"""Pages of firewalls and hosts, as the tests of `diagnosed` have them."""
HTML = "text/html; charset=UTF-8"
LATER = ["", "0", "1", "3600", "999999999999", "-5", "1.5", "soon", "Mon, 23 Nov 2026 13:00:00 GMT", "Sun, 06 Nov 1994"]
STATUSES = (
    *(*range(200, 209), 226, *range(300, 309), *range(400, 432), 440, 444, 449, 451, 460, 463, *range(494, 500)),
    *(*range(500, 512), *range(520, 531), 540, 561, 598, 599, 600, 700, 999),
)


@dataclass(frozen=True)
class Oddity:
    """Something odd about the answers of an origin."""

    kind: int
    """One of `KINDS`."""
    where: int
    """All answers for 0; else one of them, and those to the same address."""
    at: int
    other: int

    @property
    def name(self) -> str:
        """The kind's name."""
        return KINDS[self.kind % len(KINDS)][0]

    def change(self, exchanges: Sequence[Exchange]) -> Change:
        """What becomes of recorded answers; those at other addresses stay as they were."""
        _, odd = KINDS[self.kind % len(KINDS)]
        there = None if not self.where or not exchanges else exchanges[self.where % len(exchanges)]

        def change(_number: int, exchange: Exchange) -> Exchange | Wire:
            if there is not None and (exchange.method, exchange.path) != (there.method, there.path):
                return exchange
            return odd(exchange, self.at, self.other, exchanges)

        return change

    def __repr__(self) -> str:
        return f"Oddity({self.kind % len(KINDS)}, {self.where}, {self.at}, {self.other})"


def oddities(*, slow: bool = True) -> st.SearchStrategy[Oddity]:
    """Any of them; without those that take a clock's time unless `slow`."""
    kinds = [number for number, (name, _) in enumerate(KINDS) if slow or name != "slow"]
    position = st.integers(0, POSITIONS - 1)
    return st.builds(Oddity, st.sampled_from(kinds), st.integers(0, 14), position, position)


LIES = {"value", "everywhere", "shape", "tokens", "mixed_up", "ids", "api_refusal"}
"""Kinds after which an answer may be a good one of the API, and say of an item that it is not there, or is not its."""


def _status(exchange: Exchange, at: int, other: int, _: Any) -> Exchange:
    """Another status, with the content as it was, or without any."""
    headers = dict(exchange.headers)
    if other % 3 == 0:
        headers["retry-after"] = LATER[other % len(LATER)]
    body = exchange.body if other % 2 else b""
    return replace(exchange, status=STATUSES[at % len(STATUSES)], headers=headers, body=body)


def _no_status(exchange: Exchange, at: int, _other: int, _: Any) -> Wire:
    """A first line that is none of HTTP's."""
    lines = (
        b"HTTP/1.1 000 .",
        b"HTTP/1.1 99 .",
        b"HTTP/1.1 1000 .",
        b"HTTP/1.1 abc .",
        b"HTTP/1.1 200",
        b"HTTP/2.0 200 OK",
    )
    lines += (
        b"ICY 200 OK",
        b"",
        b"220 mail.example ESMTP",
        b"SSH-2.0-OpenSSH",
        b"HTTP/1.1 100 Continue",
        b"\x15\x03\x01",
    )
    _, _, body = wire_of(exchange).sent.partition(b"\r\n")
    return Wire(lines[at % len(lines)] + b"\r\n" + body)


def _api_refusal(exchange: Exchange, at: int, other: int, _: Any) -> Exchange:
    """A refusal as JSON that lacks what makes it the API's, or has it in an unexpected form."""
    refusals: Sequence[Any] = (
        *({}, [], None, "Not Found", 404, {"message": "Not Found"}, {"code": 404}, {"code": None, "message": None}),
        *({"code": []}, {"code": {}, "message": {}}, {"code": "rest_forbidden"}, {"code": "", "data": {"status": "x"}}),
        *({"error": None}, {"error": "x"}, {"error": []}, {"error": {"code": None}}, {"error": {"code": "190"}}),
        *({"error": {"code": 190}}, {"error": {"code": 190, "error_subcode": "x"}}, {"error": {"code": 1e9}}),
        *({"error": {"code": 4, "message": 7}}, {"error": {"code": 100, "message": None, "error_data": "x"}}),
        *({"errors": [{"code": 1}]}, {"detail": "x"}, {"title": "404 Not Found"}, {"title": 1}, {"status": "error"}),
        *(
            {"success": False, "data": []},
            {"code": "jwt_auth_no_auth_header"},
            {"code": "rest_no_route"},
            {"code": True},
        ),
        *(
            {"error": {"code": 200, "type": None}},
            {"error": {"code": 10}},
            {"error": {"code": 368}},
            {"error": {"code": 2}},
        ),
    )
    statuses = (400, 401, 403, 404, 405, 409, 410, 422, 429, 500, 503, 200)
    body = json.dumps(refusals[at % len(refusals)]).encode()
    return replace(
        exchange, status=statuses[other % len(statuses)], headers={"content-type": "application/json"}, body=body
    )


def _page(exchange: Exchange, at: int, _other: int, _: Any) -> Exchange:
    """A page of a firewall or a host in the place of the API's."""
    case = PAGES[at % len(PAGES)]
    content = case.get("content", "")
    if "title" in case:
        content = f"<!DOCTYPE html><html><title>{case['title']}</title><body>{case.get('body', '')}</body></html>"
    headers = {"content-type": HTML, **{name.lower(): value for name, value in case.get("headers", {}).items()}}
    return replace(exchange, status=case["status"], headers=headers, body=content.encode())


def _header(exchange: Exchange, at: int, other: int, _: Any) -> Exchange:
    """One header missing, or with another value."""
    values: dict[str, Sequence[str]] = {
        "content-type": (
            "",
            "text/html",
            "text/plain; charset=utf-7",
            "application/json; charset=\xff",
            "x" * 3_000,
            "/",
        ),
        "date": ("", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 -2359", "now", "0"),
        "link": (
            "",
            "<",
            "<http://[>; rel=next",
            '<http://x.example/>; rel="https://api.w.org/"',
            "<>;;;rel",
            "," * 500,
        ),
        "x-wp-total": ("", "0", "-1", "9" * 30, "many", "1.5"),
        "x-app-usage": ("", "{}", "x", '{"call_count": 100}', '{"call_count": "x"}', "[1]", '{"call_count": 1e999}'),
        "x-business-use-case-usage": (
            "",
            "{}",
            "[]",
            '{"1": [{"call_count": 100}]}',
            '{"1": {"type": 1}}',
            '{"1": [7]}',
        ),
        "content-encoding": ("gzip", "br", "deflate", "x", "identity, gzip", "zstd"),
        "retry-after": LATER,
        "set-cookie": ("a=b", "\xff=\x01", "x" * 5_000),
        "location": ("/", "x", "http://["),
    }
    name = list(values)[at % len(values)]
    value = values[name][other % len(values[name])]
    kept = {each: told for each, told in exchange.headers.items() if each != name}
    return replace(exchange, headers={**kept, name: value} if value else kept)


def _around(exchange: Exchange, at: int, other: int, _: Any) -> Exchange:
    """Something before what was answered, or after it."""
    pieces = (
        *(
            b"\xef\xbb\xbf",
            b"\xff\xfe",
            b"\x00",
            b"\n\n  ",
            b"<br />\n<b>Warning</b>:  x in <b>/x.php</b> on line <b>2</b>",
        ),
        *(
            b"Notice: Undefined index: x in /x.php on line 1\n",
            b"<!-- cached -->",
            b"/*",
            b"*/",
            b")]}',\n",
            b"while(1);",
        ),
        *(
            b"<script>x</script>",
            b"{}",
            b"[]",
            b"null",
            b"0",
            b"1",
            b"<!DOCTYPE html>",
            b"callback(",
            b");",
            b"\r\n0\r\n\r\n",
        ),
    )
    piece = pieces[at % len(pieces)]
    return replace(exchange, body=piece + exchange.body if other % 2 else exchange.body + piece)


def _coding(exchange: Exchange, at: int, _other: int, _: Any) -> Exchange:
    """The content in another charset, compressed in an unexpected way, or neither."""
    text = exchange.body.decode(errors="replace")
    packed = gzip.compress(exchange.body)
    bodies: Sequence[tuple[bytes, str]] = (
        *((text.encode("utf-16"), ""), (text.encode("utf-16-be"), ""), (text.encode("latin-1", "replace"), "")),
        *((text.encode("utf-32"), ""), (b"", ""), (b" ", ""), (packed, ""), (packed, "gzip"), (packed[:-9], "gzip")),
        *((packed[:20], "gzip"), (exchange.body, "gzip"), (exchange.body, "deflate"), (gzip.compress(packed), "gzip")),
        *((b"\x00" * 100, ""), (bytes(range(256)), ""), (b"\xff" * 50, "")),
    )
    body, coding = bodies[at % len(bodies)]
    return replace(
        exchange, body=body, headers={**exchange.headers, **({"content-encoding": coding} if coding else {})}
    )


def _large(exchange: Exchange, at: int, _other: int, _: Any) -> Exchange:
    """Far more than was asked for."""
    bodies = (
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"[" + b"{}," * 400_000 + b"{}]",
        b'"' + b"a" * 3_000_000 + b'"',
        b" " * 12_000_000,
    )
    return replace(exchange, body=bodies[at % len(bodies)])


def _cut(exchange: Exchange, at: int, other: int, _: Any) -> Wire | Exchange:
    """The content ends early, with a fitting length, an unfitting one, or none at all; or the head does."""
    body = exchange.body[: at * (len(exchange.body) + 1) // POSITIONS]
    whole = wire_of(exchange).sent
    wires: Sequence[Wire | Exchange] = (
        replace(exchange, body=body),
        Wire(whole[: len(whole) - len(exchange.body) + len(body)]),
        Wire(whole[: len(whole) - len(exchange.body) + len(body)], "reset"),
        Wire(head_of(exchange.status, dict(exchange.headers)) + body),
        Wire(whole[: at * 200 // POSITIONS]),
        Wire(whole[: at * 200 // POSITIONS], "reset"),
        Wire(head_of(exchange.status, {**exchange.headers, "content-length": str(len(body) // 2)}) + body),
        Wire(head_of(exchange.status, {**exchange.headers, "content-length": "-1"}) + body),
        Wire(head_of(exchange.status, {**exchange.headers, "content-length": "9" * 30}) + body),
        Wire(
            head_of(exchange.status, {**exchange.headers, "transfer-encoding": "chunked"})
            + b"5\r\n"
            + body[:5]
            + b"\r\n"
        ),
        Wire(head_of(exchange.status, {**exchange.headers, "transfer-encoding": "chunked"}) + b"zz\r\n" + body),
        Wire(head_of(exchange.status, {**exchange.headers, "x": "y" * 70_000, "content-length": "0"})),
    )
    return wires[other % len(wires)]


def _slow(exchange: Exchange, at: int, other: int, _: Any) -> Wire:
    """The answer stops coming."""
    whole = wire_of(exchange).sent
    return Wire(b"" if other % 2 else whole[: at * len(whole) // POSITIONS], "wait")


def _redirect(exchange: Exchange, at: int, other: int, _: Any) -> Exchange:
    """To itself, to the home page, to other hosts, schemes and pages, or to nowhere."""
    places = (
        *(
            exchange.target,
            "/",
            "",
            "/wp-login.php",
            f"{exchange.path}/",
            f"{exchange.path}?a",
            "//",
            "http://",
            "http://[",
        ),
        *(
            "https://127.0.0.1:1/",
            "http://127.0.0.1:1/x",
            "http://10.0.0.1/",
            "http://169.254.169.254/latest",
            "ftp://x/",
        ),
        *(
            "https://login.example/sso?back=x",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://\xe9.example/",
            "x" * 9_000,
        ),
        *("http://user:password@127.0.0.1:1/", "//127.0.0.1:99999/", "/%ff%00", "\\\\x", "?"),
    )
    status = (301, 302, 303, 307, 308, 300, 305)[other % 7]
    return replace(exchange, status=status, headers={"location": places[at % len(places)]}, body=b"")


def _mixed_up(exchange: Exchange, at: int, other: int, exchanges: Sequence[Exchange]) -> Exchange:
    """The answer to another call, or one of another account's."""
    if other % 3 == 0:
        named = exchange.body.replace(b"100200300400001", b"999").replace(b"17841400000000001", b"998")
        return replace(exchange, body=named.replace(b"127.0.0.1:", b"other.example:"))
    instead = exchanges[at % len(exchanges)]
    return replace(exchange, status=instead.status, headers=instead.headers, body=instead.body)


KINDS: Sequence[tuple[str, Callable[[Exchange, int, int, Sequence[Exchange]], Exchange | Wire]]] = tuple(
    (odd.__name__.strip("_"), odd)
    for odd in (
        *(
            _status,
            _no_status,
            _api_refusal,
            _page,
            _header,
            _around,
            _coding,
            _large,
            odd_json.value,
            odd_json.value,
            odd_json.value,
        ),
        *(
            odd_json.everywhere,
            odd_json.everywhere,
            odd_json.shape,
            odd_json.tokens,
            odd_json.tokens,
            _cut,
            _slow,
            _redirect,
            _mixed_up,
            odd_json.ids,
        ),
    )
)
