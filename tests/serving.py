# SPDX-License-Identifier: Apache-2.0
"""Applications over real HTTP on this machine, served as their programs serve them; stopped at once."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import uvicorn
from uvicorn.server import ServerState


def listening(host: str = "127.0.0.1") -> tuple[socket.socket, str]:
    """A socket that listens on a free port, and its address as browsers write it."""
    # asyncio sends small answers at once only on sockets that say they are TCP: without it each takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind((host, 0))
    listener.listen()
    return listener, f"http://{host}:{listener.getsockname()[1]}"


TURNS_TO_ACCEPT = 10


class _Server(uvicorn.Server):
    """Stops the moment it is told to: the base looks every tenth of a second, and then waits for as long again."""

    def __init__(self, config: uvicorn.Config, patience: float) -> None:
        super().__init__(config)
        self._patience = patience
        self.stopping = asyncio.Event()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # What was accepted already gets its transport some turns later, and from a closed server none at all.
        for listener in sockets or ():
            asyncio.get_running_loop().remove_reader(listener)
        for _ in range(TURNS_TO_ACCEPT):
            await asyncio.sleep(0)
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(set(self.server_state.tasks), timeout=self._patience)
        await _cut_off(self.server_state)
        await self.lifespan.shutdown()


async def _cut_off(state: ServerState) -> None:
    """End all connections, and what is under way in them."""
    cancelled: set[asyncio.Task[None]] = set()
    while state.connections or state.tasks:
        for task in state.tasks - cancelled:
            task.cancel()
            cancelled.add(task)
        for connection in list(state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)


@asynccontextmanager
async def served(
    app: Any,
    listener: socket.socket,
    *,
    before_stop: Callable[[], None] | None = None,
    patience: float = 1,
    **config: Any,
) -> AsyncIterator[None]:
    """
    Serve the application until the block ends; what `config` says wins over what programs say.

    `before_stop` ends what would otherwise never end; what has not ended `patience` seconds later is cancelled.
    """
    usual = {
        "http": "httptools",
        "ws": "none",
        "log_level": "critical",
        "lifespan": "off",
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
    }
    with listener:
        server = _Server(uvicorn.Config(app, **usual | config), patience)
        task = asyncio.create_task(server._serve([listener]))
        while not server.started:
            await asyncio.sleep(0)
            assert not task.done(), "the application did not start"
        try:
            yield
        finally:
            if before_stop:
                before_stop()
            server.stopping.set()
            await task


@asynccontextmanager
async def serving(make: Callable[[str], Any], **options: Any) -> AsyncIterator[str]:
    """Serve the application that `make` gives for its address, with the options of `served`; the address."""
    listener, url = listening()
    url = url.replace("http:", "https:") if "ssl_certfile" in options else url
    async with served(make(url), listener, **options):
        yield url


def client_of(url: str, **options: Any) -> httpx2.AsyncClient:
    """A client of a server on this machine: it needs no certificates, which take long to read."""
    return httpx2.AsyncClient(base_url=url, verify=False, trust_env=False, **{"timeout": 20, **options})


@asynccontextmanager
async def not_http() -> AsyncIterator[int]:
    """The port of a server that says something to whoever connects, which is no HTTP, and hangs up."""

    async def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"-ERR unknown command\r\n")
        writer.close()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
