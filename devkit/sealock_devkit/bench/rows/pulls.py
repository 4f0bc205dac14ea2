# SPDX-License-Identifier: Apache-2.0
"""What a pull costs the edge and the guestbook's connector in CPU, beside a Node service and a Go gateway."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from sealock_devkit.bench.report import Lines, Missing, Row, ratios
from sealock_devkit.bench.system import Guestbooks, Subject, guestbooks, measured
from sealock_devkit.bench.yardsticks import programs

PULLS = {0: 500, 20: 300, 200: 80}
"""How many pulls of so many new entries are a round."""
BUSY = "as fast as they are answered"
RATES = (20, 50, 150)
SECONDS = 4


def what(new: int) -> str:
    """How a row names such a pull."""
    return f"pull, {new or 'nothing'} new"


def beside(folder: Path, rounds: int, new: int) -> Lines:
    """Edge and connector beside the Node service with the same work, and the edge beside the Go gateway."""
    with ExitStack() as stack:
        books = stack.enter_context(guestbooks(folder / f"pulls-{new}"))
        lines = books.pulls(str(new))
        site = f"{books.sites[0]}/{new}"
        others: dict[str, Subject] = {}
        missing: Lines = []
        if reason := programs.node_is_missing():
            missing.append(Missing(f"{what(new)}: the Node service", reason))
        else:
            others["Node"] = stack.enter_context(programs.node(folder, site))
        if reason := programs.gateway_is_missing():
            missing.append(Missing(f"{what(new)}: the Go gateway", reason))
        else:
            others["Go"] = stack.enter_context(programs.gateway(folder, books.target, site))
        return _rows(books, lines, others, rounds, new) + missing


def _rows(books: Guestbooks, lines: Path, others: dict[str, Subject], rounds: int, new: int) -> Lines:
    costs, seen = [], {name: list[float]() for name in others}
    for number in range(rounds + 1):
        cost = books.cost(lines, PULLS[new])
        round_of = {name: measured(subject, PULLS[new])[0] for name, subject in others.items()}
        if number:  # the first one only warms up
            costs.append(cost)
            for name, seconds in round_of.items():
                seen[name].append(seconds)
    edge, connector = [cost.edge for cost in costs], [cost.connector for cost in costs]
    both = [cost.both for cost in costs]
    of = what(new)
    rows: Lines = [
        Row.micro(f"{of}: edge", edge),
        Row.micro(f"{of}: guestbook's connector", connector),
        Row(f"{of}: connector to edge", ratios(connector, edge), "x", 1.5 if not new else None, at_least=False),
    ]
    if "Node" in seen:
        budget = None if new == 200 else 1.5
        rows.append(Row.micro(f"{of}: the Node service, which does both", seen["Node"]))
        rows.append(Row(f"{of}: edge and connector to it", ratios(both, seen["Node"]), "x", budget, at_least=False))
    if "Go" in seen:
        rows.append(Row.micro(f"{of}: the Go gateway before the same connector", seen["Go"]))
        rows.append(Row(f"{of}: edge to it", ratios(edge, seen["Go"]), "x"))
    return rows


def nothing_new(folder: Path, rounds: int) -> Lines:
    """Pulls that bring nothing, as most do."""
    return beside(folder, rounds, 0)


def twenty_new(folder: Path, rounds: int) -> Lines:
    """Pulls that bring an ordinary page."""
    return beside(folder, rounds, 20)


def two_hundred_new(folder: Path, rounds: int) -> Lines:
    """Pulls that bring as much as one may."""
    return beside(folder, rounds, 200)


def low_rates(folder: Path, rounds: int) -> Lines:
    """What a pull costs edge and connector when pulls come seldom, against when there is always one."""
    with guestbooks(folder / "rates") as books:
        lines = books.pulls("0")
        books.cost(lines, PULLS[0])
        seen: dict[int, list[float]] = {rate: [] for rate in (0, *RATES)}
        for _ in range(rounds):
            for rate, costs in seen.items():
                costs.append(books.cost(lines, rate * SECONDS or PULLS[0], rate=rate).both)
    return [
        Row(f"{what(0)}, {rate} a second: CPU of both to {BUSY}", ratios(seen[rate], seen[0]), "x") for rate in RATES
    ]
