# SPDX-License-Identifier: Apache-2.0
"""A proxy in front of a site that does to calls and answers what hosts, firewalls and caches do."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class Asked:
    """A call as it reached the host; names of headers are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def address(self):
        """The address that was asked for, with `%2F` and the like as plain characters."""
        return unquote(self.target)

    def at(self, name):
        """The whole address at another name of the host."""
        return f"http://{name}:{self.headers['host'].rpartition(':')[2]}{self.target}"


@dataclass(frozen=True)
class Answer:
    """What the host answers. `body` may be HTML, bytes as they are, or anything else as JSON."""

    body: object = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    missing: int = 0
    """How many bytes fewer come than were promised."""
    version: str = "1.1"
    """Of HTTP. In 1.0 nothing is promised: the answer ends with the connection."""

    @property
    def content(self):
        """The body's bytes."""
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()

    def sent(self):
        """The bytes of the answer."""
        kind = "text/html; charset=UTF-8" if isinstance(self.body, str) else "application/json"
        headers = {"content-type": kind, **self.headers}
        length = str(len(self.content) + self.missing) if self.version == "1.1" else ""
        headers |= {"content-length": length, "connection": "close", "transfer-encoding": ""}
        lines = [
            f"HTTP/{self.version} {self.status} .",
            *(f"{name}: {value}" for name, value in headers.items() if value),
        ]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + self.content


@dataclass(frozen=True)
class Wire:
    """An answer as it goes over the wire: all at once, or `piece` bytes and then so many seconds of `pause`."""

    content: bytes
    piece: int = 0
    pause: float = 0

    def pieces(self):
        """What goes at once."""
        size = self.piece or len(self.content) or 1
        return [self.content[start : start + size] for start in range(0, len(self.content), size)]


def page(title: str, text: str = "", status: int = 200, **headers: str) -> Answer:
    """A small page of HTML."""
    html = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>"
    return Answer(html, status, {name.replace("_", "-"): value for name, value in headers.items()})


Site = Callable[[Asked], Awaitable[Answer]]
Behaviour = Callable[[Asked, Site], Awaitable[Answer | Wire | None]]
"""What a host does with a call; it may ask the site, and drops the connection by answering None."""
When = Callable[[Asked], bool]


def every(asked):
    """Every call."""
    return True


def rest(asked):
    """Calls of the REST API."""
    return "/wp-json" in asked.address or "rest_route=" in asked.address


def comments(asked):
    """Calls that read comments."""
    return asked.method == "GET" and "wp/v2/comments" in asked.address


def posts(asked):
    """Calls that write."""
    return asked.method == "POST"


def front(asked):
    """Calls of pages, as visitors make them."""
    return not rest(asked)


def without_credentials(asked):
    """Calls that nobody has signed in for."""
    return "authorization" not in asked.headers


def with_words(words: str) -> When:
    """Calls that write something with these words."""
    return lambda asked: posts(asked) and words in asked.body.decode(errors="replace")


def calls(when: When, per_page_above: int) -> When:
    """Those of the calls that ask for more at once."""

    def asks_for_more(asked):
        number = re.search(r"per_page=(\d+)", asked.target)
        return when(asked) and number is not None and int(number[1]) > per_page_above

    return asks_for_more


def answers(answer: Answer | None, when: When = every) -> Behaviour:
    """The host answers for the site."""

    async def behave(asked, site):
        return answer if when(asked) else await site(asked)

    return behave


def edits(edit: Callable[[Answer], Answer | Wire | None], when: When = rest) -> Behaviour:
    """The host changes what the site answers."""

    async def behave(asked, site):
        answer = await site(asked)
        return edit(answer) if when(asked) else answer

    return behave


def puts_before(prefix: bytes, when: When = rest, **headers: str) -> Behaviour:
    """Something stands before what the site answers."""
    return edits(lambda answer: replace(answer, body=prefix + answer.body, headers={**answer.headers, **headers}), when)


def without_headers(*names: str, when: When = rest) -> Behaviour:
    """The host takes headers off the site's answers."""
    return edits(lambda answer: replace(answer, headers={**answer.headers, **dict.fromkeys(names, "")}), when)


def keeps_answers(when: When) -> Behaviour:
    """A cache answers each address as it did the first time, whoever asks."""
    kept = {}

    async def behave(asked, site):
        if asked.method != "GET" or not when(asked):
            return await site(asked)
        if asked.target not in kept:
            kept[asked.target] = await site(asked)
        return kept[asked.target]

    return behave


def zips(when: When) -> Behaviour:
    """The host compresses its answers, whether or not the caller takes that."""

    def zipped(answer):
        headers = {**answer.headers, "content-encoding": "gzip"}
        return replace(answer, body=gzip.compress(answer.content), headers=headers)

    return edits(zipped, when)


def in_folder(folder: str) -> Behaviour:
    """The site is in a folder, and something else is above it."""

    async def behave(asked, site):
        if not asked.target.startswith(f"{folder}/"):
            return page("The company")
        return await site(replace(asked, target=asked.target.removeprefix(folder)))

    return behave


def strips(*names: str, when: When = every) -> Behaviour:
    """The host takes headers off calls before the site gets them."""

    async def behave(asked, site):
        if not when(asked):
            return await site(asked)
        kept = {name: value for name, value in asked.headers.items() if name not in names}
        return await site(replace(asked, headers=kept))

    return behave


def redirects(to: Callable[[Asked], str], status: int = 301, when: When = every) -> Behaviour:
    """The host sends callers elsewhere; those who are there already (no other place is named) are let through."""

    async def behave(asked, site):
        place = to(asked) if when(asked) else ""
        return Answer("<h1>Moved</h1>", status, {"location": place}) if place else await site(asked)

    return behave


class Host:
    """
    `async with Host(site.url) as host`: the site is at `host.url`, too, and does what `host.behaviour` says.

    The site sees the Host header that it was asked for, so that its own links lead through the proxy.
    """

    def __init__(self, site_url: str) -> None:
        self.behaviour: Behaviour | None = None
        self.asked: list[Asked] = []
        self._site = urlsplit(site_url)
        self._server = None

    @property
    def port(self):
        """Where it listens, on 127.0.0.1."""
        return self._server.sockets[0].getsockname()[1]

    @property
    def url(self):
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_):
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        with contextlib.suppress(ConnectionError, EOFError):
            asked = await _read_call(reader)
            self.asked.append(asked)
            behave = self.behaviour
            answer = await (behave(asked, self._ask_site) if behave else self._ask_site(asked))
            wire = answer if isinstance(answer, Wire) else Wire(answer.sent() if answer else b"")
            for piece in wire.pieces():
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(wire.pause)
        writer.close()

    async def _ask_site(self, asked):
        """What the site answers, without what is said of the connection."""
        reader, writer = await asyncio.open_connection(self._site.hostname, self._site.port)
        headers = {**asked.headers, "connection": "close"}
        head = "\r\n".join([f"{asked.method} {asked.target} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())])
        writer.write(head.encode("latin-1") + b"\r\n\r\n" + asked.body)
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        status, *lines = head.decode("latin-1").split("\r\n")
        return Answer(body, int(status.split()[1]), _headers(lines))


async def _read_call(reader):
    head = (await reader.readuntil(b"\r\n\r\n"))[:-4].decode("latin-1")
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ")
    headers = _headers(lines)
    return Asked(method, target, headers, await reader.readexactly(int(headers.get("content-length", 0))))


def _headers(lines):
    return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
