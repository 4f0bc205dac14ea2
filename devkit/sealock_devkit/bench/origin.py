# SPDX-License-Identifier: Apache-2.0
"""
A guestbook that costs next to nothing: it answers bytes that it made beforehand. It is a process of its own.

What a page brings stands in the site's address: `http://127.0.0.1:PORT/20` lists the entry that every account of the
measurement knows already and 20 more. A reply is answered with an entry, a file with so many bytes of nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
import sys
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import uvloop

from sealock_devkit.bench.connector import SENTENCE

KNOWN = 1
"""The number of the entry that every account has seen."""
KNOWN_AT = datetime(2026, 1, 1, tzinfo=UTC)
CHARS = 164
FILE_BYTES = 100_000
FILE = "file-of-the-bench"


def entry(number: int, chars: int = CHARS, *, with_file: bool = False) -> dict[str, object]:
    """An entry as the guestbook's API has it."""
    file = {"id": FILE, "name": "picture.png", "content_type": "image/png", "size": FILE_BYTES}
    return {
        "id": number,
        "thread": number,
        "parent": None,
        "author": f"Visitor {number}",
        "author_id": f"visitor-{number}",
        "text": (SENTENCE * (chars // len(SENTENCE) + 1))[:chars],
        "created_at": (KNOWN_AT + timedelta(seconds=number - KNOWN)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "by_owner": False,
        "mark": "",
        "files": [file] if with_file else [],
    }


def answer(status: str, content_type: str, body: bytes) -> bytes:
    """An answer as it goes over the wire."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@cache
def page(wanted: str) -> bytes:
    """The list of a site called `NEW`, or `NEW-CHARS`, or `files`."""
    new, _, chars = wanted.partition("-")
    if new == "files":
        entries = [entry(KNOWN), entry(KNOWN + 1, with_file=True)]
    else:
        entries = [entry(KNOWN + number, int(chars or CHARS)) for number in range(int(new) + 1)]
    return answer("200 OK", "application/json", json.dumps({"entries": entries, "more": False}).encode())


@cache
def posted() -> bytes:
    """What a reply becomes."""
    return answer("201 Created", "application/json", json.dumps(entry(KNOWN + 1)).encode())


@cache
def file() -> bytes:
    """A file's bytes."""
    return answer("200 OK", "image/png", bytes(FILE_BYTES))


class Origin(asyncio.Protocol):
    """One connection, kept for as long as the other side likes."""

    def __init__(self) -> None:
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].decode("latin-1")
            length = 0
            if head.startswith("POST"):
                length = int(head.lower().partition("content-length:")[2].partition("\r\n")[0])
            if len(self.buffer) < end + 4 + length:
                return
            self.buffer = self.buffer[end + 4 + length :]
            self.transport.write(self.answer_to(head))

    def answer_to(self, head: str) -> bytes:
        """The answer to a request's head."""
        path = head.split(" ", 2)[1]
        if "mark=" in path:
            return answer("200 OK", "application/json", b'{"entries": [], "more": false}')
        if head.startswith("POST"):
            return posted()
        return file() if "/api/files/" in path else page(path.split("/")[1])


async def serve(sites: int, certificate: Path | None, key: Path | None) -> None:
    """Listen on so many ports and print them, as one line of JSON; then serve until the process ends."""
    context = None
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(Origin, "127.0.0.1", 0, ssl=context, backlog=1000) for _ in range(sites)]
    sys.stdout.write(json.dumps([server.sockets[0].getsockname()[1] for server in servers]) + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def main() -> None:
    """Read the options, and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=1)
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--key", type=Path)
    options = parser.parse_args()
    uvloop.run(serve(options.sites, options.certificate, options.key))


if __name__ == "__main__":
    main()
