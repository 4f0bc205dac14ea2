# SPDX-License-Identifier: Apache-2.0
"""Harnesses of the client for origins: the URLs that it is led to, and what servers say."""

from __future__ import annotations

import asyncio
import re
import socket
from contextlib import suppress
from functools import cache

from sealock_connector.egress import Address, EgressDenied
from sealock_contract.http_client.connection import Broken, Connection, Request
from tests.fuzz.scripted import run

_REQUEST = Request("GET", b"GET / HTTP/1.1\r\nhost: site.example\r\n\r\n")
_ON_THE_WIRE = re.compile(r"/[!-~]*", re.ASCII)
_AUTHORITY = re.compile(r"(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?", re.ASCII)


def addresses(data: bytes) -> None:
    """A URL, and where a redirect from it leads: each is none, or one that goes over the wire, and reads as itself."""
    first, _, second = data.decode("utf-8", "replace").partition("\n")
    with suppress(EgressDenied, ValueError):
        address = Address.read(first)
        for each in (address, address.asking({"a b": second, "ü": 1}), address.leading_to(second)):
            assert _ON_THE_WIRE.fullmatch(each.target), each
            assert _AUTHORITY.fullmatch(each.authority), each
            assert Address.read(str(each)) == each


def conversation(data: bytes) -> None:
    """
    What a server says after a request, in one piece and in many: an answer whose end is certain, or `Broken`.

    Both ways give the same, and where something came after the answer the connection is not used again.
    """
    whole = run(_answered([data]))
    assert run(_answered([data[at : at + 1] for at in range(len(data))]))[:2] == whole[:2]
    status, body, usable = whole
    if status is not None and body is not None and usable:
        assert run(_answered([data, b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"]))[2] is False


async def _answered(pieces: list[bytes]) -> tuple[int | None, bytes | None, bool]:
    """The status, the body if it came to its end, and whether the connection may be used again."""
    loop = asyncio.get_running_loop()
    connection = Connection(loop, _sockets()[0], lambda _: None)
    connection.connection_made(_Sink())
    exchange = asyncio.ensure_future(connection.exchange(_REQUEST, seconds=9, until=loop.time() + 9))
    await asyncio.sleep(0)
    for piece in pieces:
        connection.data_received(piece)
    usable = connection.usable
    connection.connection_lost(None)
    try:
        head = await exchange
        parts = []
        while part := await connection.part(seconds=9, until=loop.time() + 9):
            parts.append(part)
    except Broken:
        return (exchange.result().status if not exchange.exception() else None), None, False
    return head.status, b"".join(parts), usable


@cache
def _sockets() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair()


class _Sink(asyncio.Transport):
    """A connection that takes everything and says nothing."""

    def write(self, data: bytes) -> None:
        """Nobody reads it."""

    def abort(self) -> None:
        """It was never open."""

    def get_write_buffer_size(self) -> int:
        """Everything was taken."""
        return 0

    def pause_reading(self) -> None:
        """Nothing is read."""

    def resume_reading(self) -> None:
        """Nothing is read."""
