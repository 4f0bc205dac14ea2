# SPDX-License-Identifier: Apache-2.0
"""The local Zendesk as a process: its core and its API, until it is told to stop."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import uvicorn

from sealock_devkit.zendesk.api.app import create_app
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.settings import Settings

SHUTDOWN_SECONDS = 3


class _Server(uvicorn.Server):
    """Ends by itself after a signal, so that the core can close its files first."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals as the base does, and do not raise them again at the end."""
        with contextlib.suppress(KeyboardInterrupt), super().capture_signals():
            yield
            self._captured_signals.clear()


async def serve(host: str, port: int, folder: Path, settings: Settings, *, ca_file: str, console: TextIO) -> None:
    """Run until SIGINT or SIGTERM. Raises `StoreUnusable`; `OSError` for an address or file that cannot be used."""
    with _listener(host, port) as listener:
        async with LocalZendesk(folder, settings, ca_file=ca_file, console=console) as zendesk:
            config = uvicorn.Config(
                create_app(zendesk),
                log_level="warning",
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            )
            zendesk.context.console.say(f"local Zendesk {settings.subdomain}: http://{host}:{port}/api/status")
            await _Server(config).serve(sockets=[listener])


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
