# SPDX-License-Identifier: Apache-2.0
"""What is measured without anything beside it: sealing, checking, memory, the start."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from sealock_devkit.bench import requests
from sealock_devkit.bench.connector import pull_response
from sealock_devkit.bench.processes import (
    OTHER_CORE,
    SUBJECT_CORE,
    load,
    load_command,
    resident,
    running,
    wait_for_ready,
)
from sealock_devkit.bench.report import Lines, Row
from sealock_devkit.bench.system import connector, edge, edge_settings
from sealock_edge.zendesk.answers import Sealed, pull_answer
from sealock_edge.zendesk.resources import ResourceLinks

IN_FLIGHT = 1000


def alone(folder: Path, rounds: int) -> Lines:
    """All of it."""
    sealing = [seconds * 1e6 for seconds in sealing_seconds(folder, rounds)]
    conversion = [seconds * 1e3 for seconds in conversion_seconds(rounds)]
    memory = [memory_of_a_thousand(folder) for _ in range(min(rounds, 3))]
    starts = [cold_start(folder) for _ in range(rounds)]
    return [
        Row("sealing and opening, a pull", sealing, "us", 60, at_least=False),
        Row("checking and converting 200 resources of 1 kB", conversion, "ms", 3, at_least=False),
        Row("memory of 1,000 pulls in flight", memory, "MB", 50, at_least=False),
        Row("cold start of the edge to ready", starts, "s", 2, at_least=False),
    ]


def timed(work: Callable[[], object], times: int, rounds: int) -> list[float]:
    """Seconds of CPU that one run of `work` takes, one entry a round of `times` runs."""
    work()
    found = []
    for _ in range(rounds):
        began = time.process_time()
        for _ in range(times):
            work()
        found.append((time.process_time() - began) / times)
    return found


def sealing_seconds(folder: Path, rounds: int) -> list[float]:
    """Seconds that sealing and opening cost one pull: metadata and state opened, the new state sealed."""
    accounts = requests.sealing(folder)
    of = requests.integration_id("bench")
    metadata = accounts.seal_metadata(requests.record(), of)
    state = accounts.seal_state(requests.ORDINARY_STATE, accounts.open_metadata(metadata, of))

    def one_pull() -> None:
        opened = accounts.open_metadata(metadata, of)
        accounts.seal_state(accounts.open_state(state, opened).data, opened)

    return timed(one_pull, 2000, rounds)


def conversion_seconds(rounds: int) -> list[float]:
    """Seconds that checking and converting 200 resources of 1 kB costs."""
    answer = pull_response(200, 500)
    links = ResourceLinks(clickthrough=True)
    return timed(lambda: pull_answer(answer, links, Sealed("")), 50, rounds)


def memory_of_a_thousand(folder: Path) -> float:
    """Megabytes that 1,000 pulls in flight cost the edge over its idle size."""
    with connector(folder, resources=20, delay=4.0) as target, edge(folder, target) as subject:
        load(load_command(subject.url, subject.lines, requests=8, connections=8))
        idle = most = resident(subject.process.pid)
        arguments = load_command(subject.url, subject.lines, requests=IN_FLIGHT, connections=IN_FLIGHT)
        with running(arguments, core=OTHER_CORE, log=folder / "load.log") as process:
            while process.poll() is None:
                most = max(most, resident(subject.process.pid))
                time.sleep(0.1)
            if process.returncode:
                raise RuntimeError("the load of 1,000 pulls failed")
    return (most - idle) / 1e6


def cold_start(folder: Path) -> float:
    """Seconds from starting the edge's process to its first `ready`."""
    file, _, internal_url = edge_settings(folder, "ipv4:127.0.0.1:9")
    began = time.perf_counter()
    arguments = ["sealock_contract.command", "edge", "--config", str(file)]
    with running(arguments, core=SUBJECT_CORE, log=folder / "cold.log") as process:
        wait_for_ready(f"{internal_url}/readyz", process)
        return time.perf_counter() - began
