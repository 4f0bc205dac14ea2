# SPDX-License-Identifier: Apache-2.0
"""What servers say is an answer, or none, on real sockets; and never the answer to something else."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress

import pytest

from sealock_contract.http_client.connection import Broken, Request
from tests.connector.loopback_http import server
from tests.contract.http_client.calling import HELLO, call, pooling, serving

EVIL = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil"

ANSWERS = {
    "before it comes more to come": (
        b"HTTP/1.1 103 Early\r\nlink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + HELLO, b"hello",
    ),
    "an offer of HTTP/2": (
        b"HTTP/1.1 200 OK\r\nupgrade: h2,h2c\r\nconnection: Upgrade, Keep-Alive\r\ncontent-length: 2\r\n\r\nhi", b"hi",
    ),
    "chunks with extensions and trailers": (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;a=b\r\nhi\r\n0\r\ncontent-length: 9\r\n\r\n", b"hi",
    ),
    "a length beside chunks": (
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", b"hi",
    ),
    "lines that end in LF": (b"HTTP/1.1 200 OK\ncontent-length: 2\n\nhi", b"hi"),
    "a folded header": (b"HTTP/1.1 200 OK\r\nx: a\r\n b\r\ncontent-length: 2\r\n\r\nhi", b"hi"),
    "empty headers": (b"HTTP/1.1 200 OK\r\nx:\r\ny:\r\ncontent-length: 2\r\n\r\nhi", b"hi"),
    "no words after the status": (b"HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nhi", b"hi"),
    "nothing and a body": (b"HTTP/1.1 204 No Content\r\ncontent-length: 4\r\n\r\nevil", b""),
    "not modified and a body": (b"HTTP/1.1 304 Not Modified\r\ncontent-length: 4\r\n\r\nevil", b""),
    "something after the answer": (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi" + EVIL, b"hi"),
    "an answer without a body after the answer": (
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhiHTTP/1.1 204 Again\r\n\r\n",
        b"hi",
    ),
    "a many-headed answer": (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 5_000 + b"content-length: 2\r\n\r\nhi", b"hi"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ANSWERS)
async def test_an_answer_is_read_and_the_next_is_that_to_the_next_request(kind: str) -> None:
    said, body = ANSWERS[kind]
    async with serving(said, HELLO) as served, pooling() as pool:
        assert (await call(pool, served.port))[1] == body
        assert await call(pool, served.port) == (200, b"hello")
        assert served.connections == [0, 1 if kind in DOUBTFUL else 0]


DOUBTFUL = {
    "a length beside chunks",
    "nothing and a body",
    "not modified and a body",
    "something after the answer",
    "an answer without a body after the answer",
}
"""After these nothing more is asked over the same connection."""

BROKEN = {
    "a header with a zero byte": b"HTTP/1.1 200 OK\r\nx: \0\r\ncontent-length: 0\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nhi!",
    "a length below zero": b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
    "an endless length": b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999\r\n\r\nhi",
    "an encoding of its own": b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    "chunks twice": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "a switch of protocols": b"HTTP/1.1 101 -\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    "a name with a space": b"HTTP/1.1 200 OK\r\nx y: z\r\ncontent-length: 0\r\n\r\n",
    "a huge head": b"HTTP/1.1 200 OK\r\nx: " + b"y" * 300_000 + b"\r\ncontent-length: 0\r\n\r\n",
    "one header after the other": b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 100_000,
    "one more to come after the other": b"HTTP/1.1 103 Early\r\n\r\n" * 10_000,
    "a huge extension of a chunk": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;" + b"x" * 300_000,
    "huge trailers": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx: " + b"y" * 300_000,
    "a request": b"GET / HTTP/1.1\r\nhost: x\r\n\r\n",
    "HTTP/2": b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80\0\x04\0\x01\0\0\0\x05\0\xff\xff\xff",
}


@pytest.mark.parametrize("kind", BROKEN)
async def test_what_is_no_answer_is_broken_off_at_once(kind: str) -> None:
    async with serving(BROKEN[kind]) as served, pooling() as pool:
        with pytest.raises(Broken):
            await call(pool, served.port)
        assert len(served.requests) == 1


async def test_an_answer_that_nobody_asked_for_is_given_to_nobody() -> None:
    async with serving(HELLO) as served, pooling() as pool:
        assert await call(pool, served.port) == (200, b"hello")
        # It has arrived, and the loop has had no turn in which it could be noticed.
        os.write(served.writers[0].get_extra_info("socket").fileno(), EVIL)
        assert await call(pool, served.port) == (200, b"hello")
    assert served.connections == [0, 1]


async def test_a_connection_over_which_something_comes_unasked_is_closed() -> None:
    closed = asyncio.Event()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HELLO)
        await asked.wait()
        writer.write(EVIL)
        with suppress(ConnectionError):
            await reader.read()
        closed.set()

    asked = asyncio.Event()
    async with server(speak) as port, pooling() as pool:
        assert await call(pool, port) == (200, b"hello")
        asked.set()
        await asyncio.wait_for(closed.wait(), 20)


async def test_a_server_that_speaks_first_has_no_answer() -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(EVIL)
        await reader.read()

    async with server(speak) as port, pooling() as pool:
        try:
            answer = await call(pool, port)
        except Broken:
            return
        # It may come just after the request, when nothing tells it from an answer.
        assert answer == (200, b"evil")


async def test_the_head_alone_is_asked_for_and_what_comes_after_is_not_the_next_answer() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 70\r\n\r\n"
    async with serving(head + EVIL, HELLO) as served, pooling() as pool:
        assert await call(pool, served.port, "HEAD") == (200, b"")
        assert await call(pool, served.port) == (200, b"hello")


async def test_a_body_that_ends_with_its_connection_is_whole_and_half_a_body_is_not() -> None:
    def hang_up(served, count):
        served.writers[-1].close()

    for said, whole in ((b"HTTP/1.0 200 OK\r\n\r\nhello", True), (HELLO[:-1], False)):
        async with serving(said, then=hang_up) as served, pooling() as pool:
            if whole:
                assert await call(pool, served.port) == (200, b"hello")
            else:
                with pytest.raises(Broken):
                    await call(pool, served.port)


async def test_a_refusal_while_the_body_is_still_being_sent_is_the_answer() -> None:
    sent = 0

    async def endless():
        nonlocal sent
        while True:
            sent += 1
            yield b"x" * 10_000
            if sent > 5:
                await asyncio.sleep(0.001)

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig")
        await writer.drain()
        # Closed with what was sent unread, which resets the connection.

    async with server(refuse) as port, pooling() as pool:
        assert await asyncio.wait_for(call(pool, port, "POST", body=endless()), 20) == (413, b"big")


async def test_a_refusal_of_a_long_body_that_is_there_already_is_the_answer_too() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig")
        await writer.drain()

    async with server(refuse) as port, pooling() as pool:
        assert await call(pool, port, "POST", body=b"x" * 30_000_000) == (413, b"big")


async def test_a_long_body_has_its_time_as_long_as_the_server_goes_on_reading() -> None:
    async def sip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for _ in range(15):
            await asyncio.sleep(0.1)
            await reader.readexactly(1_000_000)
        writer.write(HELLO)

    async with server(sip) as port, pooling() as pool:
        assert await call(pool, port, "POST", body=b"x" * 15_000_000, seconds=1) == (200, b"hello")


async def test_a_server_that_answers_before_it_has_read_the_body_is_not_asked_over_the_same_connection() -> None:
    """What is left of the body could be taken for the next request."""
    smuggled = b"GET /smuggled HTTP/1.1\r\n\r\n" * 400_000
    async with serving(HELLO, limit=100) as served, pooling() as pool:
        request = Request("POST", b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(smuggled), smuggled)
        until = asyncio.get_running_loop().time() + 20
        with suppress(Broken):
            exchange = await pool.call(("http", "site.example", served.port), request, seconds=9, until=until)
            while await exchange.part(seconds=9, until=until):
                pass
        before = len(served.writers)
        await call(pool, served.port)
        assert len(served.writers) == before + 1


@pytest.mark.parametrize(("parts", "length"), [(2, 11), (2, 9), (0, 1)])
async def test_a_body_that_is_not_as_long_as_was_said_is_not_sent_to_its_end(parts: int, length: int) -> None:
    async def body():
        for _ in range(parts):
            yield b"hello"

    async with serving(HELLO) as served, pooling() as pool:
        with pytest.raises(Broken):
            await call(pool, served.port, "POST", body=body(), length=length)
        assert await call(pool, served.port) == (200, b"hello")
        assert served.connections == ([0, 1] if len(served.requests) == 2 else [1])


async def test_an_error_of_who_gives_the_body_comes_through_and_the_connection_is_not_used_again() -> None:
    async def body():
        yield b"hello"
        raise LookupError

    async with serving(HELLO) as served, pooling() as pool:
        with pytest.raises(LookupError):
            await call(pool, served.port, "PUT", body=body())
        assert await call(pool, served.port) == (200, b"hello")
        assert served.connections[-1] == 1


async def test_a_body_that_nobody_reads_is_not_taken_in() -> None:
    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 999999999\r\n\r\n")
        while True:
            poured.append(1)
            writer.write(b"x" * 100_000)
            await writer.drain()

    poured: list[int] = []
    async with server(pour) as port, pooling() as pool:
        place, until = ("http", "site.example", port), asyncio.get_running_loop().time() + 20
        exchange = await pool.call(place, Request("GET", b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"), seconds=9, until=until)
        before = -1
        while before != len(poured):
            before = len(poured)
            await asyncio.sleep(0.1)
        assert len(poured) < 200
        assert await exchange.part(seconds=9, until=until)
        exchange.close()
