# SPDX-License-Identifier: Apache-2.0
"""What a pull costs the edge by what it serves: integrations, pulls open at once, accounts, long messages."""

from __future__ import annotations

import resource
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from sealock_devkit.bench import requests
from sealock_devkit.bench.processes import Answered, load, load_command
from sealock_devkit.bench.report import Lines, Missing, Row, ratios
from sealock_devkit.bench.system import Subject, connector, edge, guestbooks, measured

INTEGRATIONS = (1, 50, 200)
EVENLY, EVENLY_SECONDS = 100, 3
SCRAPE_SECONDS = 1.0
OPEN = {1: 10, 16: 160, 200: 1000, 1000: 3000, 5000: 10_000}
"""How many pulls are made with so many open at once."""
USUAL = 16
ORIGIN_SECONDS = 0.5
ACCOUNTS = 100_000
FEW = 1_000
REMEMBERED = 5_000
"""An edge remembers 4,096 accounts."""
PULLS = 500
PULL_SECONDS = 120
"""How often Zendesk pulls an account."""
EDGES_RATE = 150
"""Pulls a second of one edge and connector among several."""
SITES = (300, 1_200)
"""A connector keeps 400 idle connections, and the TLS sessions of 1,000 servers."""
KILOBYTES = (1, 16, 64)
RESOURCES = 8
LONG_PULLS = 60


def integrations(folder: Path, rounds: int) -> Lines:
    """Pulls spread over integrations while the metrics are scraped."""
    rows: Lines = []
    for count in INTEGRATIONS:
        place = folder / f"integrations-{count}"
        place.mkdir()
        names = [f"bench{number}" for number in range(count)]
        with connector(place, resources=0) as target, edge(place, target, names=names) as serving:
            subject = replace(serving, lines=requests.pulls(place, count * 5, integrations=names))
            measured(subject, count * 10)
            quiet, scraped = [], []
            for _ in range(rounds):
                quiet.append(_evenly(subject).p99)
                with _scraping(subject) as sizes:
                    scraped.append(_evenly(subject).p99)
        of = f"{count} integration{'s' * (count > 1)}, scraped each second"
        budget = 1.5 if count == max(INTEGRATIONS) else None
        rows.append(Row(f"{of}: p99 of a pull to the quiet one", ratios(scraped, quiet), "x", budget, at_least=False))
        size = [each / 1e6 for each in sizes]
        budget = 1.0 if count == max(INTEGRATIONS) else None
        rows.append(Row(f"{of}: the metrics' text", size, "MB", budget, at_least=False))
    return rows


def _evenly(subject: Subject) -> Answered:
    count = EVENLY * EVENLY_SECONDS
    return load(load_command(subject.url, subject.lines, requests=count, connections=32, rate=EVENLY))


@contextmanager
def _scraping(subject: Subject) -> Iterator[list[int]]:
    """Scrape the edge until the block ends; yields the answers' sizes."""
    sizes: list[int] = []
    ended = threading.Event()

    def scrape() -> None:
        while not ended.is_set():
            with urllib.request.urlopen(f"{subject.internal_url}/metrics", timeout=30) as answer:  # noqa: S310
                sizes.append(len(answer.read()))
            ended.wait(SCRAPE_SECONDS)

    thread = threading.Thread(target=scrape)
    thread.start()
    try:
        yield sizes
    finally:
        ended.set()
        thread.join()


def open_at_once(folder: Path, rounds: int) -> Lines:
    """Pulls open at once while the origin takes half a second."""
    seen: dict[int, list[float]] = {}
    rows: Lines = []
    with (
        _files_open() as most,
        connector(folder, resources=0, delay=ORIGIN_SECONDS) as target,
        edge(folder, target) as subject,
    ):
        for _ in range(min(rounds, 3)):
            for count, pulls in OPEN.items():
                if count < most - 200:
                    seen.setdefault(count, []).append(measured(subject, pulls, count)[0])
    for count in OPEN:
        of = f"origin of 500 ms, {count:,} open: edge"
        if count not in seen:
            rows.append(Missing(of, f"a process may have only {most:,} files open"))
            continue
        rows.append(Row.micro(of, seen[count]))
        if count != USUAL:
            rows.append(Row(f"{of} to {USUAL} open", ratios(seen[count], seen[USUAL]), "x"))
    return rows


@contextmanager
def _files_open() -> Iterator[int]:
    """Let processes of the block have as many files open as this machine lets them; yields how many."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        yield most
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (now, most))


def accounts(folder: Path, rounds: int) -> Lines:
    """
    Pulls of another account each time, as with 100,000 of them, against as many of one.

    So many others were pulled before that an edge remembers as many as it ever does.
    """
    with guestbooks(folder / "accounts") as books:
        one = books.pulls("0")
        few = books.pulls("0", FEW)
        books.cost(books.pulls("0", REMEMBERED), REMEMBERED)
        seen: list[tuple[float, float, float]] = []
        for _ in range(rounds):
            files = one, few, books.pulls("0", PULLS)
            first, second, third = (books.cost(lines, PULLS).both for lines in files)
            seen.append((first, second, third))
    of_one, of_few, of_many = (list(column) for column in zip(*seen, strict=True))
    of = "accounts: CPU of edge and connector to one account"
    return [
        Row(f"{FEW:,} {of}", ratios(of_few, of_one), "x"),
        Row(f"{ACCOUNTS:,} {of}", ratios(of_many, of_one), "x", 1.05, at_least=False),
    ]


def cores(folder: Path, rounds: int) -> Lines:
    """
    Cores that 100,000 accounts take, which make 833 pulls a second.

    Measured is a part of them: what a pull costs edge and connector at the rate that one pair of them has, with another
    account each time; without TLS, with TLS at all three places, and with many sites.
    """
    rows: Lines = []
    for sites, tls in ((1, False), (1, True), *((sites, True) for sites in SITES)):
        name = f"{'TLS' if tls else 'no TLS'}, {f'{sites:,} sites' if sites > 1 else 'one host'}"
        with guestbooks(folder / f"cores-{sites}-{tls}", tls=tls, sites=sites) as books:
            first, count = max(sites, EDGES_RATE * 4), EDGES_RATE * 4
            books.cost(books.pulls("0", first), first, rate=EDGES_RATE)
            costs = [books.cost(books.pulls("0", count), count, rate=EDGES_RATE).both for _ in range(rounds)]
        of = f"{ACCOUNTS:,} accounts, {name}: cores of edges and connectors"
        used = [each * ACCOUNTS / PULL_SECONDS for each in costs]
        rows.append(Row(of, used, "", 1.5, at_least=False))
    return rows


def sizes(folder: Path, rounds: int) -> Lines:
    """Pulls of some messages of some length."""
    with ExitStack() as stack:
        subjects = {}
        for kilobytes in KILOBYTES:
            place = folder / f"sizes-{kilobytes}"
            place.mkdir()
            target = stack.enter_context(connector(place, resources=RESOURCES, chars=kilobytes * 1000))
            subjects[kilobytes] = stack.enter_context(edge(place, target))
        seen: dict[int, list[float]] = {kilobytes: [] for kilobytes in KILOBYTES}
        for number in range(rounds + 1):
            for kilobytes, subject in subjects.items():
                cost = measured(subject, LONG_PULLS)[0]
                if number:
                    seen[kilobytes].append(cost)
    return [Row.micro(f"pull of {RESOURCES} messages of {size} kB: edge", costs) for size, costs in seen.items()]
