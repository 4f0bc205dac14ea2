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
UNTIL_WARM = 10
"""Rounds in which Node compiles what it runs often: before, it takes twice as much."""
BUSY = "always busy"
RATES = (20, 50, 150)
SECONDS = 3


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
            for client in programs.NODE_CLIENTS:
                others[client] = stack.enter_context(programs.node(folder, site, client))
        if reason := programs.gateway_is_missing():
            missing.append(Missing(f"{what(new)}: the Go gateway", reason))
        else:
            others["Go"] = stack.enter_context(programs.gateway(folder, books.target, site))
        return _rows(books, lines, others, rounds, new) + missing


def _rows(books: Guestbooks, lines: Path, others: dict[str, Subject], rounds: int, new: int) -> Lines:
    costs, seen = [], {name: list[float]() for name in others}
    books.cost(lines, PULLS[new])
    for subject in others.values():
        measured(subject, PULLS[new] * UNTIL_WARM)
    for _ in range(rounds):
        costs.append(books.cost(lines, PULLS[new]))
        for name, subject in others.items():
            seen[name].append(measured(subject, PULLS[new])[0])
    edge, connector = [cost.edge for cost in costs], [cost.connector for cost in costs]
    both = [cost.both for cost in costs]
    of = what(new)
    rows: Lines = [
        Row.micro(f"{of}: edge", edge),
        Row.micro(f"{of}: guestbook's connector", connector),
        Row(f"{of}: connector to edge", ratios(connector, edge), "x", 1.5 if not new else None, at_least=False),
    ]
    for client in programs.NODE_CLIENTS:
        if client in seen:
            budget = 1.5 if client == "fetch" and new < 200 else None
            service = f"the Node service with {client}"
            rows.append(Row.micro(f"{of}: {service}, which does both", seen[client]))
            to_it = ratios(both, seen[client])
            rows.append(Row(f"{of}: edge and connector to {service}", to_it, "x", budget, at_least=False))
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
    """What a pull costs when pulls come seldom, against when there is always one, and against the Node service."""
    with ExitStack() as stack:
        books = stack.enter_context(guestbooks(folder / "rates"))
        lines, missing = books.pulls("0"), programs.node_is_missing()
        node = None if missing else stack.enter_context(programs.node(folder, f"{books.sites[0]}/0"))
        books.cost(lines, PULLS[0])
        if node:
            measured(node, PULLS[0] * UNTIL_WARM)
        seen: dict[int, list[float]] = {rate: [] for rate in (0, *RATES)}
        of_node: dict[int, list[float]] = {rate: [] for rate in RATES}
        for _ in range(rounds):
            for rate, costs in seen.items():
                count = rate * SECONDS or PULLS[0]
                costs.append(books.cost(lines, count, rate=rate).both)
                if node and rate:
                    of_node[rate].append(measured(node, count, rate=rate)[0])
    rows: Lines = []
    for rate in RATES:
        of = f"{what(0)}, {rate} a second: edge and connector"
        rows.append(Row.micro(of, seen[rate]))
        rows.append(Row(f"{of} to {BUSY}", ratios(seen[rate], seen[0]), "x"))
        service = f"{of} to the Node service with fetch"
        rows.append(Missing(service, missing) if missing else Row(service, ratios(seen[rate], of_node[rate]), "x"))
    return rows
