# SPDX-License-Identifier: Apache-2.0
"""The measurements. What is compared runs in turns within one round, so that the machine's mood hits all alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from sealock_devkit.bench import pulling, subjects
from sealock_devkit.bench.connector import page
from sealock_devkit.bench.processes import (
    OTHER_CORE,
    SUBJECT_CORE,
    ask,
    resident,
    running,
    wait_for_ready,
)
from sealock_devkit.bench.subjects import Subject
from sealock_devkit.stack.ports import free_port
from sealock_edge.zendesk.answers import pull_answer
from sealock_edge.zendesk.resources import Terms

OPEN_AT_ONCE = 16


def load(subject: Subject, requests: int, connections: int) -> float:
    """Pulls a second that the subject answered; raises if any of them failed."""
    return pulling.rate(pulling.command(subject.url, subject.body, requests=requests, connections=connections))


def bare_rate(target: str, calls: int, at_once: int) -> float:
    """Pulls a second of the bare client, on the subject's core."""
    arguments = ["sealock_devkit.bench.bare", "--target", target, "--calls", str(calls), "--at-once", str(at_once)]
    return float(ask(arguments, core=SUBJECT_CORE)["rate"])


def rates(folder: Path, *, resources: int, rounds: int, requests: int) -> dict[str, list[float]]:
    """Rates of the bare client, the edge and the monolith at zero origin latency, one entry a round."""
    with ExitStack() as stack:
        target = stack.enter_context(subjects.connector(folder, resources=resources))
        edge = stack.enter_context(subjects.edge(folder, target))
        monolith = stack.enter_context(subjects.monolith(folder, resources=resources))
        load(edge, requests // 4, OPEN_AT_ONCE)
        load(monolith, requests // 4, OPEN_AT_ONCE)
        found: dict[str, list[float]] = {"bare": [], "edge": [], "monolith": []}
        for _ in range(rounds):
            found["bare"].append(bare_rate(target, requests, OPEN_AT_ONCE))
            found["edge"].append(load(edge, requests, OPEN_AT_ONCE))
            found["monolith"].append(load(monolith, requests, OPEN_AT_ONCE))
        return found


def slow_origin(folder: Path, *, open_at_once: int, rounds: int, threads: int) -> dict[str, list[float]]:
    """Rates of the edge and the monolith when the origin takes 500 ms, with that many pulls open."""
    with ExitStack() as stack:
        target = stack.enter_context(subjects.connector(folder, resources=20, delay=0.5))
        edge = stack.enter_context(subjects.edge(folder, target))
        monolith = stack.enter_context(subjects.monolith(folder, resources=20, delay=0.5, threads=threads))
        found: dict[str, list[float]] = {"edge": [], "monolith": []}
        for _ in range(rounds):
            found["edge"].append(load(edge, open_at_once * 6, open_at_once))
            found["monolith"].append(load(monolith, min(open_at_once * 6, threads * 6), open_at_once))
        return found


def memory_per_thousand(folder: Path, rounds: int) -> list[float]:
    """Megabytes that 1,000 pulls in flight cost the edge over its idle size, one entry a round."""
    found = []
    for _ in range(rounds):
        with ExitStack() as stack:
            target = stack.enter_context(subjects.connector(folder, resources=20, delay=4.0))
            edge = stack.enter_context(subjects.edge(folder, target))
            load(edge, 8, 8)
            idle = resident(edge.process.pid)
            arguments = pulling.command(edge.url, edge.body, requests=1000, connections=1000)
            log = folder / "load.log"
            with running(arguments, core=OTHER_CORE, log=log) as process:
                most = idle
                while process.poll() is None:
                    most = max(most, resident(edge.process.pid))
                    time.sleep(0.1)
                if process.returncode:
                    raise RuntimeError("the load of 1,000 pulls failed")
            found.append((most - idle) / 1e6)
    return found


def cold_starts(folder: Path, rounds: int) -> list[float]:
    """Seconds from starting the edge's process to its first `ready`, one entry a round."""
    found = []
    for _ in range(rounds):
        port, internal = free_port(), free_port()
        config = subjects.edge_config(folder, "ipv4:127.0.0.1:9", port, internal)
        began = time.perf_counter()
        arguments = ["sealock_contract.command", "edge", "--config", str(config)]
        with running(arguments, core=SUBJECT_CORE, log=folder / "cold.log") as process:
            wait_for_ready(f"http://127.0.0.1:{internal}/readyz", process)
            found.append(time.perf_counter() - began)
    return found


def timed(work: Callable[[], object], times: int, rounds: int) -> list[float]:
    """Seconds that one run of `work` takes, one entry a round of `times` runs."""
    work()
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        for _ in range(times):
            work()
        found.append((time.perf_counter() - began) / times)
    return found


def sealing_seconds(folder: Path, rounds: int) -> list[float]:
    """Seconds that sealing and opening cost one pull: metadata and state opened, the new state sealed."""
    accounts = subjects.sealing(folder)
    account = subjects.record()
    metadata = accounts.seal_metadata(account, subjects.INTEGRATION_ID)
    state = accounts.seal_state(
        b'{"since":"2026-01-01T00:00:00Z","ids":[1,2,3]}', accounts.open_metadata(metadata, subjects.INTEGRATION_ID)
    )

    def one_pull() -> None:
        opened = accounts.open_metadata(metadata, subjects.INTEGRATION_ID)
        accounts.seal_state(accounts.open_state(state, opened).data, opened)

    return timed(one_pull, 2000, rounds)


def conversion_seconds(rounds: int) -> list[float]:
    """Seconds that checking and converting 200 resources of 1 kB costs."""
    answer = page(200, 500)
    terms = Terms(clickthrough=True)
    return timed(lambda: pull_answer(answer, terms, state=""), 50, rounds)
