# SPDX-License-Identifier: Apache-2.0
"""
A few processes for markup that may take long.

A process that exceeds its time is killed, for nothing else ends what hangs, and the next piece of work has a new one.
They are programs of their own, started when they are first needed, since a process with gRPC in it cannot be forked.
They need no file system that can be written and no shared memory.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path

from sealock_connector._markup.worker import LENGTH_BYTES, message_of

PROCESSES = 2
SECONDS = 10.0
"""What one piece of work may take: a hundred times what it takes, for a machine that is busy."""
MEMORY_BYTES = 256 * 1024 * 1024
"""The address space of a process, of which Python takes a tenth."""

# Without the SDK's own __init__, which brings gRPC along: 15 MB of memory instead of 50, and a start in a tenth.
_PROGRAM = """
import sys, types
package = sys.modules["sealock_connector"] = types.ModuleType("sealock_connector")
package.__path__ = [sys.argv[1]]
from sealock_connector._markup.worker import main
main(*sys.argv[2:])
"""
_PACKAGE = Path(__file__).parents[1]
_KEPT = ("PATH", "LANG", "LC_", "LD_", "PYTHON", "VIRTUAL_ENV")


class WorkFailed(Exception):
    """A piece of work was not done. The text says why: `time`, `died`, `not started`, or the type of what it raised."""


class MarkupPool:
    """Does pieces of work in processes of its own, no more at once than it has processes."""

    def __init__(
        self, *, processes: int = PROCESSES, seconds: float = SECONDS, memory_bytes: int = MEMORY_BYTES
    ) -> None:
        self._free = asyncio.Semaphore(processes)
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._idle: list[Process] = []
        self._closed = False

    async def do(self, name: str, *of: str) -> str:
        """
        What the work of this name makes of the texts; waits for a process that is free.

        Raises `WorkFailed`. Who stops waiting ends the process that was at work.
        """
        message = message_of({"name": name, "of": of})
        async with self._free:
            process = self._waiting() or await self._started()
            try:
                async with asyncio.timeout(self._seconds):
                    answer = await _asked(process, message)
            except BaseException as error:
                await _ended(process)
                if isinstance(error, TimeoutError):
                    raise WorkFailed("time") from None
                if isinstance(error, asyncio.IncompleteReadError | OSError):
                    raise WorkFailed("died") from None
                raise
            if self._closed:
                await _ended(process)
            else:
                self._idle.append(process)
        if "done" not in answer:
            raise WorkFailed(answer["error"])
        return answer["done"]

    async def close(self) -> None:
        """End all processes; those at work once they are done."""
        self._closed = True
        while self._idle:
            await _ended(self._idle.pop())

    def _waiting(self) -> Process | None:
        while self._idle:
            if (process := self._idle.pop()).returncode is None:
                return process
        return None

    async def _started(self) -> Process:
        limits = (str(self._memory_bytes), str(self._seconds))
        environment = {name: value for name, value in os.environ.items() if name.startswith(_KEPT)}
        try:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-c", _PROGRAM, str(_PACKAGE), *limits),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                env=environment,
                start_new_session=True,
            )
        except OSError:
            raise WorkFailed("not started") from None


async def _asked(process: Process, message: bytes) -> dict[str, str]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(message)
    await process.stdin.drain()
    head = await process.stdout.readexactly(LENGTH_BYTES)
    answer: dict[str, str] = json.loads(await process.stdout.readexactly(int.from_bytes(head)))
    return answer


async def _ended(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    assert process.stdin is not None
    process.stdin.close()
    await process.wait()


current_pool: ContextVar[MarkupPool] = ContextVar("markup_pool")
"""The processes of the server that is answering; none where no server runs, as in a test of a client alone."""
