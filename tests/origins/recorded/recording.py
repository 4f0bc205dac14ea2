# SPDX-License-Identifier: Apache-2.0
"""A proxy that writes down what a connector and its origin say to each other, without secrets and hosts."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from tests.origins.recorded.exchanges import ORIGIN, Exchange, Scene, Step
from tests.origins.recorded.loopback import Loopback, head_of, headers_of, read_call
from tests.origins.recorded.playing import SECRET, Player

KEPT = (
    *("content-type", "content-disposition", "date", "link", "location", "retry-after", "x-wp-total"),
    *("x-wp-totalpages", "x-app-usage", "x-business-use-case-usage", "x-page-usage"),
)
"""Headers of answers that say something."""
DATE = "Mon, 23 Nov 2026 12:00:00 GMT"
DROPPED = ("_", "access_token", "appsecret_proof", "client_secret", "input_token")
"""Parameters that are secret, or another each time."""
NOW = (
    re.compile(rb'("(?:date|date_gmt|modified|modified_gmt|registered_date)":")20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d'),
    rb"\g<1>2026-11-23T12:00:00",
)


class Recorder(Loopback):
    """`async with Recorder(url) as recorder`: the origin is at `recorder.url`, too, and what it is asked is kept."""

    def __init__(self, origin_url: str, *, today: bool = False, secret: str = SECRET) -> None:
        """
        `today` says that the origin's dates are of its own clock: those that are not of the past get another.
        `secret` is a secret that is another each time.
        """
        self._origin = urlsplit(origin_url)
        self._today = today
        self.secret = secret
        super().__init__()
        self._turn = asyncio.Lock()
        self.exchanges: list[Exchange] = []

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, EOFError):
            method, target, headers, body = await read_call(reader)
            async with self._turn:  # the origin's random ids are given in the order of the calls
                status, answered, content = await self._ask(method, target, headers, body)
                content = self._steadied(content)
                self.exchanges.append(self._kept(method, target, status, answered, content))
            answered = {name: value for name, value in answered.items() if name != "transfer-encoding"}
            writer.write(head_of(status, {**answered, "content-length": str(len(content))}) + content)
            await writer.drain()
        writer.close()

    async def _ask(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Any:
        reader, writer = await asyncio.open_connection(self._origin.hostname, self._origin.port)
        lines = [f"{name}: {value}" for name, value in {**headers, "connection": "close"}.items()]
        writer.write("\r\n".join([f"{method} {target} HTTP/1.1", *lines]).encode("latin-1") + b"\r\n\r\n" + body)
        head, _, content = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        first, *lines = head.decode("latin-1").split("\r\n")
        answered = headers_of(lines)
        if answered.get("transfer-encoding") == "chunked":
            content = _unchunked(content)
        return int(first.split()[1]), {**answered, "connection": "close"}, content

    def _steadied(self, body: bytes) -> bytes:
        """Without what is another each time, and of no account to the connector."""
        body = _ANY_GRAVATAR.sub(rb"\g<1>0.gravatar.com", body)
        body = _TRACE.sub(rb"\g<1>A", body)
        return NOW[0].sub(_not_past, body) if self._today else body

    def _kept(self, method: str, target: str, status: int, headers: dict[str, str], body: bytes) -> Exchange:
        path, _, query = target.partition("?")
        kept = [each for each in query.split("&") if each and each.partition("=")[0] not in DROPPED]
        told = {name: headers[name].replace(self.host, ORIGIN) for name in KEPT if name in headers}
        if "date" in told:
            told["date"] = DATE
        body = _shortened(body.replace(self.host.encode(), ORIGIN.encode()), headers.get("content-type", ""))
        if "/graph." in path and body.startswith(b"{"):
            body = _compact(json.loads(body), in_order=True)  # the emulator has its fields in a set
        plain = path + ("?" + "&".join(kept) if kept else "")
        return Exchange(method, plain.replace(self.host, ORIGIN), status, told, body)


def _shortened(body: bytes, kind: str) -> bytes:
    """A page as far as its head goes, without its looks, and of WordPress's list of routes the first few."""
    if "html" in kind:
        return _LOOKS.sub(b"", body.partition(b"</head>")[0]) + b"</head><body></body></html>"
    if body.startswith(b'{"name":') and b'"routes":{' in body:
        index = json.loads(body)
        routes = [name for name in index["routes"] if name.startswith("/wp/v2/comments") or name in {"/", "/wp/v2"}]
        index["routes"] = {name: {"methods": index["routes"][name]["methods"]} for name in routes}
        return _compact(index)
    return body


def _compact(value: Any, *, in_order: bool = False) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=in_order).encode()


_ANY_GRAVATAR = re.compile(rb"(/)[0-3]\.gravatar\.com")
_TRACE = re.compile(rb'("fbtrace_id":")[^"]+')
_LOOKS = re.compile(rb"<(style|script)\b.*?</\1>\s*", re.DOTALL)


def _not_past(found: re.Match[bytes]) -> bytes:
    """A date of this year or later becomes always the same."""
    year = int(found[0][len(found[1]) :][:4])
    return found[0] if year <= PAST else found.expand(NOW[1])


PAST = 2025
"""Scenes write what visitors said in this year, or before."""


def _unchunked(content: bytes) -> bytes:
    body = b""
    while content:
        size, _, content = content.partition(b"\r\n")
        length = int(size, 16)
        body, content = body + content[:length], content[length + 2 :]
    return body


def _in_order(exchanges: list[Exchange]) -> list[Exchange]:
    """What is only read between two posts may have been asked at once: it comes by its address."""
    ordered: list[Exchange] = []
    for method, group in groupby(exchanges, key=lambda each: each.method):
        calls = list(group)
        ordered += sorted(calls, key=lambda each: each.target) if method == "GET" else calls
    return ordered


class Story:
    """A scene while it is recorded."""

    def __init__(self, name: str, origin: str, recorder: Recorder, player: Player) -> None:
        self._name = name
        self._origin = origin
        self._recorder = recorder
        self.player = player
        self._account = self._without_secret(player.plain(player.account))
        self._steps: list[Step] = []

    async def tell(self, kind: str, **call: Any) -> Any:
        """Make a call; gives what came of it."""
        self._recorder.exchanges.clear()
        gave = await self.player.make({"kind": kind, **call})
        made = self._without_secret(self.player.plain({"kind": kind, **call}))
        self._steps.append(Step(made, _in_order(self._recorder.exchanges), self._without_secret(gave)))
        return gave

    def _without_secret(self, value: Any) -> Any:
        return json.loads(json.dumps(value).replace(self._recorder.secret, SECRET))

    def write(self) -> None:
        """Into its file."""
        Scene(self._name, self._origin, self._account, self._steps).write()
