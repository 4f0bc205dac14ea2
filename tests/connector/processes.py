# SPDX-License-Identifier: Apache-2.0
"""Starting a connector as a real process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Program:
    """A process, its port and its log lines so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []
        self.port = 0
        self._serving = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"

    def messages(self) -> list[str]:
        return [line.get("message", line["event"]) for line in self.json_lines()]

    def json_lines(self) -> list[dict]:
        return [json.loads(line) for line in self.lines if line.startswith("{")]

    async def serving(self) -> None:
        await asyncio.wait_for(self._serving.wait(), 30)
        assert self.port, "\n".join(self.lines)

    async def ended(self, seconds: float = 30) -> int:
        code = await asyncio.wait_for(self.process.wait(), seconds)
        await self._reading
        return code

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    async def _read(self) -> None:
        async for line in self.process.stderr:
            self.lines.append(line.decode().rstrip())
            if '"port"' in self.lines[-1]:
                self.port = json.loads(self.lines[-1])["port"]
                self._serving.set()
        self._serving.set()


@asynccontextmanager
async def program(
    *arguments: object, module: str = "tests.connector.outbox.folder_connector", environ: dict | None = None
):
    """Start the module; whatever is left of it is killed in the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *map(str, arguments),
        cwd=ROOT, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"]} | (environ or {}),
    )  # fmt: skip
    found = Program(process)
    try:
        yield found
    finally:
        if process.returncode is None:
            process.kill()
        await found.ended()
        process._transport.close()


async def until(condition, seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
