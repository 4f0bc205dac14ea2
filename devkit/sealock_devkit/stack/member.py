# SPDX-License-Identifier: Apache-2.0
"""The programs of a stack, each with where it listens and how one sees that it is ready."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sealock_devkit.stack.process import Process


@dataclass(frozen=True, slots=True)
class Member:
    """One running program of a stack."""

    process: Process
    answers: Callable[[], Awaitable[bool]]

    async def start(self) -> None:
        """Start the program and wait until it is ready. Raises `ProcessFailed`."""
        await self.process.start()
        await self.process.ready(self.answers)


@dataclass(frozen=True, slots=True)
class Edge(Member):
    """An edge."""

    url: str
    """The public listener's address, where Zendesk and browsers come."""
    internal_url: str
    """The internal listener's address: probes and metrics."""


@dataclass(frozen=True, slots=True)
class ConnectorServer(Member):
    """A connector."""

    origin: str
    address: str
    """Where it serves gRPC: `host:port`."""


@dataclass(frozen=True, slots=True)
class Zendesk(Member):
    """A local Zendesk."""

    url: str
    """Its API's address."""
