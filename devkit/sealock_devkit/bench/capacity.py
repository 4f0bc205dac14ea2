# SPDX-License-Identifier: Apache-2.0
"""
What a pull costs the edge and a real connector, in seconds of CPU, and what calls under way cost, in memory.

The whole system runs, with the guestbook as the origin; edge and connector share the subject's core. CPU is read from
the kernel's accounts, so that who waits for whom does not matter; one load gives both figures.

What many accounts cost an edge is measured against one account that is pulled as often, in turns.
"""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

import httpx2

from sealock_devkit.bench import requests
from sealock_devkit.bench.connector import SENTENCE
from sealock_devkit.bench.processes import (
    OTHER_CORE,
    SUBJECT_CORE,
    cpu_seconds,
    family,
    load_command,
    load_rate,
    pin_family,
    resident,
    running,
)
from sealock_devkit.bench.report import Row, ratios
from sealock_devkit.bench.system import OPEN_AT_ONCE, Cost, Subject, connector, edge, measured
from sealock_devkit.emulators.guestbook.demo import DemoGuestbook
from sealock_devkit.stack.stack import Options, Stack

ENTRIES = 20
SLOW_SECONDS = 1.5
RATE = 50
"""Pulls a second of an edge among several: it has 20 to 150."""


@dataclass(frozen=True)
class Pulls:
    """Pulls that are a round."""

    news: str
    """What they bring: `nothing new` or `20 new`."""
    count: int
    rate: float = 0.0
    """A second; 0: as many as are answered."""


PULLS = {
    "nothing new, busy": Pulls("nothing new", 1000),
    f"nothing new, {RATE} a second": Pulls("nothing new", 4 * RATE, RATE),
    "20 new, busy": Pulls("20 new", 600),
    f"20 new, {RATE} a second": Pulls("20 new", 4 * RATE, RATE),
}
IN_FLIGHT = 1000
ACCOUNTS = 100_000
TURNS = 10
LINKS = {False: "plain", True: "TLS"}


@dataclass(frozen=True)
class Accounts:
    """Pulls of one account, and then as many of an account each."""

    cpu_of_one: list[float]
    """Seconds of CPU for a pull, one entry a turn."""
    cpu_of_many: list[float]
    resident: float
    """Megabytes by which the edge's processes grew."""
    remembered: float
    """Megabytes in which its processes together remember accounts."""
    metrics: int
    """Lines of metrics that came."""


def many_accounts(folder: Path, accounts: int) -> Accounts:
    """Pull each of so many accounts once, in ten turns with as many pulls of one of them."""
    turn = accounts // TURNS
    lines = [requests.pulls(folder, turn) for _ in range(TURNS)]
    with connector(folder, resources=0, files=True) as target, edge(folder, target) as subject:
        measured(subject, turn)
        before, seen = resident(subject.process.pid), _metrics(subject)
        one, many = [], []
        for each in lines:
            one.append(measured(subject, turn)[0])
            many.append(measured(replace(subject, lines=each), turn)[0])
        return Accounts(
            cpu_of_one=one,
            cpu_of_many=many,
            resident=(resident(subject.process.pid) - before) / 1e6,
            remembered=_shared_bytes(subject.process.pid) / 1e6,
            metrics=_metrics(subject) - seen,
        )


def _metrics(edge: Subject) -> int:
    with urllib.request.urlopen(f"{edge.internal_url}/metrics", timeout=10) as answer:  # noqa: S310
        return len(answer.read().splitlines())


def _shared_bytes(pid: int) -> int:
    """What is in use of the memory that the edge's processes share, as far as one of them has touched it."""
    return max(sum(_resident_of(member, "/dev/zero (deleted)")) for member in family(pid))


def _resident_of(pid: int, mapped: str) -> Iterator[int]:
    """The bytes in memory of each mapping of this name."""
    is_it = False
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if "-" in line.split(" ", 1)[0]:
            is_it = line.endswith(mapped)
        elif is_it and line.startswith("Rss:"):
            yield int(line.split()[1]) * 1024


@dataclass(frozen=True)
class Memory:
    """Megabytes over the idle size."""

    edge: float
    connector: float


class Guestbook:
    """A running system with one account of the guestbook."""

    def __init__(self, stack: Stack, forms: dict[str, Path], origin: DemoGuestbook) -> None:
        self._stack = stack
        self._forms = forms
        self._origin = origin

    async def cost(self, pulls: Pulls) -> Cost:
        """What each of these pulls costs."""
        before = self._cpu()
        await asyncio.to_thread(load_rate, self._load(pulls.news, pulls.count, OPEN_AT_ONCE, pulls.rate))
        after = self._cpu()
        edge, connector = ((end - begin) / pulls.count for begin, end in zip(before, after, strict=True))
        return Cost(edge, connector)

    async def memory(self, pulls: int, *, slow_seconds: float = SLOW_SECONDS) -> Memory:
        """What so many pulls under way take, while the origin takes that long for each."""
        await self._origin.set_faults(slow_seconds=slow_seconds)
        before = self._resident()
        most = list(before)
        log = self._stack.folder / f"load-of-{pulls}.log"
        with running(self._load("nothing new", pulls, pulls), core=OTHER_CORE, log=log) as load:
            while load.poll() is None:
                most = [max(*pair) for pair in zip(most, self._resident(), strict=True)]
                await asyncio.sleep(0.1)
        await self._origin.set_faults(slow_seconds=0)
        said = log.read_text().splitlines()
        if load.returncode or json.loads(said[-1])["failures"]:
            raise RuntimeError(f"the load of {pulls:,} pulls failed: {said[-1:]}")
        edge, connector = ((end - begin) / 1e6 for begin, end in zip(before, most, strict=True))
        return Memory(edge, connector)

    def _pids(self) -> tuple[int, int]:
        return self._stack.edge.process.pid, self._stack.connector.process.pid

    def _cpu(self) -> list[float]:
        return [cpu_seconds(pid) for pid in self._pids()]

    def _resident(self) -> list[int]:
        return [resident(pid) for pid in self._pids()]

    def _load(self, news: str, requests: int, connections: int, rate: float = 0.0) -> list[str]:
        trust = self._stack.trust
        return load_command(
            self._stack.edge.url,
            self._forms[news],
            requests=requests,
            connections=connections,
            rate=rate,
            ca=trust.authority if trust else None,
        )


@asynccontextmanager
async def guestbook(folder: Path, *, tls: bool) -> AsyncGenerator[Guestbook]:
    """A running system whose guestbook has some entries; with `tls`, https at the edge and mTLS behind it."""
    origin = DemoGuestbook()
    # One account may have half of a connector's places.
    places = ("--max-calls", str(2 * IN_FLIGHT + 1))
    options = Options(tls=tls, pull_interval=3600, connector_options=places)
    async with Stack(folder, origin=origin, options=options) as stack:
        integration = await stack.zendesk.install(stack.manifest_url())
        account = await stack.zendesk.add_account(integration, origin.account_answers)
        for number in range(ENTRIES):
            await origin.write_comment(f"Visitor {number}", SENTENCE * 2)
        metadata = (await stack.zendesk.account(account))["metadata"]
        forms = {}
        state = ""
        for what, expected in (("20 new", ENTRIES), ("nothing new", 0)):
            form = {"metadata": metadata, "state": state}
            forms[what] = requests.written(folder, [f"POST /guestbook/pull {urlencode(form)}"])
            state = await _state_after(stack, form, expected)
        for member in (stack.edge, stack.connector):
            pin_family(member.process.pid, SUBJECT_CORE)
        yield Guestbook(stack, forms, origin)


async def _state_after(stack: Stack, form: dict[str, str], expected: int) -> str:
    verify = stack.trust.context() if stack.trust else True
    async with httpx2.AsyncClient(verify=verify, trust_env=False, timeout=60) as http:
        answer = (await http.post(f"{stack.edge.url}/guestbook/pull", data=form)).raise_for_status().json()
    if len(answer["external_resources"]) != expected:
        raise RuntimeError(f"a pull brought {len(answer['external_resources'])} resources instead of {expected}")
    return str(answer["state"])


async def all_rows(folder: Path, rounds: int, tell: Callable[[str], None]) -> list[Row]:
    """Every measurement, in the order of the table."""
    tell("what a pull costs the edge and the guestbook's connector")
    rows = cost_rows(await costs(folder / "costs", rounds))
    tell(f"{IN_FLIGHT:,} pulls in flight")
    rows += memory_rows([await memory_in_flight(folder / f"memory-{number}") for number in range(min(rounds, 3))])
    tell(f"{ACCOUNTS:,} accounts")
    place = folder / "accounts"
    place.mkdir()
    return rows + account_rows(many_accounts(place, ACCOUNTS))


async def costs(folder: Path, rounds: int) -> dict[tuple[str, bool], list[Cost]]:
    """What pulls cost, one entry a round; in each round all kinds take turns."""
    found: dict[tuple[str, bool], list[Cost]] = {(what, tls): [] for what in PULLS for tls in LINKS}
    async with AsyncExitStack() as running:
        books = {
            tls: await running.enter_async_context(guestbook(folder / name, tls=tls)) for tls, name in LINKS.items()
        }
        for tls in LINKS:
            for news in ("nothing new", "20 new"):
                await books[tls].cost(Pulls(news, 200))
        for _ in range(rounds):
            for (what, tls), seen in found.items():
                seen.append(await books[tls].cost(PULLS[what]))
    return found


async def memory_in_flight(folder: Path) -> Memory:
    """What calls under way take, in processes that had none before."""
    async with guestbook(folder, tls=False) as book:
        await book.cost(Pulls("nothing new", 8))
        return await book.memory(IN_FLIGHT)


def cost_rows(found: dict[tuple[str, bool], list[Cost]]) -> list[Row]:
    """Pulls a second of a core, what a connector costs for each core of an edge, and what TLS costs."""
    rows = []
    for (what, tls), seen in found.items():
        of = f"pull, {what}, {LINKS[tls]}"
        edge, connector = [cost.edge for cost in seen], [cost.connector for cost in seen]
        rows.append(Row(f"{of}: edge", [1 / cost for cost in edge], "pulls/s of a core"))
        rows.append(Row(f"{of}: connector", [1 / cost for cost in connector], "pulls/s of a core"))
        rows.append(Row(f"{of}: CPU of the connector to the edge's", ratios(connector, edge), "x"))
    for what in PULLS:
        without, with_tls = ([cost.edge + cost.connector for cost in found[what, tls]] for tls in (False, True))
        rows.append(Row(f"pull, {what}: CPU of both with TLS to without", ratios(with_tls, without), "x"))
    return rows


def memory_rows(seen: list[Memory]) -> list[Row]:
    """Memory of calls under way."""
    return [
        Row(f"{IN_FLIGHT:,} pulls in flight: edge", [each.edge for each in seen], "MB"),
        Row(f"{IN_FLIGHT:,} pulls in flight: connector", [each.connector for each in seen], "MB"),
    ]


def account_rows(seen: Accounts) -> list[Row]:
    """What many accounts cost."""
    of = f"{ACCOUNTS:,} accounts pulled in turn"
    return [
        Row(f"{of}: the edge's processes grow by", [seen.resident], "MB"),
        Row(f"{of}: the edge's table of recent accounts", [seen.remembered], "MB"),
        Row(f"{of}: lines of metrics that come", [seen.metrics], ""),
        Row(
            f"{of}: CPU of a pull to that of one", ratios(seen.cpu_of_many, seen.cpu_of_one), "x", 1.05, at_least=False
        ),
    ]
