# SPDX-License-Identifier: Apache-2.0
"""What many accounts cost an edge: memory, CPU and lines of metrics, against one account that is pulled as often."""

from __future__ import annotations

import urllib.request
from dataclasses import dataclass
from pathlib import Path

from sealock_devkit.bench import pulling, subjects
from sealock_devkit.bench.processes import cpu_seconds, family, resident
from sealock_devkit.bench.subjects import Subject
from sealock_edge.recent_accounts import PREFIX

OPEN_AT_ONCE = 16


@dataclass(frozen=True)
class Accounts:
    """Pulls of one account, and then as many of an account each."""

    cpu_of_one: float
    """Seconds of CPU for a pull."""
    cpu_of_many: float
    resident: float
    """Megabytes by which the edge's processes grew."""
    folder: float
    """Megabytes of its folder of recent accounts, which is memory too."""
    metrics: int
    """Lines of metrics that came."""


def many(folder: Path, accounts: int) -> Accounts:
    """Pull each of so many accounts once, after one of them as often."""
    forms = subjects.pull_body(folder, accounts)
    with subjects.connector(folder, resources=0, files=True) as target, subjects.edge(folder, target) as edge:
        one = _cpu_of_a_pull(edge, edge.body, accounts)
        before, lines = resident(edge.process.pid), _metrics(edge)
        each = _cpu_of_a_pull(edge, forms, accounts)
        return Accounts(
            cpu_of_one=one,
            cpu_of_many=each,
            resident=(resident(edge.process.pid) - before) / 1e6,
            folder=_folder_bytes(edge.process.pid) / 1e6,
            metrics=_metrics(edge) - lines,
        )


def _cpu_of_a_pull(edge: Subject, forms: Path, requests: int) -> float:
    before = cpu_seconds(edge.process.pid)
    pulling.rate(pulling.command(edge.url, forms, requests=requests, connections=OPEN_AT_ONCE))
    return (cpu_seconds(edge.process.pid) - before) / requests


def _metrics(edge: Subject) -> int:
    with urllib.request.urlopen(f"{edge.internal_url}/metrics", timeout=10) as answer:  # noqa: S310
        return len(answer.read().splitlines())


def _folder_bytes(pid: int) -> int:
    """How much the files take that the edge's processes share; the folder is known by the lock that they hold on it."""
    held = {entry.readlink() for member in family(pid) for entry in Path(f"/proc/{member}/fd").iterdir()}
    folders = [path for path in held if path.name.startswith(PREFIX)]
    return sum(file.stat().st_blocks * 512 for folder in folders for file in folder.iterdir())
