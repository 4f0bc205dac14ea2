# SPDX-License-Identifier: Apache-2.0
"""The processes of a measurement: how they are started, pinned and read; and the load."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SUBJECT_CORE = 0
OTHER_CORE = 1


def pinned(core: int) -> int:
    """That core, or any other one where the machine has fewer."""
    cores = sorted(os.sched_getaffinity(0))
    return cores[core % len(cores)]


@contextmanager
def running(
    arguments: list[str], *, core: int, log: Path, env: Mapping[str, str] | None = None, program: str = ""
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python -m ...`, or another program, on one core until the block ends; its output goes to `log`."""
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603
            [program, *arguments] if program else [sys.executable, "-m", *arguments],
            stdout=output,
            stderr=output,
            env={**os.environ, **(env or {})},
        )
    os.sched_setaffinity(process.pid, {pinned(core)})
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for_port(port: int, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    """Return once something listens; raises if the process ends first."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            raise RuntimeError(f"a process of the measurement ended with {process.returncode}")
        time.sleep(0.01)
    raise RuntimeError("a process of the measurement does not listen")


def wait_for_ready(url: str, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    """Return once the URL answers 200."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        if process.poll() is not None:
            raise RuntimeError(f"a process of the measurement ended with {process.returncode}")
        time.sleep(0.01)
    raise RuntimeError("the edge does not get ready")


def ask(arguments: list[str], *, core: int) -> dict[str, Any]:
    """Run `python -m ...` to its end on one core; its last line of output is JSON. Raises what it said if it fails."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", *arguments],
        check=False,
        capture_output=True,
        timeout=180,
        preexec_fn=lambda: os.sched_setaffinity(0, {pinned(core)}),
    )
    if done.returncode:
        raise RuntimeError(f"a process of the measurement failed: {done.stderr.decode()[-500:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def family(pid: int) -> list[int]:
    """The process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(descendant for child in children for descendant in family(int(child)))]


def resident(pid: int) -> int:
    """Resident memory of the process and its children, in bytes."""
    total = 0
    for member in family(pid):
        fields = Path(f"/proc/{member}/statm").read_text().split()
        total += int(fields[1]) * os.sysconf("SC_PAGE_SIZE")
    return total


def cpu_seconds(pid: int) -> float:
    """Seconds of CPU that the process and its children have used, the kernel's for them included, to the nanosecond."""
    return sum(time.clock_gettime(_cpu_clock(member)) for member in family(pid))


def _cpu_clock(pid: int) -> int:
    """The kernel's clock of all the CPU of a process; `time` makes them only for threads."""
    return (~pid << 3) | 2


def pin_family(pid: int, core: int) -> None:
    """Keep the process's children on its core too."""
    for member in family(pid):
        os.sched_setaffinity(member, {pinned(core)})


def load_command(
    url: str, lines: Path, *, requests: int, connections: int, ca: Path | None = None, rate: float = 0.0
) -> list[str]:
    """
    What runs it: so many requests, the file's lines in turn, as fast as they are answered or at `rate` a second.

    `ca` is the authority to trust, for https.
    """
    arguments = ["sealock_devkit.bench.load", "http", "--url", url, "--lines", str(lines), "--rate", str(rate)]
    arguments += ["--requests", str(requests), "--connections", str(connections)]
    return [*arguments, "--ca", str(ca)] if ca else arguments


@dataclass(frozen=True)
class Answered:
    """What a load saw."""

    rate: float
    """Answers a second."""
    median: float
    """Seconds."""
    p99: float


def load(arguments: list[str]) -> Answered:
    """Run a `load_command` to its end; raises if anything but 200 was answered."""
    found = ask(arguments, core=OTHER_CORE)
    if found["failures"]:
        raise RuntimeError(f"requests failed under load: {found['failures']}")
    return Answered(float(found["rate"]), float(found["median"]), float(found["p99"]))


def load_rate(arguments: list[str]) -> float:
    """Run a `load_command` to its end. Returns the answers a second; raises if anything but 200 was answered."""
    return load(arguments).rate
