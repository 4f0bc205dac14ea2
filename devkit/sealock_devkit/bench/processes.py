# SPDX-License-Identifier: Apache-2.0
"""Processes of a measurement: each on its own core, ended by pid."""

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
    arguments: list[str], *, core: int, log: Path, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python -m ...` on one core until the block ends; its output goes to `log`."""
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", *arguments],
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


def wait_for_port(port: int, process: subprocess.Popen[bytes], seconds: float = 20) -> None:
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


def wait_for_ready(url: str, process: subprocess.Popen[bytes], seconds: float = 20) -> None:
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
    """Run `python -m ...` to its end on one core; its last line of output is JSON."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", *arguments],
        check=True,
        capture_output=True,
        timeout=180,
        preexec_fn=lambda: os.sched_setaffinity(0, {pinned(core)}),
    )
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
    """Seconds of CPU that the process and its children have used, the kernel's for them included."""
    total = 0
    for member in family(pid):
        # What follows the command, which may have spaces: utime and stime are the 14th and 15th field.
        fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def pin_family(pid: int, core: int) -> None:
    """Keep the process's children on its core too."""
    for member in family(pid):
        os.sched_setaffinity(member, {pinned(core)})


def load_command(url: str, forms: Path, *, requests: int, connections: int, ca: Path | None = None) -> list[str]:
    """What runs it: so many pulls, with the file's forms in turn. `ca` is the authority to trust, for https."""
    arguments = ["sealock_devkit.bench.load", "http", "--url", url, "--body", str(forms)]
    arguments += ["--requests", str(requests), "--connections", str(connections)]
    return [*arguments, "--ca", str(ca)] if ca else arguments


def load_rate(arguments: list[str]) -> float:
    """Run a `load_command` to its end. Returns the pulls a second that were answered; raises if any of them failed."""
    found = ask(arguments, core=OTHER_CORE)
    if found["failures"]:
        raise RuntimeError(f"pulls failed under load: {found['failures']}")
    return float(found["rate"])
