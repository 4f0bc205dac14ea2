# SPDX-License-Identifier: Apache-2.0
"""Attacks on a connector's own port: callers whom it refuses, and connections that never become a call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc

from sealock.connector.v1.connector_service_pb2 import DESCRIPTOR
from sealock_devkit.bench.hostile.callers import HOST, Attacker

SERVICE = DESCRIPTOR.services_by_name["ConnectorService"].full_name
LARGE = 15_000_000
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def _bytes_of(file: str) -> bytes:
    return Path(file).read_bytes()


@asynccontextmanager
async def _channel(attacker: Attacker, *, stranger: bool = True) -> AsyncGenerator[grpc.aio.Channel]:
    """To the honest connector, with a certificate of another name, or with none at all."""
    place = attacker.place
    files = [place.authority, *((place.stranger_key, place.stranger_certificate) if stranger else ())]
    credentials = grpc.ssl_channel_credentials(*(_bytes_of(file) for file in files))
    options = [
        ("grpc.max_send_message_length", -1),
        ("grpc.ssl_target_name_override", "connector"),
        ("grpc.use_local_subchannel_pool", 1),
    ]
    async with grpc.aio.secure_channel(f"{HOST}:{place.connector}", credentials, options=options) as channel:
        yield channel


async def _call(channel: grpc.aio.Channel, method: str, request: bytes, seconds: float) -> str:
    try:
        await channel.unary_unary(method, bytes, bytes)(request, timeout=seconds)
    except grpc.aio.AioRpcError as refused:
        return refused.code().name
    return "OK"


async def refused_callers(attacker: Attacker) -> None:
    """20 calls of 15 MB at once, five times, each from a connection of its own with a name that is not let in."""
    request = bytes(LARGE)

    async def once() -> str:
        async with _channel(attacker) as channel:
            return await _call(channel, f"/{SERVICE}/Pull", request, attacker.seconds)

    await attacker.many(100, once, at_once=20)


async def unfinished_calls(attacker: Attacker) -> None:
    """20 streams of a name that is not let in, that send 15 MB and never end."""

    async def once() -> str:
        async with _channel(attacker) as channel:
            call = channel.stream_unary(f"/{SERVICE}/Channelback", bytes, bytes)(timeout=attacker.seconds)
            try:
                await call.write(bytes(LARGE))
                await asyncio.sleep(min(5, attacker.seconds))
                return (await call.code()).name if call.done() else "still open"
            except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
                return (await call.code()).name

    await attacker.many(20, once)


async def silent_streams(attacker: Attacker) -> None:
    """2,000 streams of a name that is not let in, on 20 connections, that never send anything."""

    async def hundred() -> None:
        async with _channel(attacker) as channel:
            calls = [
                channel.stream_unary(f"/{SERVICE}/Channelback", bytes, bytes)(timeout=attacker.seconds)
                for _ in range(100)
            ]
            done, open_ = await asyncio.wait(
                [asyncio.ensure_future(call.code()) for call in calls], timeout=min(8, attacker.seconds)
            )
            for each in done:
                attacker.notes[each.result().name] += 1
            attacker.notes["still open"] += len(open_)

    await attacker.many(20, hundred)


async def cancelled_calls(attacker: Attacker) -> None:
    """10,000 calls that are cancelled at once, on 10 connections."""

    async def thousand() -> None:
        async with _channel(attacker) as channel:
            await channel.channel_ready()
            for number in range(1000):
                call = channel.unary_unary(f"/{SERVICE}/Pull", bytes, bytes)(b"", timeout=5)
                await asyncio.sleep(0)
                call.cancel()
                if not number % 50:
                    await asyncio.sleep(0.01)
            attacker.notes["cancelled"] += 1000

    await attacker.many(10, thousand)


async def open_to_strangers(attacker: Attacker) -> None:
    """100 calls each of health and reflection by a name that is not let in, and by nobody at all."""
    methods = ("/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch")
    for stranger in (True, False):
        async with _channel(attacker, stranger=stranger) as channel:
            for method in methods:
                for _ in range(attacker.count(100)):
                    said = await _call(channel, method, b"", min(5, attacker.seconds))
                    attacker.notes[f"{method.rpartition('/')[2]} {said}"] += 1


async def bare_connections(attacker: Attacker) -> None:
    """2,000 TCP connections to the connector: silent, with half a hello, or with HTTP/2 in the clear."""
    kinds = (b"", bytes.fromhex("16030100c8010000c40303") + bytes(32), PREFACE, b"GET / HTTP/1.1\r\n\r\n")
    turn = iter(range(1 << 30))

    async def once() -> str:
        line = await attacker.connect(port=attacker.place.connector)
        await line.send(kinds[next(turn) % len(kinds)])
        return await line.status(min(10, attacker.seconds))

    await attacker.many(2000, once, at_once=2000)
