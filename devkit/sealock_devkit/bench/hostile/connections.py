# SPDX-License-Identifier: Apache-2.0
"""Attacks on the edge's connections: what happens before any request is whole, and after it was answered."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Iterator

from sealock_devkit.bench.hostile.callers import MEGABYTE, Attacker, Line, chunked, get, post, pull

ONE_ADDRESS = "127.2.0.1"
START = b"GET /hostile/manifest.json HTTP/1.1\r\nHost: edge.example\r\n"
PULL_PATH = "/hostile/pull"
DRIP_SECONDS = 0.5
SMALL_BUFFER = 4096


def _pieces(total: int, piece: bytes) -> Iterator[bytes]:
    """The piece again and again, up to `total` bytes, in writes of about 64 kB."""
    block = piece * max(1, 65_536 // len(piece))
    for _ in range(max(1, total // len(block))):
        yield block


async def _send(attacker: Attacker, *parts: Iterable[bytes]) -> str:
    return await attacker.exchange(piece for part in parts for piece in part)


async def headers(attacker: Attacker) -> None:
    """100 MiB of headers in one request."""
    lines = _pieces(attacker.count(100 * MEGABYTE), b"X-A: " + b"a" * 8000 + b"\r\n")
    attacker.notes[await _send(attacker, (START,), lines, (b"\r\n",))] += 1


async def one_header(attacker: Attacker) -> None:
    """A header of 64 MiB, and a request line of 64 MiB, that never end."""
    for start in (START + b"X-A: ", b"GET /"):
        attacker.notes[await _send(attacker, (start,), _pieces(attacker.count(64 * MEGABYTE), b"a"))] += 1


async def header_lines(attacker: Attacker) -> None:
    """2,000,000 header lines."""
    lines = _pieces(attacker.count(8 * MEGABYTE), b"a:\r\n")
    attacker.notes[await _send(attacker, (START,), lines, (b"\r\n",))] += 1


async def trailers(attacker: Attacker) -> None:
    """100 MiB of trailers after a body in chunks."""
    begin = chunked(PULL_PATH) + b"1\r\na\r\n0\r\n"
    lines = _pieces(attacker.count(100 * MEGABYTE), b"X-A: " + b"a" * 8000 + b"\r\n")
    attacker.notes[await _send(attacker, (begin,), lines, (b"\r\n",))] += 1


async def chunk_extensions(attacker: Attacker) -> None:
    """A chunk with an extension of 64 MiB, and 10,000 chunks with one of 8 kB."""
    long = _pieces(attacker.count(64 * MEGABYTE), b"a")
    attacker.notes[await _send(attacker, (chunked(PULL_PATH) + b"1;a=",), long)] += 1
    each = b"1;a=" + b"a" * 8000 + b"\r\na\r\n"
    attacker.notes[await _send(attacker, (chunked(PULL_PATH),), [each] * attacker.count(10_000))] += 1


async def tiny_chunks(attacker: Attacker) -> None:
    """Bodies of 2,000,000 chunks of one byte, at 4 connections."""
    many = attacker.count(12 * MEGABYTE)
    await attacker.many(4, lambda: _send(attacker, (chunked(PULL_PATH),), _pieces(many, b"1\r\na\r\n")))


async def endless_bodies(attacker: Attacker) -> None:
    """Bodies that go on for 100 MB after they were refused, at 4 connections."""
    body = _pieces
    await attacker.many(
        4,
        lambda: _send(attacker, (post(PULL_PATH, b"", length=1 << 40),), body(attacker.count(100 * MEGABYTE), b"a")),
    )


async def _dripped(attacker: Attacker, start: bytes, drop: bytes) -> str:
    line = await attacker.connect()
    await line.send(start)
    reading = asyncio.create_task(line.status(attacker.seconds))
    while not reading.done() and await line.send(drop):
        await asyncio.wait((reading,), timeout=DRIP_SECONDS)
    return await reading


async def slow_headers(attacker: Attacker) -> None:
    """500 requests whose headers come byte by byte."""
    await attacker.many(500, lambda: _dripped(attacker, START + b"X-A: ", b"a"))


async def crowd(attacker: Attacker) -> None:
    """6,000 connections from 200 addresses, each with a request that has begun and goes on byte by byte."""
    await attacker.many(6000, lambda: _dripped(attacker, START + b"X-A: ", b"a"), at_once=6000)


async def slow_bodies(attacker: Attacker) -> None:
    """500 requests whose bodies come byte by byte."""
    await attacker.many(500, lambda: _dripped(attacker, post(PULL_PATH, b"metadata=", length=60_000), b"a"))


async def slow_chunks(attacker: Attacker) -> None:
    """500 requests whose bodies come in chunks of one byte, one at a time."""
    await attacker.many(500, lambda: _dripped(attacker, chunked(PULL_PATH), b"1\r\na\r\n"))


async def _only_connected(attacker: Attacker, address: str = "") -> str:
    await attacker.connect(address)
    return "connected"


async def idle(attacker: Attacker) -> None:
    """3,000 connections from 200 addresses, on which nothing is ever sent."""
    await attacker.many(3000, lambda: _only_connected(attacker))


async def idle_from_one_address(attacker: Attacker) -> None:
    """3,000 connections from one address, on which nothing is ever sent."""
    await attacker.many(3000, lambda: _only_connected(attacker, ONE_ADDRESS))


async def kept_alive(attacker: Attacker) -> None:
    """2,000 connections that were answered once and stay."""

    async def once() -> str:
        line = await attacker.connect()
        await line.send(get("/hostile/manifest.json", end="keep-alive"))
        return await line.status(20)

    await attacker.many(2000, once)


async def no_body(attacker: Attacker) -> None:
    """200 POSTs whose body never comes, half of which expect to be told to go on."""

    async def without(start: bytes) -> str:
        line = await attacker.connect()
        await line.send(start)
        return await line.status(attacker.seconds)

    plain = post(PULL_PATH, b"", length=1000)
    await attacker.many(100, lambda: without(plain))
    await attacker.many(100, lambda: without(plain.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")))


async def unfinished_bodies(attacker: Attacker) -> None:
    """300 bodies of 1 MB, which an event callback may have, that lack their last byte."""

    async def without_its_end() -> str:
        line = await attacker.connect()
        start = post("/hostile/event_callback", b"", content_type="application/json", length=MEGABYTE)
        if not await line.send(start, b" " * (MEGABYTE - 1)):
            return "closed"
        return await line.status(attacker.seconds)

    await attacker.many(300, without_its_end)


async def small_bodies(attacker: Attacker) -> None:
    """4,000 bodies of 16 kB that lack their last byte."""

    async def without_its_end() -> str:
        line = await attacker.connect()
        await line.send(post(PULL_PATH, b"", length=16_384), b" " * 16_383)
        return await line.status(attacker.seconds)

    await attacker.many(4000, without_its_end, at_once=4000)


async def _unread(attacker: Attacker, requests: Iterable[bytes]) -> str:
    line = await attacker.connect(receive_buffer=SMALL_BUFFER)
    try:
        async with asyncio.timeout(attacker.seconds):
            for request in requests:
                if not await line.send(request):
                    return "closed"
    except TimeoutError:
        return "held up"
    return "sent"


async def unread_answers(attacker: Attacker) -> None:
    """200 connections, on each 2,000 requests at once whose answers are never read."""
    requests = [get("/hostile/manifest.json", end="keep-alive") * 100] * attacker.count(20)
    await attacker.many(200, lambda: _unread(attacker, requests))


async def sipped_answers(attacker: Attacker) -> None:
    """200 connections, on each 2,000 requests at once whose answers are taken a kilobyte a second."""
    requests = get("/hostile/manifest.json", end="keep-alive") * attacker.count(2000)

    async def once() -> str:
        line = await attacker.connect(receive_buffer=SMALL_BUFFER)
        sending = asyncio.create_task(line.send(requests))
        sipped = await line.sip(attacker.seconds)
        sending.cancel()
        return sipped

    await attacker.many(200, once)


async def unread_pulls(attacker: Attacker) -> None:
    """100 pulls of a page of 4 MB whose answers are never read."""
    await attacker.many(100, lambda: _unread(attacker, [pull(attacker.place.accounts["full-page"])]), at_once=8)
    await asyncio.sleep(min(5, attacker.seconds))


async def pipelined(attacker: Attacker) -> None:
    """20,000 requests on one connection, whose answers are read."""
    line = await attacker.connect()
    reading = asyncio.create_task(line.drain())
    for _ in range(attacker.count(200)):
        if not await line.send(get("/hostile/manifest.json", end="keep-alive") * 100):
            break
    await line.send(get("/hostile/manifest.json"))
    await asyncio.wait((reading,), timeout=attacker.seconds)
    attacker.notes["read to the end" if reading.done() else "not read to the end"] += 1
    reading.cancel()


GARBAGE = (
    b"GET /\r\n",
    b"GET / HTTP/0.9\r\n\r\n",
    b"GET / HTTP/2.0\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(200),
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AA\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n",
    b"GET / HTTP/1.1\r\n\xff\xfe: \x00\r\n\r\n",
    b"\r\n" * 5000,
    b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"{}\n" * 50,
)


async def garbage(attacker: Attacker) -> None:
    """3,000 connections with something that is not a request, or not one of HTTP/1.1."""
    chance = random.Random(1)  # noqa: S311 - the same ones each time

    async def once() -> str:
        kind = chance.choice((*GARBAGE, chance.randbytes(300)))
        return await attacker.ask(kind, patience=10)

    await attacker.many(3000, once, at_once=50)


async def resets(attacker: Attacker) -> None:
    """3,000 connections that are reset after a request, a pull, or nothing."""
    chance = random.Random(1)  # noqa: S311
    kinds = (b"", START, get("/hostile/manifest.json"), pull(attacker.place.accounts["never"]))

    async def once() -> str:
        line: Line = await attacker.connect()
        await line.send(chance.choice(kinds))
        await asyncio.sleep(0.01)
        line.reset()
        return "reset"

    await attacker.many(3000, once, at_once=50)


async def handshakes(attacker: Attacker) -> None:
    """1,000 TLS handshakes that stop after a hello, half of one, or nothing."""
    hello = bytes.fromhex("16030100c8010000c40303") + bytes(32)
    chance = random.Random(1)  # noqa: S311

    async def once() -> str:
        line = await attacker.connect()
        await line.send(hello[: chance.choice((0, 5, len(hello)))])
        return await line.status(attacker.seconds)

    await attacker.many(1000, once, at_once=1000)
