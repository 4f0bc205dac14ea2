# SPDX-License-Identifier: Apache-2.0
"""
The edge beside a bare gRPC client and a threaded monolith, as rates and as CPU.

What is compared runs in turns within one round, so that the machine's mood hits all alike.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from sealock_devkit.bench.processes import SUBJECT_CORE, ask
from sealock_devkit.bench.report import Lines, Row, ratios
from sealock_devkit.bench.system import OPEN_AT_ONCE, Subject, connector, edge, measured
from sealock_devkit.bench.yardsticks.programs import MONOLITH_THREADS, monolith

PULLS = {20: 2000, 200: 400}
"""How many pulls of so many resources are a round."""
OPEN = (1, 10, 100, 1000)
ORIGIN_SECONDS = 0.5


@dataclass
class Seen:
    """One entry a round."""

    rates: list[float] = field(default_factory=list)
    """Pulls a second."""
    costs: list[float] = field(default_factory=list)
    """Seconds of CPU for a pull."""

    def add(self, subject: Subject, pulls: int) -> None:
        """Measure a round of a subject."""
        cost, answered = measured(subject, pulls)
        self.costs.append(cost)
        self.rates.append(answered.rate)

    def add_bare(self, target: str, pulls: int) -> None:
        """Measure a round of the bare client, on the subject's core."""
        arguments = ["sealock_devkit.bench.load", "bare", "--target", target]
        arguments += ["--calls", str(pulls), "--at-once", str(OPEN_AT_ONCE)]
        found = ask(arguments, core=SUBJECT_CORE)
        self.costs.append(float(found["cpu"]))
        self.rates.append(float(found["rate"]))


def at_once(folder: Path, rounds: int) -> Lines:
    """Pulls whose origin answers at once."""
    return [row for resources in PULLS for row in _at_once(folder, rounds, resources)]


def _at_once(folder: Path, rounds: int, resources: int) -> Lines:
    with ExitStack() as stack:
        target = stack.enter_context(connector(folder, resources=resources))
        subject = stack.enter_context(edge(folder, target))
        flask = stack.enter_context(monolith(folder, resources=resources))
        pulls = PULLS[resources]
        for each in (subject, flask):
            measured(each, pulls // 4)
        ours, bare, usual = Seen(), Seen(), Seen()
        for _ in range(rounds):
            bare.add_bare(target, pulls)
            ours.add(subject, pulls)
            usual.add(flask, pulls)
    of = f"pull of {resources} resources, connector at once"
    to_bare, to_flask = (1.67, 1.0) if resources == 20 else (None, None)
    return [
        Row.micro(f"{of}: CPU of the edge", ours.costs),
        Row(f"{of}: rate of the edge", ours.rates, "pulls/s"),
        Row(f"{of}: CPU to the bare client's", ratios(ours.costs, bare.costs), "x", to_bare, at_least=False),
        Row(f"{of}: rate to the bare client's", ratios(ours.rates, bare.rates), "x"),
        Row(f"{of}: CPU to the monolith's", ratios(ours.costs, usual.costs), "x", to_flask, at_least=False),
        Row(f"{of}: rate to the monolith's", ratios(ours.rates, usual.rates), "x"),
    ]


def slow_origin(folder: Path, rounds: int) -> Lines:
    """Pulls whose origin takes half a second, beside a monolith of 32 threads and of as many as there are pulls."""
    of_32 = [_slow(folder, min(rounds, 3), open_at_once, MONOLITH_THREADS) for open_at_once in OPEN]
    return [*of_32, _slow(folder, 1, max(OPEN), max(OPEN))]


def _slow(folder: Path, rounds: int, open_at_once: int, threads: int) -> Row:
    with ExitStack() as stack:
        target = stack.enter_context(connector(folder, resources=20, delay=ORIGIN_SECONDS))
        subject = stack.enter_context(edge(folder, target))
        flask = stack.enter_context(monolith(folder, resources=20, delay=ORIGIN_SECONDS, threads=threads))
        ours, usual = [], []
        for _ in range(rounds if open_at_once >= 100 else 1):
            ours.append(measured(subject, open_at_once * 6, open_at_once)[1].rate)
            usual.append(measured(flask, min(open_at_once, threads) * 6, open_at_once)[1].rate)
    what = f"origin of 500 ms, {open_at_once:,} open: rate to the monolith of {threads:,} threads"
    budget = 20.0 if (open_at_once, threads) == (1000, MONOLITH_THREADS) else None
    return Row(what, ratios(ours, usual), "x", budget)
