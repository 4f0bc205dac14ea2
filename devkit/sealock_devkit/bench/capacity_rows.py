# SPDX-License-Identifier: Apache-2.0
"""The lines of the table of capacity, measured."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from sealock_devkit.bench import accounts
from sealock_devkit.bench.capacity import Cost, Held, guestbook
from sealock_devkit.bench.report import Row, ratios

PULLS = {"nothing new": 1000, "20 new": 600}
IN_FLIGHT = 1000
ACCOUNTS = 100_000
LINKS = {False: "plain", True: "TLS"}


async def all_rows(folder: Path, rounds: int, tell: Callable[[str], None]) -> list[Row]:
    """Every measurement, in the order of the table."""
    tell("what a pull costs the edge and the guestbook's connector")
    rows = cost_rows(await costs(folder / "costs", rounds))
    tell(f"{IN_FLIGHT:,} pulls in flight")
    rows += held_rows([await held(folder / f"held-{number}") for number in range(min(rounds, 3))])
    tell(f"{ACCOUNTS:,} accounts")
    place = folder / "accounts"
    place.mkdir()
    return rows + account_rows(accounts.many(place, ACCOUNTS))


async def costs(folder: Path, rounds: int) -> dict[tuple[str, bool], list[Cost]]:
    """What pulls cost, one entry a round; in each round all kinds take turns."""
    found: dict[tuple[str, bool], list[Cost]] = {(what, tls): [] for what in PULLS for tls in LINKS}
    async with AsyncExitStack() as running:
        books = {
            tls: await running.enter_async_context(guestbook(folder / name, tls=tls)) for tls, name in LINKS.items()
        }
        for what, tls in found:
            await books[tls].cost(what, PULLS[what] // 4)
        for _ in range(rounds):
            for (what, tls), seen in found.items():
                seen.append(await books[tls].cost(what, PULLS[what]))
    return found


async def held(folder: Path) -> Held:
    """What calls under way take, in processes that had none before."""
    async with guestbook(folder, tls=False) as book:
        await book.cost("nothing new", 8)
        return await book.held(IN_FLIGHT)


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


def held_rows(seen: list[Held]) -> list[Row]:
    """Memory of calls under way."""
    return [
        Row(f"{IN_FLIGHT:,} pulls in flight: edge", [each.edge for each in seen], "MB"),
        Row(f"{IN_FLIGHT:,} pulls in flight: connector", [each.connector for each in seen], "MB"),
    ]


def account_rows(seen: accounts.Accounts) -> list[Row]:
    """What many accounts cost."""
    of = f"{ACCOUNTS:,} accounts pulled in turn"
    return [
        Row(f"{of}: the edge's processes grow by", [seen.resident], "MB"),
        Row(f"{of}: the edge's folder of recent accounts", [seen.folder], "MB"),
        Row(f"{of}: lines of metrics that come", [seen.metrics], ""),
        Row(f"{of}: CPU of a pull to that of one account", [seen.cpu_of_many / seen.cpu_of_one], "x"),
    ]
