# SPDX-License-Identifier: Apache-2.0
"""What is watched while a stack is attacked: the honest tenant's pulls, probes, memory, connections, lines of logs."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sealock_devkit.bench.hostile.attacked_stack import AttackedStack
from sealock_devkit.bench.hostile.callers import HOST, Place
from sealock_devkit.bench.processes import family

EVERY_SECONDS = 0.1
MOST_UNDER_WAY = 40
PATIENCE = 60.0
PROBE_SECONDS = 0.25
IN_TIME = 1.0
"""How soon a probe has to be answered: what Kubernetes waits when it is told nothing else."""
SAMPLE_SECONDS = 0.2
_ESTABLISHED = {"01", "08"}
"""The kernel's states of connections that hold something: established, and closed by the other side only."""


@dataclass(slots=True)
class Times:
    """How long calls took, in seconds, and how they ended."""

    seconds: list[float] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)

    def percentile(self, percent: float) -> float:
        """0 without any call."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0

    @property
    def longest(self) -> float:
        """The longest of all."""
        return max(self.seconds, default=0.0)

    @property
    def failed(self) -> int:
        """How many did not end with 200."""
        return self.ends.total() - self.ends["200"]


class Honest:
    """
    The honest tenant: a pull every tenth of a second, whether or not the last one was answered, on a new connection
    each, since that is what is hardest to get while others hold theirs.
    """

    def __init__(self, attacked: AttackedStack) -> None:
        path = f"/{attacked.stack.origin.name}/pull"
        self._request = (
            f"POST {path} HTTP/1.1\r\nHost: edge.example\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(attacked.form)}\r\nConnection: close\r\n\r\n"
        ).encode() + attacked.form
        trust = attacked.stack.trust
        self._tls: ssl.SSLContext | None = trust.context() if attacked.place.tls_edge and trust else None
        self._port = attacked.place.edge
        self.times = Times()

    def begin_anew(self) -> Times:
        """The times until now; those that follow are counted by themselves."""
        times, self.times = self.times, Times()
        return times

    @asynccontextmanager
    async def pulling(self, every: float = EVERY_SECONDS) -> AsyncGenerator[None]:
        """Pull until the block ends, and wait for the last answers."""
        under_way: set[asyncio.Task[None]] = set()

        async def begin() -> None:
            while True:
                if len(under_way) < MOST_UNDER_WAY:
                    task = asyncio.create_task(self._pull(self.times))
                    under_way.add(task)
                    task.add_done_callback(under_way.discard)
                await asyncio.sleep(every)

        beginning = asyncio.create_task(begin())
        try:
            yield
        finally:
            beginning.cancel()
            await asyncio.gather(beginning, *under_way, return_exceptions=True)

    async def _pull(self, times: Times) -> None:
        began = time.monotonic()
        end = await _answer(self._port, self._request, PATIENCE, self._tls)
        times.seconds.append(time.monotonic() - began)
        times.ends[end] += 1


class Probe:
    """Asks the internal listener's /livez four times a second, as a kubelet does less often."""

    def __init__(self, attacked: AttackedStack) -> None:
        address = urlsplit(attacked.stack.edge.internal_url)
        self._port = address.port or 0
        self.times = Times()

    @property
    def late(self) -> int:
        """How many were not answered well within a second."""
        return sum(seconds > IN_TIME for seconds in self.times.seconds)

    @asynccontextmanager
    async def probing(self) -> AsyncGenerator[None]:
        """Probe until the block ends."""
        asking = asyncio.create_task(self._ask())
        try:
            yield
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    async def _ask(self) -> None:
        request = b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        while True:
            began, times, end = time.monotonic(), self.times, "cut short"
            try:
                end = await _answer(self._port, request, PATIENCE, None)
            finally:
                seconds = time.monotonic() - began
                if end != "cut short" or seconds > IN_TIME:
                    times.seconds.append(seconds if end in ("200", "cut short") else max(seconds, PATIENCE))
                    times.ends[end] += 1
            await asyncio.sleep(PROBE_SECONDS)


async def _answer(port: int, request: bytes, patience: float, tls: ssl.SSLContext | None) -> str:
    """The status of a whole answer, or what went wrong."""
    try:
        async with asyncio.timeout(patience):
            name = "localhost" if tls else None
            reader, writer = await asyncio.open_connection(HOST, port, ssl=tls, server_hostname=name)
            try:
                writer.write(request)
                answer = await reader.read()
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError) as error:
        return type(error).__name__
    return answer[9:12].decode("latin-1") if answer else "closed"


class Memory:
    """The most that a process and its children have in memory, as the kernel counts it: no peak is missed."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._least = self._most = 0
        self.begin_anew()

    def begin_anew(self) -> None:
        """Measure the growth from now on."""
        for member in family(self._pid):
            with contextlib.suppress(OSError):
                Path(f"/proc/{member}/clear_refs").write_text("5")
        self._least = self._most = _kilobytes(self._pid, "VmRSS")

    def look(self) -> None:
        """Often enough that no child comes and goes unseen."""
        self._most = max(self._most, _kilobytes(self._pid, "VmHWM"))

    @property
    def growth(self) -> float:
        """The peak since the beginning, less what there was then, in MB."""
        self.look()
        return (self._most - self._least) / 1000

    @staticmethod
    def resident(pid: int) -> float:
        """What a process and its children have in memory now, in MB."""
        return _kilobytes(pid, "VmRSS") / 1000


def _kilobytes(pid: int, name: str) -> int:
    """The kernel's figure of that name, of the whole family."""
    total = 0
    for member in family_alive(pid):
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{member}/status").read_text()
            total += sum(int(line.split()[1]) for line in status.splitlines() if line.startswith(f"{name}:"))
    return total


def family_alive(pid: int) -> list[int]:
    """The process and its children, as far as they can still be seen."""
    with contextlib.suppress(OSError):
        return family(pid)
    return []


@asynccontextmanager
async def looking(memories: Sequence[Memory]) -> AsyncGenerator[None]:
    """Look at the memory until the block ends."""

    async def look() -> None:
        while True:
            for memory in memories:
                memory.look()
            await asyncio.sleep(SAMPLE_SECONDS)

    task = asyncio.create_task(look())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def connections(place: Place) -> int:
    """How many connections strangers hold at the edge and at the honest connector."""
    return sum(
        local in (place.edge, place.connector) and (address.startswith("0100007F") is False or local == place.connector)
        for local, address in _held()
    )


def _held() -> list[tuple[int, str]]:
    """The local port and the other side's address of each connection of this machine, as the kernel writes them."""
    found = []
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, state, *_ = line.split()
        if state in _ESTABLISHED:
            found.append((int(local.rpartition(":")[2], 16), remote.partition(":")[0]))
    return found


def descriptors(pid: int) -> int:
    """How many files and sockets the process and its children have open."""
    return sum(len(list(Path(f"/proc/{member}/fd").iterdir())) for member in family_alive(pid))


def lines_of(log: Path) -> int:
    """How many lines a log has."""
    with log.open("rb") as file:
        return sum(1 for _ in file)
