# SPDX-License-Identifier: Apache-2.0
"""The local Zendesk as a site and as a process: its core, its pages and its API, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import uvicorn

from sealock_devkit.zendesk.api.app import create_app
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.settings import Settings
from sealock_devkit.zendesk.transcripts.opened import OpenedTranscripts
from sealock_devkit.zendesk.web.app import create_opened_app, create_web_app

PROGRAMS = ("/api/", "/attachments/")
"""Where paths begin that are not pages."""

OPENED = re.compile(r"/transcripts/([0-9]{1,9})(?=/|\Z)", re.ASCII)
"""Where the pages of an open transcript begin."""

Site = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def create_site(zendesk: LocalZendesk, ends: Callable[[], bool] = lambda: False) -> Site:
    """
    The whole site over a local Zendesk that runs already.

    `/api/` and `/attachments/` are for programs, the rest for people.

    Each side has its own guards, and each open transcript has pages of its own.

    `ends` says that open streams should end, as the server does.
    """
    opened = OpenedTranscripts()
    zendesk.at_the_end(opened.close_all)
    api, web = create_app(zendesk, opened), create_web_app(zendesk, opened, ends)
    of_files: dict[int, Site] = {}

    async def site(scope: dict[str, Any], receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        if found := OPENED.match(path):
            number = int(found[1])
            if one := opened.get(number):
                if number not in of_files:
                    of_files[number] = create_opened_app(one)
                inside = {**scope, "path": path[found.end() :] or "/", "root_path": one.root}
                await of_files[number](inside, receive, send)
                return
            of_files.pop(number, None)
            scope = {**scope, "path": found[0]}
        await (api if path.startswith(PROGRAMS) else web)(scope, receive, send)

    return site


SHUTDOWN_SECONDS = 3


class _Server(uvicorn.Server):
    """Ends by itself after a signal, so that the core can close its files first, and open streams before."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_streams = end_streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop as the base does, without waiting for those who look at a page."""
        self._end_streams()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals as the base does, and do not raise them again at the end."""
        with contextlib.suppress(KeyboardInterrupt), super().capture_signals():
            yield
            self._captured_signals.clear()


async def serve(host: str, port: int, folder: Path, settings: Settings, *, ca_file: str, console: TextIO) -> None:
    """Run until SIGINT or SIGTERM. Raises `StoreUnusable`; `OSError` for an address or file that cannot be used."""
    with _listener(host, port) as listener:
        port = listener.getsockname()[1]
        async with LocalZendesk(folder, settings, ca_file=ca_file, console=console) as zendesk:
            stopping = asyncio.Event()

            def end_streams() -> None:
                stopping.set()
                zendesk.context.changes.announce()

            config = uvicorn.Config(
                create_site(zendesk, stopping.is_set),
                log_level="warning",
                access_log=False,
                lifespan="off",
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            )
            zendesk.context.address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
            zendesk.context.console.say(f"local Zendesk {settings.subdomain}: http://{host}:{port}/")
            await _Server(config, end_streams).serve(sockets=[listener])


def _listener(host: str, port: int) -> socket.socket:
    # asyncio sends small answers at once only on sockets that say they are TCP: without it each takes 40 ms.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener
