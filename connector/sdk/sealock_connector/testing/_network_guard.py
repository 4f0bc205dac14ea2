# SPDX-License-Identifier: Apache-2.0
"""Tests that stay on this machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address


class LeftTheMachine(AssertionError):
    """A test tried to connect to something other than loopback."""


class _Guard:
    """An audit hook: it sees what every library does with Python's sockets, and cannot be patched away."""

    def __init__(self) -> None:
        self.watching = 0
        self.attempts: list[str] = []

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.watching and event in {"socket.connect", "socket.sendto"}:
            address = arguments[1]
            host = str(address[0]) if isinstance(address, tuple) else "localhost"
            if not _is_loopback(host):
                self.attempts.append(host)
                raise LeftTheMachine(f"a test tried to connect to {host}")


_installed: list[_Guard] = []


@contextmanager
def network_guard() -> Iterator[None]:
    """
    Fail what runs inside if it connects to anything but loopback, even where the error was swallowed.

    ```python
    @pytest.fixture(autouse=True)
    def stay_here():
        with network_guard():
            yield
    ```

    It watches Python's own sockets, which asyncio and the client for origins use; gRPC has sockets of its own.
    """
    if not _installed:
        _installed.append(_Guard())
        sys.addaudithook(_installed[0])
    guard = _installed[0]
    before = len(guard.attempts)
    guard.watching += 1
    try:
        yield
    finally:
        guard.watching -= 1
    if len(guard.attempts) > before:
        raise LeftTheMachine(f"a test tried to connect to {', '.join(guard.attempts[before:])}")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host in {"", "localhost"}
