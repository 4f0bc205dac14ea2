# SPDX-License-Identifier: Apache-2.0
"""One program of the stack: a process group of its own that never outlives whoever started it, and a port for it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import grpc.aio
import httpx2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from sealock_devkit.stack import end_with_parent
from sealock_devkit.stack.certificates import Trust

POLL_SECONDS = 0.05
LOG_LINES_SHOWN = 15
ASK_SECONDS = 2.0
# Below the range from which systems pick ports of outgoing connections, so that a port that is free now is
# still free when its server starts, or starts again.
FIRST, LAST = 12_000, 31_999


class ProcessFailed(Exception):
    """A program ended, or did not get ready, when it should have. The text has its log's last lines."""


class Process:
    """
    A program that runs until it is stopped. What it prints goes to a log file.

    It gets SIGTERM when the process that started it dies, however that happens (on Linux).
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        echo: Callable[[str], None] | None = None,
    ) -> None:
        """
        Say what to run; `start` does it.

        `environment` comes on top of a minimal one. `echo` is called with each line that the program prints.
        """
        self.name = name
        self.log = log
        self._command = list(command)
        self._environment = {**minimal_environment(), **(environment or {})}
        self._echo = echo
        self._running: asyncio.subprocess.Process | None = None
        self._copying: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """The id of the process, and of its group."""
        return self._started().pid

    @property
    def exit_code(self) -> int | None:
        """How the program ended: negative for a signal; None while it runs."""
        return self._started().returncode

    async def start(self) -> None:
        """Start the program, once it is not running. The log goes on where it was."""
        with self.log.open("ab") as log:
            self._running = await asyncio.create_subprocess_exec(
                *_ending_with_parent(self._command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE if self._echo else log,
                stderr=asyncio.subprocess.STDOUT,
                env=self._environment,
                process_group=0,
            )
        if self._echo is not None and self._running.stdout is not None:
            self._copying = asyncio.create_task(self._copy(self._running.stdout, self._echo))

    async def ready(self, answers: Callable[[], Awaitable[bool]], *, within: float = 60) -> None:
        """Wait until `answers` says so. Raises `ProcessFailed` if the program ends first, or `within` seconds pass."""
        deadline = asyncio.get_running_loop().time() + within
        while not await answers():
            if self.exit_code is not None:
                raise ProcessFailed(f"{self.name} ended with {self.exit_code}\n{self.last_lines()}")
            if asyncio.get_running_loop().time() > deadline:
                raise ProcessFailed(f"{self.name} was not ready within {within:g} seconds\n{self.last_lines()}")
            await asyncio.sleep(POLL_SECONDS)

    async def stop(self, *, within: float = 20) -> int:
        """Ask the program to end, insist after `within` seconds, and clear its group away. Returns its exit code."""
        if self.exit_code is None:
            self.send(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._started().wait(), within)
        return await self.kill()

    async def kill(self) -> int:
        """End the program and all its children at once, as `kill -9` does. Returns its exit code."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        code = await self._started().wait()
        if self._copying is not None:
            await self._copying
        return code

    def send(self, number: signal.Signals) -> None:
        """Send the program, not its children, a signal. Harmless once it has ended."""
        with contextlib.suppress(ProcessLookupError):
            self._started().send_signal(number)

    async def wait(self) -> int:
        """Wait for the program's own end. Returns its exit code."""
        return await self._started().wait()

    def last_lines(self) -> str:
        """The end of the log, and where it is."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines() if self.log.exists() else []
        return "\n".join([f"the end of {self.log}:", *(f"  {line}" for line in lines[-LOG_LINES_SHOWN:])])

    def _started(self) -> asyncio.subprocess.Process:
        if self._running is None:
            raise ProcessFailed(f"{self.name} was never started")
        return self._running

    async def _copy(self, output: asyncio.StreamReader, echo: Callable[[str], None]) -> None:
        with self.log.open("ab") as log:
            while line := await output.readline():
                log.write(line)
                log.flush()
                echo(line.decode("utf-8", errors="replace").rstrip("\n"))


def minimal_environment() -> dict[str, str]:
    """What programs of a stack find in their environment: nothing that belongs to whoever starts it."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {"PATH": path, "PYTHONUNBUFFERED": "1", **kept}


def _ending_with_parent(command: Sequence[str]) -> Sequence[str]:
    """The command, so that the kernel ends it with its parent."""
    if sys.platform != "linux":
        return command
    return (sys.executable, "-I", "-S", end_with_parent.__file__, str(os.getpid()), *command)


def http_answers(url: str, trust: Trust | None) -> Callable[[], Awaitable[bool]]:
    """Whether a GET of the URL is answered with success."""

    async def answers() -> bool:
        verify = trust.context() if trust else True
        async with httpx2.AsyncClient(verify=verify, trust_env=False, timeout=ASK_SECONDS) as http:
            try:
                response = await http.get(url)
            except httpx2.HTTPError:
                return False
            return response.is_success

    return answers


def connector_serves(address: str, trust: Trust | None) -> Callable[[], Awaitable[bool]]:
    """Whether the gRPC health service at `host:port` says SERVING."""

    async def answers() -> bool:
        async with _grpc_channel(address, trust) as grpc_channel:
            health = health_pb2_grpc.HealthStub(grpc_channel)  # type: ignore[no-untyped-call]
            with contextlib.suppress(grpc.RpcError):
                answer = await health.Check(health_pb2.HealthCheckRequest(service=""), timeout=ASK_SECONDS)
                return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
            return False

    return answers


def _grpc_channel(address: str, trust: Trust | None) -> grpc.aio.Channel:
    if trust is None:
        return grpc.aio.insecure_channel(address)
    credentials = grpc.ssl_channel_credentials(
        trust.authority.read_bytes(), trust.edge.key.read_bytes(), trust.edge.certificate.read_bytes()
    )
    return grpc.aio.secure_channel(address, credentials)


def free_port(wanted: int = 0) -> int:
    """A port of 127.0.0.1 on which nobody listens: the wanted one if possible, else one that was never given before."""
    if wanted and _is_free(wanted):
        return wanted
    return next(port for port in _shuffled() if _is_free(port))


@cache
def _shuffled() -> Iterator[int]:
    """All ports in an order of this process's own; each comes once."""
    return iter(random.sample(range(FIRST, LAST + 1), LAST + 1 - FIRST))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
