# SPDX-License-Identifier: Apache-2.0
"""
Taking connections from a listening socket: as many as there are places and open files for.

The loop's own server takes everything, knows nobody's address before TLS is agreed, and closes its listener when the
process has no open file left.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import resource
import socket
import ssl
from collections.abc import Callable
from typing import Final

from sealock_edge.client_address import counted_as
from sealock_edge.connections.counting import Connections
from sealock_edge.connections.limits import Limit, refusal
from sealock_edge.connections.protocol import HttpConnection

KERNEL_BYTES: Final = 256 * 1024
"""What the kernel may keep for one connection, each way."""

OWN_FILES: Final = 192
"""Open files that a process needs besides its public connections, without those of its integrations."""
FILES_OF_AN_INTEGRATION: Final = 4

_AT_ONCE: Final = 4
"""Connections taken in one turn of the loop: calls under way get their turns in between, also while thousands come."""
_PAUSE_SECONDS: Final = 0.25
_NO_FILE: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Accepting:
    """One listening socket's connections. It stands where uvicorn has a server of asyncio's."""

    def __init__(
        self,
        listener: socket.socket,
        connections: Connections,
        make: Callable[[str], HttpConnection],
        *,
        tls: ssl.SSLContext | None = None,
        in_need: Callable[[], object] = lambda: None,
    ) -> None:
        """`make` makes a connection for an address. `in_need` is called when there is no open file left."""
        self._listener = listener
        self._connections = connections
        self._make = make
        self._tls = tls
        self._in_need = in_need
        self._loop = asyncio.get_running_loop()
        self._opening: set[asyncio.Task[None]] = set()
        self._pausing: asyncio.TimerHandle | None = None
        self._closed = False

    def start(self) -> None:
        """Begin to accept."""
        self._listener.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self._listener.setsockopt(socket.SOL_SOCKET, option, KERNEL_BYTES)
        self._resume()

    def close(self) -> None:
        """Accept no more; what has not agreed on TLS yet is given up. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self._loop.remove_reader(self._listener.fileno())
        if self._pausing is not None:
            self._pausing.cancel()
        for task in self._opening:
            task.cancel()

    async def wait_closed(self) -> None:
        """Wait until what was given up is gone."""
        await asyncio.gather(*self._opening, return_exceptions=True)

    def _resume(self) -> None:
        self._pausing = None
        self._loop.add_reader(self._listener.fileno(), self._accept)

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                accepted, peer = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno in _NO_FILE:
                    self._wait_for_files()
                return
            self._take(accepted, peer[0])

    def _wait_for_files(self) -> None:
        self._connections.metrics.met(Limit.OPEN_FILES)
        self._in_need()
        self._loop.remove_reader(self._listener.fileno())
        self._pausing = self._loop.call_later(_PAUSE_SECONDS, self._resume)

    def _take(self, accepted: socket.socket, host: str) -> None:
        accepted.setblocking(False)
        limit = self._connections.refused(host)
        if limit is not None:
            self._connections.metrics.met(limit)
            with accepted, contextlib.suppress(OSError):
                if self._tls is None:
                    accepted.send(refusal(limit))
            return
        connection = self._make(counted_as(host))
        self._connections.joined(connection)
        connection.opening = task = self._loop.create_task(self._open(accepted, connection))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(self, accepted: socket.socket, connection: HttpConnection) -> None:
        limits = self._connections.rules.settings
        begun = self._loop.time()
        try:
            await self._loop.connect_accepted_socket(
                lambda: connection,
                accepted,
                ssl=self._tls,
                ssl_handshake_timeout=limits.handshake_seconds if self._tls else None,
                ssl_shutdown_timeout=limits.answer_seconds if self._tls else None,
            )
        except OSError:
            late = self._loop.time() - begun >= limits.handshake_seconds
            self._connections.metrics.met(Limit.HANDSHAKE_SECONDS if late else Limit.HANDSHAKE)
        finally:
            connection.opening = None
            if not connection.opened:
                self._connections.left(connection)


def places(wanted: int, integrations: int) -> tuple[int, int]:
    """
    For how many public connections there are open files, and how many files it would take for those that are wanted.

    Raises this process's limit of open files as far as it may.
    """
    besides = OWN_FILES + FILES_OF_AN_INTEGRATION * integrations
    # A reply that is under way may fetch a file meanwhile.
    needed = besides + wanted + wanted // 4
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return min(wanted, max(1, (allowed - besides) * 4 // 5)), needed
