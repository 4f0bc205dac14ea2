# SPDX-License-Identifier: Apache-2.0
"""A name server on loopback that knows one name, as a cluster's knows a headless Service."""

from __future__ import annotations

import asyncio
import ipaddress
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

ADDRESS, ANY_CLASS_IN = 1, 1
NO_SUCH_NAME = 3
SECONDS = 1
"""How long an answer is good."""


class NameServer(asyncio.DatagramProtocol):
    """Answers questions for `name` with `addresses`, which may be changed at any time."""

    def __init__(self, name: str, addresses: list[str]) -> None:
        self.name = name
        self.addresses = addresses
        self.asked = 0
        self.port = 0
        self._transport = asyncio.DatagramTransport()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._transport.sendto(self._answer(data), addr)

    def _answer(self, query: bytes) -> bytes:
        labels, end = _labels(query)
        kind, _ = struct.unpack("!HH", query[end : end + 4])
        known = ".".join(labels).lower() == self.name
        found = self.addresses if known and kind == ADDRESS else []
        self.asked += known and kind == ADDRESS
        head = struct.pack(
            "!HHHHHH", query[0] << 8 | query[1], 0x8580 | (0 if known else NO_SUCH_NAME), 1, len(found), 0, 0
        )
        records = [
            b"\xc0\x0c" + struct.pack("!HHIH", ADDRESS, ANY_CLASS_IN, SECONDS, 4) + ipaddress.ip_address(each).packed
            for each in found
        ]
        return head + query[12 : end + 4] + b"".join(records)


def _labels(query: bytes) -> tuple[list[str], int]:
    """The question's name, and where its type begins."""
    labels, at = [], 12
    while length := query[at]:
        labels.append(query[at + 1 : at + 1 + length].decode())
        at += length + 1
    return labels, at + 1


@asynccontextmanager
async def serving(name: str, addresses: list[str]) -> AsyncGenerator[NameServer]:
    """A name server, until the block ends."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        lambda: NameServer(name, addresses), local_addr=("127.0.0.1", 0)
    )
    server.port = transport.get_extra_info("sockname")[1]
    try:
        yield server
    finally:
        transport.close()
