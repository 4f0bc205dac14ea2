# SPDX-License-Identifier: Apache-2.0
"""
The edge against a bare gRPC client and a threaded monolith.

What is compared runs in turns within one round, so that the machine's mood hits all alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from sealock_devkit.bench import processes
from sealock_devkit.bench.connector import pull_response
from sealock_devkit.bench.processes import (
    MONOLITH_THREADS,
    OTHER_CORE,
    SUBJECT_CORE,
    Subject,
    ask,
    load_command,
    load_rate,
    resident,
    running,
    wait_for_ready,
)
from sealock_devkit.bench.report import Row, ratios
from sealock_devkit.stack.process import free_port
from sealock_edge.zendesk.answers import Sealed, pull_answer
from sealock_edge.zendesk.resources import ResourceLinks

OPEN_AT_ONCE = 16


def load(subject: Subject, requests: int, connections: int) -> float:
    """Pulls a second that the subject answered; raises if any of them failed."""
    return load_rate(load_command(subject.url, subject.body, requests=requests, connections=connections))


def bare_rate(target: str, calls: int, at_once: int) -> float:
    """Pulls a second of the bare client, on the subject's core."""
    arguments = [
        "sealock_devkit.bench.load",
        "bare",
        "--target",
        target,
        "--calls",
        str(calls),
        "--at-once",
        str(at_once),
    ]
    return float(ask(arguments, core=SUBJECT_CORE)["rate"])


def rates(folder: Path, *, resources: int, rounds: int, requests: int) -> dict[str, list[float]]:
    """Rates of the bare client, the edge and the monolith at zero origin latency, one entry a round."""
    with ExitStack() as stack:
        target = stack.enter_context(processes.connector(folder, resources=resources))
        edge = stack.enter_context(processes.edge(folder, target))
        monolith = stack.enter_context(processes.monolith(folder, resources=resources))
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
        target = stack.enter_context(processes.connector(folder, resources=20, delay=0.5))
        edge = stack.enter_context(processes.edge(folder, target))
        monolith = stack.enter_context(processes.monolith(folder, resources=20, delay=0.5, threads=threads))
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
            target = stack.enter_context(processes.connector(folder, resources=20, delay=4.0))
            edge = stack.enter_context(processes.edge(folder, target))
            load(edge, 8, 8)
            idle = resident(edge.process.pid)
            arguments = load_command(edge.url, edge.body, requests=1000, connections=1000)
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
        config = processes.edge_config(folder, "ipv4:127.0.0.1:9", port, internal)
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
    accounts = processes.sealing(folder)
    account = processes.record()
    metadata = accounts.seal_metadata(account, processes.INTEGRATION_ID)
    state = accounts.seal_state(
        b'{"since":"2026-01-01T00:00:00Z","ids":[1,2,3]}', accounts.open_metadata(metadata, processes.INTEGRATION_ID)
    )

    def one_pull() -> None:
        opened = accounts.open_metadata(metadata, processes.INTEGRATION_ID)
        accounts.seal_state(accounts.open_state(state, opened).data, opened)

    return timed(one_pull, 2000, rounds)


def conversion_seconds(rounds: int) -> list[float]:
    """Seconds that checking and converting 200 resources of 1 kB costs."""
    answer = pull_response(200, 500)
    links = ResourceLinks(clickthrough=True)
    return timed(lambda: pull_answer(answer, links, Sealed("")), 50, rounds)


def zero_latency(folder: Path, rounds: int, resources: int, requests: int) -> list[Row]:
    """Rows for an origin that answers at once."""
    found = rates(folder, resources=resources, rounds=rounds, requests=requests)
    of = f"pull of {resources} resources"
    bare, monolith = (0.6, 1.0) if resources == 20 else (None, None)
    return [
        Row(f"{of}: edge to the bare grpc.aio client", ratios(found["edge"], found["bare"]), "x", bare),
        Row(f"{of}: edge to the threaded monolith", ratios(found["edge"], found["monolith"]), "x", monolith),
        Row(f"{of}: edge", found["edge"], "pulls/s"),
    ]


def half_a_second(folder: Path, rounds: int, open_at_once: int, threads: int) -> Row:
    """A row for an origin that takes 500 ms."""
    found = slow_origin(folder, open_at_once=open_at_once, rounds=rounds, threads=threads)
    what = f"origin of 500 ms, {open_at_once:,} open: edge to the monolith of {threads:,} threads"
    budget = 20.0 if (open_at_once, threads) == (1000, MONOLITH_THREADS) else None
    return Row(what, ratios(found["edge"], found["monolith"]), "x", budget)


def small_things(folder: Path, rounds: int) -> list[Row]:
    """Rows for what is measured without a load."""
    thousand = memory_per_thousand(folder, min(rounds, 3))
    sealing = [seconds * 1e6 for seconds in sealing_seconds(folder, rounds)]
    conversion = [seconds * 1e3 for seconds in conversion_seconds(rounds)]
    return [
        Row("sealing and opening, a pull", sealing, "us", 60, at_least=False),
        Row("checking and converting 200 resources of 1 kB", conversion, "ms", 3, at_least=False),
        Row("memory of 1,000 pulls in flight", thousand, "MB", 50, at_least=False),
        Row("cold start of the edge to ready", cold_starts(folder, rounds), "s", 2, at_least=False),
    ]


def all_rows(folder: Path, rounds: int, tell: Callable[[str], None]) -> list[Row]:
    """Every measurement, in the order of the table."""
    rows: list[Row] = []
    for resources, requests in ((20, 4000), (200, 800)):
        tell(f"pulls of {resources} resources, origin at once")
        rows += zero_latency(folder, rounds, resources, requests)
    for open_at_once in (1, 10, 100, 1000):
        tell(f"origin of 500 ms, {open_at_once:,} pulls open")
        rows.append(half_a_second(folder, 1 if open_at_once < 100 else min(rounds, 3), open_at_once, MONOLITH_THREADS))
    rows.append(half_a_second(folder, 1, 1000, 1000))
    tell("sealing, conversion, memory, cold start")
    return rows + small_things(folder, rounds)
