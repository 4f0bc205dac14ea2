# SPDX-License-Identifier: Apache-2.0
"""The bytes of a connection to the edge, in pieces, as its own protocol takes them from a transport."""

from __future__ import annotations

import asyncio
import re
from functools import cache
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from sealock_edge.config.settings import ConnectionsConfig
from sealock_edge.connections import Connections, HttpConnection, Limit, Rules
from sealock_edge.telemetry import ConnectionMetrics
from tests.fuzz.edge_app import edge_app
from tests.fuzz.scripted import run

PIECES = (1_000_000, 1, 7, 64)
"""How many bytes come at once."""
_STATUS = re.compile(rb"HTTP/1\.1 ([0-9]{3}) ")
_MOST_TURNS = 2_000


class _Transport(asyncio.Transport):
    """Takes everything at once, and closes when it is asked to."""

    def __init__(self) -> None:
        super().__init__({"sockname": ("127.0.0.1", 8080), "peername": ("192.0.2.1", 4711)})
        self.written = b""
        self.closing = False

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    def abort(self) -> None:
        self.closing = True

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        """Nothing more is written."""

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """There is no buffer."""

    def pause_reading(self) -> None:
        """What was read ahead comes all the same."""

    def resume_reading(self) -> None:
        """Likewise."""


@cache
def _config() -> uvicorn.Config:
    config = uvicorn.Config(edge_app().edge.public, http="httptools", log_config=None, proxy_headers=False)
    config.load()
    return config


def connection(data: bytes) -> None:
    """However the bytes come, whole requests are answered, and the rest is refused: nothing is a fault of the edge."""
    edge_app()
    for size in PIECES:
        run(_connected(data, size))


async def _connected(data: bytes, size: int) -> None:
    loop = asyncio.get_running_loop()
    app = edge_app()
    app.channel.use(b"Describe\n{}")
    app.log.seek(0)
    app.log.truncate()
    metrics = ConnectionMetrics(app.edge.metrics, "public", Limit)
    rules = Rules(ConnectionsConfig(), most=16, most_by_address=16, whole_answer_seconds=60)
    connections = Connections(rules, metrics, loop.time)
    state = ServerState()
    protocol = HttpConnection(_config(), state, {}, connections=connections, address="192.0.2.1", loop=loop)
    connections.joined(protocol)
    transport = _Transport()
    protocol.connection_made(transport)
    for start in range(0, min(len(data), size * 4_000), size):
        if transport.closing:
            break
        protocol.data_received(data[start : start + size])
    protocol.eof_received()
    for _ in range(_MOST_TURNS):
        if not state.tasks:
            break
        await asyncio.sleep(0)
    protocol.look(loop.time() + 1_000)
    protocol.connection_lost(None)
    for _ in range(_MOST_TURNS):
        if not state.tasks:
            break
        await asyncio.sleep(0)
    assert not state.tasks, "a request goes on without its connection"
    assert not len(connections)
    assert connections.bodies.take(protocol, rules.settings.body_bytes_together), "bytes of a body were not given back"
    assert not transport.written or _STATUS.match(transport.written)
    assert b"500" not in _STATUS.findall(transport.written)
    assert b'"fault"' not in app.log.getvalue()
