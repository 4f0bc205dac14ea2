# SPDX-License-Identifier: Apache-2.0
"""
A load on loopback: a fixed number of requests over a fixed number of connections, then it stops.

It goes over HTTP to an edge or, for comparison, from a bare grpc.aio client to the connector itself. Over HTTP a
request follows the last answer, or they come evenly at a rate.

The load over HTTP is written against asyncio's protocols rather than a client library, so that it costs less than
what it measures.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import ssl
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import grpc
import uvloop

from sealock.connector.v1.connector_service_pb2_grpc import ConnectorServiceStub
from sealock.connector.v1.pull_pb2 import PullRequest

MOST_REQUESTS = 200_000
MOST_SECONDS = 170
HEAD_END = b"\r\n\r\n"


class Load:
    """What all connections share."""

    def __init__(self, in_turn: Sequence[bytes], requests: int, rate: float = 0.0) -> None:
        self.in_turn = itertools.cycle(in_turn)
        self.left = requests
        self.rate = rate
        self.waiting = requests
        self.seconds: list[float] = []
        self.failures: dict[str, int] = {}
        self.done = asyncio.get_running_loop().create_future()

    def answered(self, status: str, seconds: float) -> None:
        """Note one answer; anything but 200 is a failure."""
        self.seconds.append(seconds)
        if status != "200":
            self.failures[status] = self.failures.get(status, 0) + 1
        self.waiting -= 1
        if self.waiting == 0 and not self.done.done():
            self.done.set_result(None)


class Connection(asyncio.Protocol):
    """One kept-alive connection with at most one request under way."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.buffer = b""
        self.began = 0.0
        self.is_free = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        if not self.load.rate:
            self.send()

    def send(self) -> None:
        """Send the next request, if any is left."""
        if self.load.left > 0:
            self.load.left -= 1
            self.is_free = False
            self.began = time.perf_counter()
            self.transport.write(next(self.load.in_turn))

    def data_received(self, data: bytes) -> None:
        """Note an answer once it is whole."""
        self.buffer += data
        end = self.buffer.find(HEAD_END)
        if end < 0:
            return
        head = self.buffer[:end].lower()
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        if len(self.buffer) < end + len(HEAD_END) + length:
            return
        self.buffer, self.is_free = b"", True
        self.load.answered(head[9:12].decode(), time.perf_counter() - self.began)
        if not self.load.rate:
            self.send()

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002
        """A server that is measured keeps its connections."""
        if not self.load.done.done():
            self.load.done.set_exception(ConnectionError("the server closed a connection under load"))


def request_bytes(url: str, line: bytes) -> bytes:
    """The request of a line (`POST PATH FORM` or `GET PATH`) as it goes over the wire to the URL's host."""
    method, path, *form = line.decode().split(" ")
    head = f"{method} {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n"
    if form:
        head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form[0])}\r\n"
    return "\r\n".join((head, *form)).encode() if form else f"{head}\r\n".encode()


async def run_http(
    url: str, lines: Sequence[bytes], requests: int, connections: int, *, ca: Path | None = None, rate: float = 0.0
) -> dict[str, object]:
    """
    Send `requests` over `connections`, the lines in turn; evenly at `rate` a second, or as fast as they are answered.

    Returns the rate, the median and the 99th percentile in seconds.
    """
    parts = urlsplit(url)
    if parts.hostname != "127.0.0.1" or parts.port is None:
        raise SystemExit("the load goes to 127.0.0.1 and a port only")
    load = Load([request_bytes(url, line) for line in lines], min(requests, MOST_REQUESTS), rate)
    context = ssl.create_default_context(cafile=str(ca)) if ca else None
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    opened = [
        (await loop.create_connection(lambda: Connection(load), parts.hostname, parts.port, ssl=context))[1]
        for _ in range(connections)
    ]
    async with asyncio.timeout(MOST_SECONDS):
        if rate:
            await send_evenly(load, opened)
        await load.done
    took = time.perf_counter() - began
    ordered = sorted(load.seconds)
    return {
        "rate": len(ordered) / took,
        "median": statistics.median(ordered),
        "p99": ordered[max(int(len(ordered) * 0.99) - 1, 0)],
        "failures": load.failures,
    }


async def send_evenly(load: Load, connections: Sequence[Connection]) -> None:
    """Send at the load's rate, each request on the next connection that has none under way."""
    began, number = time.perf_counter(), 0
    in_turn = itertools.cycle(connections)
    while load.left:
        await asyncio.sleep(max(began + number / load.rate - time.perf_counter(), 0))
        free = next((each for each in itertools.islice(in_turn, len(connections)) if each.is_free), None)
        if free is not None:
            free.send()
            number += 1


async def run_bare(target: str, calls: int, at_once: int) -> dict[str, float]:
    """Make `calls` pulls, `at_once` at a time."""
    async with grpc.aio.insecure_channel(target, options=[("grpc.max_receive_message_length", 1 << 24)]) as channel:
        stub = ConnectorServiceStub(channel)
        request = PullRequest(account_id="bench", account=b"x" * 300, state=b"y" * 60, max_resources=200)
        left = calls

        async def worker() -> None:
            nonlocal left
            while left > 0:
                left -= 1
                await stub.Pull(request, timeout=30)

        await stub.Pull(request, timeout=30)
        began, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(worker() for _ in range(at_once)))
        took = time.perf_counter() - began
        return {"calls": calls, "seconds": took, "rate": calls / took, "cpu": (time.process_time() - cpu) / calls}


def main() -> None:
    """Run the process and print what it saw as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    loads = parser.add_subparsers(dest="load", required=True)
    http = loads.add_parser("http", help="at an edge")
    http.add_argument("--url", required=True)
    http.add_argument("--lines", required=True, type=Path, help="a file with requests, one a line, sent in turn")
    http.add_argument("--ca", type=Path, help="whom to trust, for https")
    http.add_argument("--requests", type=int, required=True)
    http.add_argument("--connections", type=int, required=True)
    http.add_argument("--rate", type=float, default=0.0, help="requests a second; 0: as fast as they are answered")
    bare = loads.add_parser("bare", help="at a connector")
    bare.add_argument("--target", required=True)
    bare.add_argument("--calls", type=int, default=2000)
    bare.add_argument("--at-once", type=int, default=16)
    options = parser.parse_args()
    found: Mapping[str, object]
    if options.load == "bare":
        found = uvloop.run(run_bare(options.target, options.calls, options.at_once))
    else:
        lines = options.lines.read_bytes().splitlines()
        found = uvloop.run(
            run_http(options.url, lines, options.requests, options.connections, ca=options.ca, rate=options.rate)
        )
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
