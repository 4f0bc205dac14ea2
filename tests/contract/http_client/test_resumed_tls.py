# SPDX-License-Identifier: Apache-2.0
"""TLS sessions are taken up again with the same server, and with no other, on real sockets."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trustme

from sealock_contract.http_client.pool import NotConnected, Pool
from sealock_contract.http_client.tls_sessions import MOST_SECONDS, MOST_SESSIONS
from tests.connector.loopback_http import server
from tests.contract.http_client.calling import Clock, call, pooling

ENDING = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi"
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
NAMES = ("one.example", "other.example")


class Counting:
    """A server with TLS that ends each connection after an answer, and knows which handshakes it was spared."""

    def __init__(self, authority: trustme.CA, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> None:
        self.resumed: list[bool] = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.maximum_version = version
        authority.issue_cert(*NAMES).configure_cert(self.context)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.resumed.append(writer.get_extra_info("ssl_object").session_reused)
        writer.write(ENDING)


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@asynccontextmanager
async def counted(
    version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3, clock: Clock | None = None
) -> AsyncIterator[tuple[Counting, int, Pool, trustme.CA]]:
    authority = trustme.CA()
    counting = Counting(authority, version)
    async with (
        server(counting.handle, ssl=counting.context) as port,
        pooling(clock, trust=trusting(authority)) as pool,
    ):
        yield counting, port, pool, authority


async def hi(pool: Pool, port: int, host: str) -> None:
    assert await call(pool, port, scheme="https", host=host) == (200, b"hi")


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_new_connection_takes_up_the_last_session(version: ssl.TLSVersion) -> None:
    async with counted(version) as (counting, port, pool, _):
        for _ in range(4):
            await hi(pool, port, NAMES[0])
    assert counting.resumed == [False, True, True, True]


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_session_is_not_offered_to_another_name_or_port(version: ssl.TLSVersion) -> None:
    async with counted(version) as (counting, port, pool, _):
        await hi(pool, port, NAMES[0])
        await hi(pool, port, NAMES[1])
        # Whoever has the other port could have the same tickets' key.
        async with server(counting.handle, ssl=counting.context) as other_port:
            await hi(pool, other_port, NAMES[0])
        await hi(pool, port, NAMES[1])
    assert counting.resumed == [False, False, False, True]


async def test_a_session_of_another_server_at_the_same_place_is_worth_nothing() -> None:
    """A certificate of an authority that is not trusted is refused, whatever is offered to it."""
    async with counted() as (_counting, port, pool, _):
        await hi(pool, port, NAMES[0])
        stranger = Counting(trustme.CA())
        async with server(stranger.handle, ssl=stranger.context) as stranger_port:
            kept = pool._sessions._kept
            kept["https", NAMES[0], stranger_port] = kept["https", NAMES[0], port]
            with pytest.raises(NotConnected) as refused:
                await hi(pool, stranger_port, NAMES[0])
    assert isinstance(refused.value.__cause__, ssl.SSLCertVerificationError)
    assert stranger.resumed == []


async def test_a_certificate_is_looked_at_again_after_an_hour_however_often_it_was_resumed() -> None:
    clock = Clock()
    async with counted(clock=clock) as (counting, port, pool, _):
        for _ in range(4):
            await hi(pool, port, NAMES[0])
            clock.now += MOST_SECONDS * 0.4
    assert counting.resumed == [False, True, True, False]


async def test_a_name_that_the_certificate_is_not_for_is_refused_though_a_session_was_kept() -> None:
    async with counted() as (counting, port, pool, _):
        await hi(pool, port, NAMES[0])
        with pytest.raises(NotConnected):
            await hi(pool, port, "third.example")
    assert counting.resumed == [False]


async def test_sessions_are_bounded_in_number() -> None:
    async with counted() as (_, port, pool, _authority):
        await hi(pool, port, NAMES[0])
        kept = pool._sessions._kept
        for number in range(3_000):
            kept["https", f"{number}.example", 443] = kept["https", NAMES[0], port]
        await hi(pool, port, NAMES[1])
        assert len(kept) == MOST_SESSIONS
        assert ("https", NAMES[1], port) in kept
