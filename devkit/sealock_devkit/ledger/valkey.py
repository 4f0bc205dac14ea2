# SPDX-License-Identifier: Apache-2.0
"""A Valkey of a ledger, as a process of its own that keeps what it has through a kill."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from sealock_devkit.stack.process import Process, free_port

PROGRAMS = ("valkey-server", "redis-server")


def missing() -> str:
    """What this machine lacks to run one, in a sentence; empty when it lacks nothing."""
    if any(map(shutil.which, PROGRAMS)):
        return ""
    return f"{PROGRAMS[0]} is missing: apt-get install {PROGRAMS[0]}"


class Valkey:
    """Starts, is killed, is emptied."""

    def __init__(self, name: str, folder: Path) -> None:
        program = next(filter(None, map(shutil.which, PROGRAMS)))
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.port = free_port()
        self.url = f"valkey://127.0.0.1:{self.port}"
        keeps = ("--appendonly", "yes", "--appendfsync", "always", "--save", "", "--dir", str(folder))
        command = [program, "--port", str(self.port), "--bind", "127.0.0.1", *keeps]
        self._process = Process(name, command, log=folder / "log")

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        await self._process.start()
        await self._process.ready(self._answers)

    async def kill(self) -> None:
        """As when its machine dies."""
        await self._process.kill()

    async def stop(self) -> None:
        """End it."""
        await self._process.stop()

    async def empty(self) -> None:
        """Forget everything."""
        await self._say(b"FLUSHALL\r\n")

    async def _answers(self) -> bool:
        try:
            return await self._say(b"PING\r\n") == b"+PONG\r\n"
        except OSError:
            return False

    async def _say(self, command: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(command)
            return await reader.readline()
        finally:
            writer.close()
