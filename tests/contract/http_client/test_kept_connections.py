# SPDX-License-Identifier: Apache-2.0
"""Connections are kept for what only reads, and what changes something is sent once."""

from __future__ import annotations

import asyncio

import pytest

from sealock_contract.http_client.connection import Broken, Request
from sealock_contract.http_client.pool import AllInUse, Exchange, Pool
from tests.connector.loopback_http import server
from tests.contract.http_client.calling import HELLO, Clock, call, eventually, pooling, serving

CHANGING = ["POST", "PUT", "PATCH", "DELETE"]


@pytest.mark.parametrize(("method", "idle", "kept"), [
    ("GET", 130, True), ("GET", 299, True), ("GET", 301, False), ("HEAD", 130, True),
    *((method, 4, True) for method in CHANGING), *((method, 6, False) for method in CHANGING),
])  # fmt: skip
async def test_how_long_a_connection_may_have_been_idle(method: str, idle: float, kept: bool) -> None:
    clock = Clock()
    async with serving(HELLO) as served, pooling(clock) as pool:
        await call(pool, served.port)
        clock.now += idle
        await call(pool, served.port, method)
    assert served.connections == [0, 0 if kept else 1]


async def test_one_that_is_too_old_for_a_post_still_serves_a_get() -> None:
    clock = Clock()
    async with serving(HELLO) as served, pooling(clock) as pool:
        await call(pool, served.port)
        clock.now += 60
        await call(pool, served.port, "POST")
        clock.now += 250
        await call(pool, served.port)
    assert served.connections == [0, 1, 1]


async def test_a_connection_is_not_kept_for_more_than_an_hour_however_often_it_is_used() -> None:
    clock = Clock()
    async with serving(HELLO) as served, pooling(clock) as pool:
        for _ in range(20):
            await call(pool, served.port)
            clock.now += 240
    assert served.connections == [0] * 17 + [1] * 3


def closing_after_the_first(served, count):
    """The server closes while nothing is asked of it."""
    if count == 1:
        served.writers[0].close()


async def test_a_get_over_a_connection_that_was_closed_meanwhile_is_sent_again() -> None:
    async with serving(HELLO, then=closing_after_the_first) as served, pooling() as pool:
        assert await call(pool, served.port) == (200, b"hello")
        assert await call(pool, served.port) == (200, b"hello")
    assert served.connections == [0, 1]


class Forgetful:
    """A server that reads the second request of a connection, and closes without a word; it knows what came."""

    def __init__(self) -> None:
        self.came: list[bytes] = []

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in range(2):
            self.came.append((await reader.readuntil(b"\r\n\r\n")).split(b" ")[0])
            if number == 0:
                writer.write(HELLO)


async def test_a_get_that_a_kept_connection_swallowed_is_sent_once_more_and_no_more_than_that() -> None:
    forgetful = Forgetful()
    async with server(forgetful.handle) as port, pooling() as pool:
        await call(pool, port)
        assert await call(pool, port) == (200, b"hello")
    assert forgetful.came == [b"GET", b"GET", b"GET"]


@pytest.mark.parametrize("method", CHANGING)
async def test_what_changes_something_is_not_sent_again_whatever_became_of_it(method: str) -> None:
    forgetful = Forgetful()
    async with server(forgetful.handle) as port, pooling() as pool:
        await call(pool, port)
        with pytest.raises(Broken):
            await call(pool, port, method)
        await asyncio.sleep(0.05)
    assert forgetful.came == [b"GET", method.encode()]


async def test_a_get_of_which_some_answer_came_is_not_sent_again() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for said in (HELLO, HELLO[:20]):
            came.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(said)

    came: list[bytes] = []
    async with server(handle) as port, pooling() as pool:
        await call(pool, port)
        with pytest.raises(Broken):
            await call(pool, port)
    assert len(came) == 2


async def begun(pool: Pool, port: int) -> Exchange:
    """An exchange whose answer is still to be read."""
    request = Request("GET", b"GET / HTTP/1.1\r\nhost: site.example\r\n\r\n")
    until = asyncio.get_running_loop().time() + 20
    return await pool.call(("http", "site.example", port), request, seconds=9, until=until)


@pytest.mark.parametrize("said", [b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello", HELLO])
async def test_an_answer_that_was_not_read_to_its_end_takes_its_connection_with_it(said: bytes) -> None:
    async with serving(said, HELLO) as served, pooling() as pool:
        (await begun(pool, served.port)).close()
        assert await call(pool, served.port) == (200, b"hello")
    assert served.connections == [0, 1]


async def test_a_place_that_was_given_to_a_call_that_is_cancelled_goes_to_the_next() -> None:
    async with serving(HELLO) as served, pooling(most_in_use=1) as pool:
        exchange = await begun(pool, served.port)
        first, second = (asyncio.ensure_future(call(pool, served.port)) for _ in range(2))
        await eventually(lambda: len(pool._waiting) == 2)
        exchange.close()
        first.cancel()
        assert await asyncio.wait_for(second, 5) == (200, b"hello")


@pytest.mark.parametrize("said", [
    b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
    b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n",
])  # fmt: skip
async def test_a_server_that_wants_to_end_is_left_alone(said: bytes) -> None:
    async with serving(said) as served, pooling() as pool:
        for _ in range(2):
            await call(pool, served.port)
    assert served.connections == [0, 1]


class Gate:
    """A server that answers when it is told to."""

    def __init__(self) -> None:
        self.open, self.came, self.closed = asyncio.Event(), 0, 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.came += 1
                await self.open.wait()
                writer.write(HELLO)
        finally:
            self.closed += 1

    async def arrived(self, many: int) -> None:
        await eventually(lambda: self.came >= many)


async def test_who_finds_all_connections_in_use_waits_and_is_told_in_the_end() -> None:
    gate = Gate()
    async with server(gate.handle) as port, pooling(most_in_use=2) as pool:
        running = [asyncio.ensure_future(call(pool, port)) for _ in range(2)]
        await gate.arrived(2)
        with pytest.raises(AllInUse):
            await call(pool, port, seconds=0.05)
        waiting = [asyncio.ensure_future(call(pool, port)) for _ in range(5)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        gate.open.set()
        answers = await asyncio.gather(*running, *waiting, return_exceptions=True)
        assert [answer for answer in answers if answer != (200, b"hello")] == [answers[2]]
        assert isinstance(answers[2], asyncio.CancelledError)


async def test_a_call_that_is_cancelled_closes_its_connection_and_frees_its_place() -> None:
    gate = Gate()
    async with server(gate.handle) as port, pooling(most_in_use=1) as pool:
        running = asyncio.ensure_future(call(pool, port))
        await gate.arrived(1)
        running.cancel()
        gate.open.set()
        assert await call(pool, port) == (200, b"hello")
        await eventually(lambda: gate.closed > 0)


async def test_of_idle_connections_the_one_that_was_used_longest_ago_makes_room() -> None:
    clock = Clock()
    async with (
        serving(HELLO) as one,
        serving(HELLO) as other,
        serving(HELLO) as third,
        pooling(clock, most_idle=2) as pool,
    ):
        for served in (one, other, one, third, one, other):
            assert await call(pool, served.port) == (200, b"hello")
            clock.now += 1
    assert (one.connections, other.connections, third.connections) == ([0, 0, 0], [0, 1], [0])


@pytest.mark.parametrize(("keeping", "left"), [({"most_idle_of_place": 2}, 2), ({"most_idle": 3}, 3), ({}, 5)])
async def test_idle_connections_are_few_in_all_and_of_one_server(keeping: dict[str, int], left: int) -> None:
    gate = Gate()
    async with server(gate.handle) as port, pooling(**keeping) as pool:
        running = [asyncio.ensure_future(call(pool, port)) for _ in range(5)]
        await gate.arrived(5)
        gate.open.set()
        await asyncio.gather(*running)
        await eventually(lambda: gate.closed == 5 - left)
        assert len(pool._in_order) == left


async def test_idle_connections_are_closed_when_their_time_is_over() -> None:
    clock, gate = Clock(), Gate()
    gate.open.set()
    async with server(gate.handle) as port, pooling(clock, seconds=0.05) as pool:
        await call(pool, port)
        clock.now += 1
        await eventually(lambda: gate.closed > 0)
        assert len(pool._in_order) == 0


async def test_closing_breaks_off_what_is_under_way_and_nothing_begins_after_it() -> None:
    gate = Gate()
    async with server(gate.handle) as port, pooling() as pool:
        running = asyncio.ensure_future(call(pool, port))
        await gate.arrived(1)
        await pool.close()
        with pytest.raises(Broken):
            await running
        with pytest.raises(RuntimeError):
            await call(pool, port)
