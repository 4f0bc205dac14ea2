# SPDX-License-Identifier: Apache-2.0
"""A person's shell, who types what a page says."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import time
from pathlib import Path
from typing import Self

PORTS = ("8080", "9090", "9443", "8800")
"""The ports that pages name."""
DEADLINE = 30.0


def free_ports() -> dict[str, str]:
    """A free port for each that pages name."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in PORTS]
        return {port: str(taken.getsockname()[1]) for port, taken in zip(PORTS, sockets, strict=True)}


class Shell:
    """A person's shell: takes one block after the other, and stops what it started."""

    def __init__(self, folder: Path, ports: dict[str, str]) -> None:
        self._folder = folder
        self._ports = ports

    async def __aenter__(self) -> Self:
        here = Path(sys.executable).parent
        environment = {
            "PATH": f"{here}:{os.environ['PATH']}",
            "HOME": str(self._folder),
            "SEALOCK_ZENDESK_URL": f"http://127.0.0.1:{self._ports['8800']}",
        }
        self._bash = await asyncio.create_subprocess_exec(
            "bash", "-m", cwd=self._folder, env=environment, start_new_session=True,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(ConnectionError):
            await self.run("kill %1 %2 %3; wait %1 %2 %3")
        self._bash.stdin.close()
        await asyncio.wait_for(self._bash.wait(), DEADLINE)

    def adapted(self, code: str) -> str:
        """The same with ports of our own."""
        code = code.replace("sealock zendesk --interval", "sealock zendesk --listen 127.0.0.1:8800 --interval")
        for port, ours in self._ports.items():
            code = code.replace(f"127.0.0.1:{port}", f"127.0.0.1:{ours}")
        return code

    async def run(self, code: str) -> str:
        """Type a block; what it printed."""
        self._bash.stdin.write(f"{self.adapted(code)}\necho; echo done=$?\n".encode())
        await self._bash.stdin.drain()
        lines = []
        async with asyncio.timeout(DEADLINE):
            while line := (await self._bash.stdout.readline()).decode():
                if line.startswith("done="):
                    return "".join(lines)
                lines.append(line)
        raise ConnectionError("the shell ended: " + "".join(lines))

    async def until(self, code: str, holds: str) -> str:
        """Type a block again and again until its output has these words."""
        deadline = time.monotonic() + DEADLINE
        while holds not in (printed := await self.run(code)):
            assert time.monotonic() < deadline, f"{code!r} never said {holds!r}: {printed}"
            await asyncio.sleep(0.2)
        return printed
